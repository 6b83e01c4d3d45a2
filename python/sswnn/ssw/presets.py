"""Settings of walks: clusters and crystals in reduced units, and the crystals of the benchmarks.

The one place for them: benchmarks and documentation import from here.
"""

from __future__ import annotations

from sswnn.errors import ConfigError
from sswnn.ssw.cell import CellMoves
from sswnn.ssw.climb import Climb
from sswnn.ssw.guard import Guard
from sswnn.ssw.minimise import Tolerance
from sswnn.ssw.mode import Rotation
from sswnn.ssw.walker import WalkSettings

_STIFFNESS = {"lj": 60.0, "morse": 400.0}
"""Curvature of a pair at its minimum, ε/σ² (57) and 2 rho² ε/r₀² at rho = 14 (392): the first guess of a minimisation."""
_WIDTH = {"lj": 0.222, "morse": 0.1}
"""ds, σ or r₀. Wider Gaussians push Morse atoms of rho = 14 out of each other's reach, and few steps are accepted."""
_LONGEST = 0.1
"""Largest displacement of an atom in one step of a minimisation, σ or r₀."""
_NO_GUARD = Guard(least_contact=0.0, largest_volume=0.0, widest_gap=0.0)


def cluster_settings(form: str) -> WalkSettings:
    """Settings of a cluster in reduced units, JCTC 2013, 9, 1838: T = 0.8 ε, ds = 0.222 σ, f_max 0.04 ε/σ.

    But H = 4 instead of 14, as shorter climbs end in minima of similar energy, of which more are accepted; refills: the climb
    moves the core, loosely bound atoms then find their places by themselves; and a new start after 100 steps without a lower
    minimum, as a walk seldom leaves the funnel it fell into. docs/search.md has what each of the three brings.

    Parameters
    ----------
    form
        ``"lj"`` or ``"morse"`` (rho = 14), as in `PairwiseSurface`.

    Raises
    ------
    ConfigError
        For another form.
    """
    stiffness, width = _of_form(form)
    return WalkSettings(
        temperature=0.8,
        refills=8,
        restart_after=100,
        climb=Climb(
            gaussians=4,
            width=width,
            push=0.1,
            relax=Tolerance(force=0.15, steps=15, longest=_LONGEST, curvature=stiffness),
            rotation=Rotation(iterations=5, torque=0.1, pair_distance=1.11),
        ),
        quench=Tolerance(force=0.04, steps=1000, longest=_LONGEST, curvature=stiffness),
        guard=_NO_GUARD,
    )


def crystal_settings(form: str = "") -> WalkSettings:
    """Settings of a crystal in Å and eV, or of one in reduced units.

    Parameters
    ----------
    form
        Empty, or ``"lj"`` or ``"morse"``: lengths then in σ or r₀, energies in ε.

    Raises
    ------
    ConfigError
        For another form.
    """
    if not form:
        return WalkSettings()
    stiffness, width = _of_form(form)
    rotation = Rotation(iterations=5, torque=0.1, pair_distance=1.11)
    return WalkSettings(
        temperature=0.8,
        climb=Climb(
            gaussians=10,
            width=width,
            relax=Tolerance(force=0.15, steps=15, longest=_LONGEST, curvature=stiffness),
            rotation=rotation,
        ),
        cell=CellMoves(
            moves=3,
            step=0.1,
            relax=Tolerance(force=0.3, steps=25, longest=_LONGEST, curvature=stiffness),
            rotation=Rotation(iterations=3),
            least_height=0.6,
        ),
        quench=Tolerance(force=0.04, stress=0.02, steps=1000, longest=_LONGEST, curvature=stiffness),
        guard=Guard(least_contact=0.0, largest_volume=3.0, widest_gap=2.5),
    )


def _of_form(form: str) -> tuple[float, float]:
    """Curvature guess and width of the Gaussians of a pairwise form."""
    if form not in _STIFFNESS:
        raise ConfigError(f"pairwise form is {form!r}, expected 'lj' or 'morse'")
    return _STIFFNESS[form], _WIDTH[form]

"""The lowest phases evaluated again with another potential, as they are or relaxed there, and what that changes.

Every result is on disk when the next begins, so that the same call goes on after a kill.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator

from sswnn.data.cells import compact
from sswnn.data.frames import frame_key, iter_frames
from sswnn.data.label_files import Sink, prepare, rank_paths
from sswnn.data.trajectories import labelled_copy
from sswnn.errors import DataError, LabelError
from sswnn.ssw.minimise import Tolerance, relax_crystal
from sswnn.ssw.surface import CalculatorSurface
from sswnn.ssw.symmetry import space_group
from sswnn.thermo.compounds import Hull
from sswnn.thermo.hull import convex_hull
from sswnn.thermo.phases import Phase

RELAX = Tolerance(force=0.01, stress=0.00003, steps=500)
"""eV/A, eV/A^3, steps; at 0.05 GPa molecular crystals still fall by tens of meV/atom."""


@dataclass(frozen=True, eq=False)
class Pair:
    """A phase before and after.

    Attributes
    ----------
    before, after
        With the energies of the old and of the new potential; `after` has the relaxed structure.
    converged
        Whether the relaxation ended within its tolerance; True without one.
    """

    before: Phase
    after: Phase
    converged: bool

    @property
    def volume_change(self) -> float:
        """Relative change of the volume."""
        assert self.before.atoms is not None and self.after.atoms is not None
        return float(self.after.atoms.get_volume() / self.before.atoms.get_volume() - 1)


@dataclass(frozen=True, eq=False)
class Change:
    """What another potential says about the phases of one composition.

    Attributes
    ----------
    formula
        Reduced formula.
    compared
        Number of phases m.
    rank_correlation
        Spearman's, of the energies before and after; not-a-number below three phases.
    lowest_before, lowest_after
        Sources of the lowest phases.
    deviation_ev_per_atom
        Root mean square change of the energies about their mean, eV/atom.
    """

    formula: str
    compared: int
    rank_correlation: float
    lowest_before: str
    lowest_after: str
    deviation_ev_per_atom: float


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two potentials on the same phases.

    Attributes
    ----------
    pairs
        The phases.
    changes
        By composition.
    before, after
        The phase diagrams of these phases.
    """

    pairs: tuple[Pair, ...]
    changes: tuple[Change, ...]
    before: Hull
    after: Hull


def lowest_of_each(phases: Sequence[Phase], number: int) -> list[Phase]:
    """The lowest `number` phases of each composition that have a structure, ascending in energy.

    Raises
    ------
    DataError
        If the number is not positive or no phase has a structure.
    """
    if number < 1:
        raise DataError(f"number of phases of each composition is {number}, expected at least 1")
    by_formula: dict[str, list[Phase]] = {}
    for phase in phases:
        if phase.atoms is not None:
            by_formula.setdefault(phase.formula, []).append(phase)
    if not by_formula:
        raise DataError("no phase has a structure, there is nothing to evaluate again")
    return [
        phase
        for members in by_formula.values()
        for phase in sorted(members, key=lambda p: p.energy_per_atom)[:number]
    ]


def reevaluate(
    phases: Sequence[Phase],
    calculator: Calculator,
    name: str,
    out: str | Path,
    *,
    relax: Tolerance | None = None,
    pressure: float = 0.0,
    tolerance: float = 0.1,
    report: Callable[[str], None] = lambda line: None,
) -> list[Pair]:
    """Pairs of phases before and after; phases on which the calculator fails are left out and recorded.

    Parameters
    ----------
    phases
        Phases with structures.
    calculator
        ASE calculator with energy, forces and stress.
    name
        Of the potential.
    out
        Extended XYZ file, appended to; what it holds of the same structures is not evaluated again.
    relax
        When a relaxation of atoms and cell ends; None: as they are.
    pressure
        Of the enthalpies, eV/A^3.
    tolerance
        Of the space groups, A.
    report
        Takes a line for each phase.
    """
    out = Path(out)
    done = prepare(out, resume=True, retry_failed=False, engine=name)
    known = {str(f.info["key"]): f for f in iter_frames(out)} if out.exists() else {}
    _check_engine(known.values(), name, out)
    sink = Sink(*rank_paths(out, None))
    try:
        for number, phase in enumerate(phases):
            key = _key(phase, relax, pressure)
            if key not in done:
                report(f"{number + 1}/{len(phases)} {phase.formula} {phase.source}")
                frame = _evaluated(phase, calculator, name, key, relax, pressure, sink, number)
                done.add(key)
                if frame is not None:
                    known[key] = frame
    finally:
        sink.close()
    keys = [_key(phase, relax, pressure) for phase in phases]
    return [_pair(p, known[key], name, pressure, tolerance) for p, key in zip(phases, keys, strict=True) if key in known]


def _key(phase: Phase, relax: Tolerance | None, pressure: float) -> str:
    """Of a phase and of all that decides where its relaxation ends."""
    assert phase.atoms is not None
    how = f"-relaxed-{relax.force:g}-{relax.stress:g}-{pressure:g}" if relax else ""
    return frame_key(phase.atoms) + how


def _check_engine(frames, name: str, out: Path) -> None:
    for frame in frames:
        if frame.info.get("engine") != name:
            raise DataError(f"{out} holds energies of {frame.info.get('engine')}, not of {name}; give another folder")


def _evaluated(
    phase: Phase, calculator: Calculator, name: str, key: str, relax: Tolerance | None, pressure: float, sink: Sink, number: int
) -> Atoms | None:
    """Labelled frame, written; None if the calculator fails, which is recorded."""
    assert phase.atoms is not None
    positions, cell = compact(phase.atoms.positions, phase.atoms.cell.array)  # plane waves pay for skewed cells
    atoms = Atoms(phase.atoms.numbers, positions, cell=cell, pbc=True)
    try:
        converged = True
        if relax is not None:
            surface = CalculatorSurface(calculator, atoms.numbers)
            found = relax_crystal(surface, positions, cell, relax, pressure, least_height=1.0)
            atoms.set_cell(found.cell)
            atoms.positions, converged = found.positions, found.converged
        atoms.calc = calculator
        frame = labelled_copy(atoms, engine=name, key=key, source=phase.source, converged=converged)
        if not np.isfinite(frame.info["energy"]):
            raise LabelError(f"energy is {frame.info['energy']}")
    except Exception as error:  # an engine may raise anything; it is recorded, the others go on
        sink.fail(key, number, atoms, f"{type(error).__name__}: {error}", name)
        return None
    sink.write(frame)
    return frame


def _pair(before: Phase, frame: Atoms, name: str, pressure: float, tolerance: float) -> Pair:
    atoms = Atoms(frame.numbers, frame.positions, cell=frame.cell, pbc=True)
    after = Phase(
        counts=before.counts,
        energy=float(frame.info["energy"]) + pressure * atoms.get_volume(),
        source=before.source,
        potential=name,
        atoms=atoms,
        space_group=space_group(atoms, tolerance),
        visits=before.visits,
        pressure=pressure,
    )
    return Pair(before, after, bool(frame.info.get("converged", True)))


def compare(pairs: Sequence[Pair], endmembers: Sequence[str] | None = None) -> Comparison:
    """What changes in rankings and hull.

    Parameters
    ----------
    pairs
        Of `reevaluate`.
    endmembers
        As in `sswnn.thermo.convex_hull`.

    Raises
    ------
    DataError
        If the pairs do not make a phase diagram.
    """
    by_formula: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_formula.setdefault(pair.before.formula, []).append(pair)
    return Comparison(
        pairs=tuple(pairs),
        changes=tuple(_change(formula, members) for formula, members in by_formula.items()),
        before=convex_hull([p.before for p in pairs], endmembers),
        after=convex_hull([p.after for p in pairs], endmembers),
    )


def _change(formula: str, members: list[Pair]) -> Change:
    before = np.array([p.before.energy_per_atom for p in members])
    after = np.array([p.after.energy_per_atom for p in members])
    return Change(
        formula=formula,
        compared=len(members),
        rank_correlation=_spearman(before, after),
        lowest_before=members[int(np.argmin(before))].before.source,
        lowest_after=members[int(np.argmin(after))].before.source,
        deviation_ev_per_atom=float(np.std(after - before)),
    )


def _spearman(a: np.ndarray, b: np.ndarray) -> float:
    from scipy.stats import spearmanr

    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(spearmanr(a, b).statistic)

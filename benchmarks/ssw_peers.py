"""Basin hopping and minima hopping of ASE on a pairwise cluster, counted in force calls. Nothing here knows our walk.

Both stop inside an evaluation, as soon as the energy shows the target's basin, or at the cap: that favours them
by the rest of a quench. Minima hopping keeps its minima in memory and tells them apart by energy, as the method
was published (J. Chem. Phys. 120, 9911 (2004)); ASE's own comparison does not see that a cluster has turned.
Both quench by the L-BFGS of our walk and to its force: ASE's LBFGS without a line search may go round without end
after a random displacement of 0.36 sigma.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from ase import Atoms, units
from ase.calculators.calculator import Calculator, all_changes
from ase.optimize.basin import BasinHopping
from ase.optimize.minimahopping import MinimaHopping
from ssw_passage import Passage

from sswnn.ssw.minimise import Tolerance, minimise_atoms
from sswnn.ssw.surface import PairwiseSurface

SETTINGS = {
    "basin_hopping": {"temperature": 0.8, "dr": 0.36},  # J. Phys. Chem. A 101, 5111 (1997)
    "minima_hopping": {
        "T0": 0.5, "Ediff0": 1.0, "mdmin": 2, "timestep": 0.02, "same_energy": 2e-3,
        "beta1": 1.1, "beta2": 1.1, "beta3": 1 / 1.1, "alpha1": 0.98, "alpha2": 1 / 0.98,
    },
}  # fmt: skip
"""In reduced units, atoms of mass one: T0 a temperature, the time step in sigma sqrt(m / epsilon)."""
_LITTER = 20_000  # calls after which the files of molecular dynamics are removed


class _End(Exception):
    """The target was reached, or the cap."""

    def __init__(self, found: bool):
        self.found = found


class CountedCalculator(Calculator):
    """A pairwise surface as a calculator that ends the run at the target or at the cap of calls."""

    implemented_properties = ("energy", "forces")

    def __init__(self, surface: PairwiseSurface, reached: Callable[[np.ndarray, float], bool], cap: int):
        super().__init__()
        self.surface, self.reached, self.cap = surface, reached, cap

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        if self.surface.calls >= self.cap:
            raise _End(False)
        found = self.surface(self.atoms.positions, np.zeros((3, 3)))
        self.results = {"energy": found.energy, "forces": found.forces}
        if self.reached(self.atoms.positions, found.energy):
            raise _End(True)
        if self.surface.calls % _LITTER == 0:
            for pattern in ("md*.traj", "md*.log"):
                for path in Path.cwd().glob(pattern):
                    path.unlink()


def minimiser(tolerance: Tolerance) -> type:
    """The walk's minimiser in the form that ASE's methods ask for."""

    class Minimiser:
        def __init__(self, subject, **_):
            self.atoms: Atoms = getattr(subject, "atoms", subject)

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            pass

        def run(self, fmax: float) -> None:
            def evaluate(positions: np.ndarray) -> tuple[float, np.ndarray]:
                self.atoms.positions = positions
                return self.atoms.get_potential_energy(), self.atoms.get_forces()

            minimise_atoms(evaluate, self.atoms.positions, replace(tolerance, force=fmax))

    return Minimiser


class EnergyMinimaHopping(MinimaHopping):
    """ASE's minima hopping with minima known by their energies, in memory."""

    def __init__(self, atoms: Atoms, **settings):
        super().__init__(atoms, **settings)
        self._minima: list[float] = []

    def _read_minima(self) -> bool:
        return False

    def _record_minimum(self) -> None:
        self._minima.append(self._atoms.get_potential_energy())

    def _unique_minimum_position(self) -> tuple[bool, float]:
        if not self._minima:
            return True, np.inf
        nearest = float(np.abs(np.array(self._minima) - self._atoms.get_potential_energy()).min())
        return nearest > SETTINGS["minima_hopping"]["same_energy"], nearest


def basin_hopping(atoms: Atoms, quench: Tolerance) -> None:
    """Hop without end; the number of steps stands in ``atoms.info``."""
    settings = SETTINGS["basin_hopping"]

    class Counted(BasinHopping):
        def move(self, ro):
            atoms.info["steps"] += 1
            return super().move(ro)

    Counted(
        atoms, temperature=settings["temperature"], dr=settings["dr"], optimizer=minimiser(quench),
        fmax=quench.force, logfile=None, trajectory=None, optimizer_logfile=None, local_minima_trajectory=None,
    ).run(10**9)  # fmt: skip


def minima_hopping(atoms: Atoms, quench: Tolerance) -> None:
    """Hop without end; the number of steps stands in ``atoms.info``. Writes files into the working folder."""
    settings = dict(SETTINGS["minima_hopping"])
    settings.pop("same_energy")
    settings["T0"] /= units.kB
    settings["timestep"] /= units.fs

    class Counted(EnergyMinimaHopping):
        def _optimize(self):
            atoms.info["steps"] += 1
            super()._optimize()

    Counted(atoms, optimizer=minimiser(quench), fmax=quench.force, **settings)()


METHODS = {"basin_hopping": basin_hopping, "minima_hopping": minima_hopping}


def peer_run(
    method: str,
    start: Atoms,
    surface: PairwiseSurface,
    quench: Tolerance,
    reached: Callable[[np.ndarray, float], bool],
    seed: int,
    cap: int,
) -> Passage:
    """One run of a peer from a start.

    Parameters
    ----------
    quench
        When and how its quenches end.
    reached
        Whether positions and their energy belong to the target's basin.
    """
    atoms = Atoms(start.numbers, start.positions, masses=np.ones(len(start)))
    atoms.calc = CountedCalculator(surface, reached, cap)
    atoms.info["steps"] = 0
    np.random.seed(seed)  # noqa: NPY002 (ASE draws from the global generator)
    here, began, found = Path.cwd(), time.process_time(), False
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            METHODS[method](atoms, quench)
        except _End as end:
            found = end.found
        finally:
            os.chdir(here)
    return Passage(seed, found, surface.calls, atoms.info["steps"], time.process_time() - began)

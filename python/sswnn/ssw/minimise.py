"""Minimisation by L-BFGS: atoms in a fixed cell, with or without bias, and atoms together with the cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sswnn import _core
from sswnn.errors import StructureError
from sswnn.ssw.surface import Evaluation, Surface

MEMORY = 10
IDENTITY = np.eye(3)


def heights(cell: np.ndarray) -> np.ndarray:
    """Distances between opposite faces of a cell, [3], Å."""
    return 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)


@dataclass(frozen=True)
class Tolerance:
    """When a minimisation ends, and how far it moves at once."""

    force: float = 0.05  # eV/Å, largest on an atom
    stress: float = 0.0003  # eV/Å³ (0.05 GPa), largest component of what is left
    steps: int = 500
    longest: float = 0.2  # Å, of an atom in one step
    curvature: float = 30.0  # eV/Å², guess before the first step


@dataclass(frozen=True)
class Relaxed:
    """Where a minimisation ended."""

    positions: np.ndarray  # [n, 3], Å
    cell: np.ndarray  # [3, 3], Å
    evaluation: Evaluation
    converged: bool


def minimise_atoms(
    evaluate: Callable[[np.ndarray], tuple[float, np.ndarray]],
    positions: np.ndarray,
    tolerance: Tolerance,
    memory: int = MEMORY,
) -> tuple[np.ndarray, bool]:
    """Positions [n, 3] (Å) at which no force exceeds the tolerance, and whether that was reached.

    Parameters
    ----------
    evaluate
        Energy (eV) and forces [n, 3] (eV/Å) of positions; its last call belongs to the positions returned.
    positions
        Start [n, 3], Å; not changed.
    """
    x = np.array(positions, dtype=float, order="C")
    lbfgs = _core.Lbfgs(len(x), memory, tolerance.longest, tolerance.curvature)
    advance, limit = lbfgs.advance, tolerance.force
    for _ in range(tolerance.steps):
        _, forces = evaluate(x)
        if advance(x, forces, limit) < limit:  # moves x unless that holds
            return x, True
    evaluate(x)
    return x, False


def relax_atoms(
    surface: Surface, positions: np.ndarray, cell: np.ndarray, tolerance: Tolerance
) -> Relaxed:
    """The minimum of the atoms in a fixed cell."""
    last: list[Evaluation] = []

    def evaluate(x: np.ndarray) -> tuple[float, np.ndarray]:
        last[:] = [surface(x, cell)]
        return last[0].energy, last[0].forces

    x, converged = minimise_atoms(evaluate, positions, tolerance)
    return Relaxed(x, cell, last[0], converged)


def relax_crystal(
    surface: Surface,
    positions: np.ndarray,
    cell: np.ndarray,
    tolerance: Tolerance,
    pressure: float = 0.0,
    least_height: float = 0.0,
) -> Relaxed:
    """The minimum of the enthalpy E + pV over atoms and cell together, with the unknowns of `pair_nn/search/crystal_lbfgs.h`.

    Parameters
    ----------
    pressure
        eV/Å³.
    least_height
        Å, of the cell.

    Raises
    ------
    StructureError
        If the cell becomes flatter than that: a potential that pulls it there has a hole.
    """
    stepper = _core.CrystalLbfgs(
        positions, cell, pressure, MEMORY, tolerance.longest, tolerance.curvature
    )
    for _ in range(tolerance.steps):
        x, box, lowest = stepper.place()
        if lowest < least_height:
            raise StructureError(f"the cell collapsed to a height of {lowest:.2f} A, least {least_height}")
        found = surface(x, box)
        if stepper.advance(found.forces, found.virial, tolerance.force, tolerance.stress):
            return Relaxed(x, box, found, True)
    x, box, _ = stepper.place()
    return Relaxed(x, box, surface(x, box), False)

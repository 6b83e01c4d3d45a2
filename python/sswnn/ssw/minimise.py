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
    """The minimum of the enthalpy E + pV over atoms and cell together.

    With F the deformation of the starting cell, r = u F and cell = cell₀ F, the unknowns are u and κ F, with κ = √n V^(1/3), so
    that a strain counts as much as the displacements it causes; the forces on them are f Fᵀ and -F⁻ᵀ (W + pV) / κ, W = dE/dε.

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
    n = len(positions)
    kappa = np.sqrt(n) * abs(np.linalg.det(cell)) ** (1 / 3)
    y = np.concatenate([positions, kappa * IDENTITY])
    lbfgs = _core.Lbfgs(n + 3, MEMORY, tolerance.longest, tolerance.curvature)
    forces = np.empty_like(y)
    for _ in range(tolerance.steps):
        deformation = y[n:] / kappa
        x, box = y[:n] @ deformation, cell @ deformation
        lowest = heights(box).min()
        if lowest < least_height:
            raise StructureError(f"the cell collapsed to a height of {lowest:.2f} A, least {least_height}")
        found = surface(x, box)
        volume = abs(np.linalg.det(box))
        virial = found.virial + pressure * volume * IDENTITY
        forces[:n] = found.forces @ deformation.T
        forces[n:] = np.linalg.solve(deformation.T, virial) / -kappa
        quiet = np.abs(virial).max() < tolerance.stress * volume
        largest = np.sqrt((found.forces**2).sum(axis=1).max())
        if quiet and largest < tolerance.force:
            return Relaxed(x, box, found, True)
        lbfgs.advance(y, forces, 0.0)
    deformation = y[n:] / kappa
    x, box = y[:n] @ deformation, cell @ deformation
    return Relaxed(x, box, surface(x, box), False)

"""The cell moves of a crystal's walk, PCCP 2014, 16, 17845, doi:10.1039/C4CP01485E.

A move changes the lattice along a random, softened direction without rotation, then relaxes the atoms in the new cell for a few
steps. Directions are symmetric strains ε, L → L (I + s ε); the force on them is -(W + pV I), W = dE/dε.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sswnn.ssw.minimise import IDENTITY, Tolerance, heights, relax_atoms
from sswnn.ssw.mode import Rotation, soften
from sswnn.ssw.surface import Surface

STRAIN_PROBE = 2.0  # a strain of one stands for so many Å in the dimer's difference


@dataclass(frozen=True)
class CellMoves:
    """How a walker deforms its cell."""

    moves: int = 3
    step: float = 0.10  # change of the lattice relative to its own norm, |ΔL| / |L|
    relax: Tolerance = Tolerance(force=0.1, steps=25)  # noqa: RUF009 (frozen)
    rotation: Rotation = Rotation(iterations=3)  # noqa: RUF009 (frozen)
    least_height: float = 1.5  # Å, of a cell; flatter ones are not entered
    volumes: tuple[float, float] = (0.6, 1.8)  # of the minimum's volume; a block ends before it leaves them


def symmetric(rng: np.random.Generator) -> np.ndarray:
    """Random symmetric strain direction of norm one, [3, 3]."""
    matrix = rng.standard_normal((3, 3))
    matrix = matrix + matrix.T
    return matrix / np.linalg.norm(matrix)


def deform(
    rng: np.random.Generator,
    surface: Surface,
    positions: np.ndarray,
    cell: np.ndarray,
    pressure: float,
    settings: CellMoves,
) -> tuple[np.ndarray, np.ndarray]:
    """Positions [n, 3] and cell [3, 3] (Å) after a block of cell moves along one start direction.

    Parameters
    ----------
    pressure
        eV/Å³.
    """
    start = symmetric(rng)
    volume = np.linalg.det(cell)
    for _ in range(settings.moves):
        fractional = np.linalg.solve(cell.T, positions.T).T

        def pull(strain: np.ndarray, cell=cell, fractional=fractional) -> np.ndarray:
            box = cell @ (IDENTITY + strain / STRAIN_PROBE)
            virial = surface(fractional @ box, box).virial
            return -(virial + pressure * abs(np.linalg.det(box)) * IDENTITY) / STRAIN_PROBE

        zero = np.zeros((3, 3))
        direction = soften(pull, zero, pull(zero), start, settings.rotation)
        direction = direction + direction.T
        direction /= np.linalg.norm(direction)
        change = cell @ direction
        length = settings.step * np.linalg.norm(cell) / np.linalg.norm(change)
        box = cell @ (IDENTITY + length * direction)
        low, high = settings.volumes
        if not low < np.linalg.det(box) / volume < high or heights(box).min() < settings.least_height:
            break
        cell = box
        positions = relax_atoms(surface, fractional @ cell, cell, settings.relax).positions
    return positions, cell

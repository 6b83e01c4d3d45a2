"""Unlabelled frames for training: atoms at random places of random cells, without close contacts.

Lengths in A.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from ase import Atoms

from sswnn.errors import DataError

MIN_DISTANCE: dict[frozenset[str], float] = {
    frozenset({"Li"}): 2.35,
    frozenset({"Zr"}): 2.60,
    frozenset({"Cl"}): 2.85,
    frozenset({"Li", "Zr"}): 2.45,
    frozenset({"Li", "Cl"}): 2.10,
    frozenset({"Zr", "Cl"}): 2.20,
}
"""Shortest distances of random mixtures, A, about 0.9 of the shortest ones in the crystals."""


def random_cell(
    rng: np.random.Generator, volume: float, *, skew: float = 0.25, aspect: float = 0.3
) -> np.ndarray:
    """Random (3, 3) cell of given volume (A^3), moderately skewed and elongated."""
    lengths = np.exp(rng.uniform(-aspect, aspect, 3))
    cell = np.diag(lengths) + np.tril(rng.uniform(-skew, skew, (3, 3)) * lengths[:, None], -1)
    return cell * (volume / np.linalg.det(cell)) ** (1 / 3)


def _pushed_apart(
    positions: np.ndarray, cell: np.ndarray, contact: np.ndarray, *, steps: int = 80
) -> np.ndarray | None:
    """Positions moved along overlaps until no pair is closer than its contact distance by 0.03 A;
    None if that fails.

    `positions` (n, 3) and `cell` (3, 3) in A; `contact` (n, n) in A. All images of the neighbouring
    cells count.
    """
    shifts = (
        np.array([(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)]) @ cell
    )
    self_image = np.linalg.norm(shifts, axis=1)
    if (self_image[self_image > 0].min() < np.diag(contact)).any():
        return None
    for _ in range(steps):
        delta = positions[None, :, None, :] - positions[:, None, None, :] + shifts[None, None, :, :]
        distance = np.linalg.norm(delta, axis=-1)
        overlap = np.where(distance > 1e-9, contact[:, :, None] - distance, 0.0).clip(min=0.0)
        if overlap.max() < 0.03:
            return positions
        direction = delta / np.maximum(distance, 1e-6)[..., None]
        positions = positions - 0.45 * (1.05 * overlap[..., None] * direction).sum(axis=(1, 2))
    return None


def random_mixture(
    rng: np.random.Generator,
    counts: Mapping[str, int],
    density: float,
    *,
    closeness: float = 1.0,
    attempts: int = 4,
) -> Atoms:
    """Atoms at random places of a random cell, no pair closer than `closeness` times `MIN_DISTANCE`.

    Parameters
    ----------
    rng
        Source of randomness.
    counts
        Number of atoms of each element.
    density
        Atoms per A^3; the crystals lie between 0.037 (ZrCl4) and 0.060 (LiCl).
    closeness
        Factor on the minimum distances.
    attempts
        Random starts before giving up.

    Raises
    ------
    DataError
        If the density leaves no room for the atoms.
    """
    symbols = [element for element, count in counts.items() for _ in range(count)]
    contact = closeness * np.array(
        [[MIN_DISTANCE[frozenset({a, b})] for b in symbols] for a in symbols]
    )
    for _ in range(attempts):
        cell = random_cell(rng, len(symbols) / density)
        positions = _pushed_apart(rng.random((len(symbols), 3)) @ cell, cell, contact)
        if positions is not None:
            atoms = Atoms(symbols, positions, cell=cell, pbc=True)
            atoms.wrap()
            return atoms
    raise DataError(
        f"{dict(counts)} at {density:.4f} atoms/A^3 cannot keep {closeness:.2f} of the minimum distances"
    )

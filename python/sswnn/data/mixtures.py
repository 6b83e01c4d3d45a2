"""Unlabelled frames for training: atoms at random places of random cells, without close contacts.

Lengths in A.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii

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


def minimum_distances(elements: Iterable[str]) -> dict[frozenset[str], float]:
    """Shortest distance in A that a random structure may have, for every pair of the elements.

    `MIN_DISTANCE` where it has the pair, else 0.8 of the sum of the covalent radii, about the ratio
    of `MIN_DISTANCE` for Zr.

    Raises
    ------
    DataError
        If an element is unknown.
    """
    names = sorted(set(elements))
    for name in names:
        if name not in atomic_numbers:
            raise DataError(f"unknown element {name!r}, expected a chemical symbol such as 'Li'")
    radius = {name: float(covalent_radii[atomic_numbers[name]]) for name in names}
    pairs = {frozenset({a, b}): 0.8 * (radius[a] + radius[b]) for a in names for b in names}
    return {pair: MIN_DISTANCE.get(pair, length) for pair, length in pairs.items()}


def random_cell(
    rng: np.random.Generator, volume: float, *, skew: float = 0.25, aspect: float = 0.3
) -> np.ndarray:
    """Random (3, 3) cell of given volume (A^3), moderately skewed and elongated."""
    lengths = np.exp(rng.uniform(-aspect, aspect, 3))
    cell = np.diag(lengths) + np.tril(rng.uniform(-skew, skew, (3, 3)) * lengths[:, None], -1)
    return cell * (volume / np.linalg.det(cell)) ** (1 / 3)


def pushed_apart(
    positions: np.ndarray,
    cell: np.ndarray,
    contact: np.ndarray,
    *,
    project: Callable[[np.ndarray], np.ndarray] | None = None,
    steps: int = 80,
) -> np.ndarray | None:
    """Positions moved along overlaps until no pair is closer than its contact distance by 0.03 A;
    None if that fails.

    `positions` (n, 3) and `cell` (3, 3) in A; `contact` (n, n) in A. All images of the neighbouring
    cells count. `project` is applied to the (n, 3) displacements of each step, for example to keep
    the symmetry exactly, which rounding would let go.
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
        step = -0.45 * (1.05 * overlap[..., None] * direction).sum(axis=(1, 2))
        positions = positions + (step if project is None else project(step))
    return None


def random_mixture(
    rng: np.random.Generator,
    counts: Mapping[str, int],
    density: float,
    *,
    distances: Mapping[frozenset[str], float] | None = None,
    closeness: float = 1.0,
    attempts: int = 4,
) -> Atoms:
    """Atoms at random places of a random cell, no pair closer than `closeness` times `distances`.

    Parameters
    ----------
    rng
        Source of randomness.
    counts
        Number of atoms of each element.
    density
        Atoms per A^3; the crystals lie between 0.037 (ZrCl4) and 0.060 (LiCl).
    distances
        Minimum distance of every pair of elements, A; None: `minimum_distances` of the elements.
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
    lengths = minimum_distances(counts) if distances is None else distances
    contact = closeness * np.array([[lengths[frozenset({a, b})] for b in symbols] for a in symbols])
    for _ in range(attempts):
        cell = random_cell(rng, len(symbols) / density)
        positions = pushed_apart(rng.random((len(symbols), 3)) @ cell, cell, contact)
        if positions is not None:
            atoms = Atoms(symbols, positions, cell=cell, pbc=True)
            atoms.wrap()
            return atoms
    raise DataError(
        f"{dict(counts)} at {density:.4f} atoms/A^3 cannot keep {closeness:.2f} of the minimum distances"
    )

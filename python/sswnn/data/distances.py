"""Closest distances of a structure, periodic images included. Lengths in A.

The compiled core is imported at the first call: labelling, which imports this file, does not need it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from ase import Atoms

from sswnn.errors import DataError


def smallest_ratio(atoms: Atoms, scale: Mapping[frozenset[str], float]) -> float:
    """Smallest distance over the scale of its pair of elements, dimensionless.

    Parameters
    ----------
    atoms
        Structure; an atom's own images count.
    scale
        Distance in A of every pair of its elements.

    Returns
    -------
    float
        Infinite if no pair is closer than the largest scale, so above 1 it is only a bound.
    """
    from sswnn import _core

    elements, kind = np.unique(atoms.get_chemical_symbols(), return_inverse=True)
    table = np.array([[scale[frozenset({str(a), str(b)})] for b in elements] for a in elements])
    first, second, displacement = _core.neighbor_list(
        atoms.positions, atoms.cell.array, atoms.pbc, float(table.max())
    )
    if not len(first):
        return float("inf")
    ratio = np.linalg.norm(displacement, axis=1) / table[kind[first], kind[second]]
    return float(ratio.min())


def distances_to_nearest(atoms: Atoms, places: np.ndarray) -> np.ndarray:
    """Distance of each place to the nearest atom.

    Parameters
    ----------
    atoms
        Structure.
    places
        (m, 3) positions, A.

    Returns
    -------
    numpy.ndarray
        (m,) distances, A.

    Raises
    ------
    DataError
        If there are no atoms.
    """
    from sswnn import _core

    if not len(atoms):
        raise DataError("no atoms to measure distances to, at least one is needed")
    together = np.concatenate([atoms.positions, places])
    cutoff = 4.0
    while True:
        first, second, displacement = _core.neighbor_list(
            together, atoms.cell.array, atoms.pbc, cutoff
        )
        across = (first >= len(atoms)) & (second < len(atoms))
        nearest = np.full(len(places), np.inf)
        np.minimum.at(
            nearest, first[across] - len(atoms), np.linalg.norm(displacement[across], axis=1)
        )
        if np.isfinite(nearest).all():
            return nearest
        cutoff *= 2

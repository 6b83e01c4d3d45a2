"""Full neighbour lists of periodic and finite frames, from the compiled core."""

from __future__ import annotations

import numpy as np

from sswnn import _core


def neighbour_list(
    positions, cell, pbc, cutoff: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All ordered pairs with 0 < r < cutoff, periodic images included.

    Parameters
    ----------
    positions : ndarray [n, 3], Å
    cell : ndarray [3, 3]
        Rows are lattice vectors, Å; used along periodic directions only.
    pbc : sequence of 3 bool

    Returns
    -------
    first, second : ndarray [pairs]
        Centre and neighbour, sorted by centre.
    displacement : ndarray [pairs, 3]
        r_j + shift - r_i, Å.
    """
    positions, cell = np.asarray(positions, dtype=float), np.asarray(cell, dtype=float)
    pbc = np.asarray(pbc, dtype=bool)
    return _core.neighbor_list(positions, cell, pbc, cutoff)

"""Full neighbour lists of periodic and finite frames: the compiled core's where it exists, else ASE's."""

from __future__ import annotations

import numpy as np

try:
    from sswnn._core import neighbor_list as _compiled
except ImportError:
    _compiled = None


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
    if _compiled is not None:
        return _compiled(positions, cell, pbc, cutoff)
    from ase.geometry import complete_cell
    from ase.neighborlist import primitive_neighbor_list

    if len(positions) == 1 and not pbc.any():
        return np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros((0, 3))
    first, second, displacement = primitive_neighbor_list(
        "ijD", pbc, complete_cell(cell), positions, cutoff
    )
    order = np.argsort(first, kind="stable")
    return first[order], second[order], displacement[order]

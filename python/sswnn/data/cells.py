"""The cell of a crystal: another basis of the same lattice."""

from __future__ import annotations

import numpy as np
from ase.geometry import minkowski_reduce, wrap_positions

from sswnn.errors import StructureError


def compact(
    positions: np.ndarray, cell: np.ndarray, pbc: np.ndarray | bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """The same crystal, not turned, in its Minkowski-reduced cell, atoms wrapped into it: positions [n, 3] and cell [3, 3], Å.

    Strain after strain shears a cell until it is flat, although the lattice is not: neighbours then lie many images away, plane
    waves need many more points, and moves end at the least height. Vectors without period are left alone.

    Raises
    ------
    StructureError
        If the cell has no reduced one, such as a cell without volume.
    """
    try:
        reduced, _ = minkowski_reduce(cell, pbc)
    except RuntimeError as error:
        raise StructureError(f"the cell cannot be reduced: {error}") from error
    return wrap_positions(positions, reduced, pbc), reduced

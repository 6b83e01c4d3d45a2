"""Triangles of the surface on which a grid of values takes a level: marching tetrahedra.

Each cube of eight grid points is cut into six tetrahedra around a diagonal; in a tetrahedron the surface is one triangle or two.
"""

from __future__ import annotations

import numpy as np

_TETRAHEDRA = np.array(
    [[0, 5, 1, 6], [0, 1, 2, 6], [0, 2, 3, 6], [0, 3, 7, 6], [0, 7, 4, 6], [0, 4, 5, 6]]
)
_CORNERS = np.array(
    [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]]
)
_EDGES = {
    1: [[(0, 1), (0, 2), (0, 3)]],
    3: [[(3, 0), (3, 1), (3, 2)]],
    2: [[(0, 2), (0, 3), (1, 3)], [(0, 2), (1, 3), (1, 2)]],
}
"""Number of corners above the level -> triangles, as edges between corners sorted by whether they are above."""


def isosurface(values: np.ndarray, level: float) -> np.ndarray:
    """Surface between the grid points above a level and those below.

    Parameters
    ----------
    values
        (X, Y, Z) on grid points, each of at least two.
    level
        Of the surface, linear between the points.

    Returns
    -------
    (k, 3, 3) corners of triangles in units of the grid, 0 to X - 1 and so on; their orientation is arbitrary.
    """
    inside = values > level
    shape = np.array(values.shape) - 1
    number = np.zeros(shape, int)
    for dx, dy, dz in _CORNERS:
        number += inside[dx : dx + shape[0], dy : dy + shape[1], dz : dz + shape[2]]
    cubes = np.argwhere((number > 0) & (number < 8))
    points = cubes[:, None] + _CORNERS
    heights = values[points[..., 0], points[..., 1], points[..., 2]] - level
    pieces = []
    for corners in _TETRAHEDRA:
        where, value = points[:, corners], heights[:, corners]
        order = np.argsort(value <= 0, axis=1, kind="stable")
        where = np.take_along_axis(where, order[..., None], axis=1)
        value = np.take_along_axis(value, order, axis=1)
        above = (value > 0).sum(axis=1)
        for count, triangles in _EDGES.items():
            chosen = above == count
            for edges in triangles:
                pieces.append(
                    np.stack(
                        [_crossing(where[chosen], value[chosen], a, b) for a, b in edges], axis=1
                    )
                )
    return np.concatenate(pieces)


def _crossing(where: np.ndarray, value: np.ndarray, a: int, b: int) -> np.ndarray:
    """(m, 3) where the level lies on an edge of each tetrahedron."""
    share = value[:, a] / (value[:, a] - value[:, b])
    return where[:, a] + share[:, None] * (where[:, b] - where[:, a])

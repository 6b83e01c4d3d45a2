"""Ghost atoms of every rank of a LAMMPS run, from the positions alone: the grid of ranks that LAMMPS chooses, and the atoms
within the communication cutoff of each subdomain.

For an orthogonal cell cut into equal bricks (`comm_style brick`, no `balance`). Runs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

BYTES_PER_GHOST_STEP = 48
"""Three coordinates forward and three force components back, in double precision (`newton on`); neighbour lists apart."""


def processor_grid(
    ranks: int, lengths: Sequence[float], fixed: Sequence[int] = (0, 0, 0)
) -> tuple[int, int, int]:
    """Ranks along x, y, z with the smallest surface of a subdomain: the rule of LAMMPS' `processors` command.

    Parameters
    ----------
    ranks
        Their number.
    lengths
        (3,) of the cell, any unit.
    fixed
        Ranks along an axis where the user gives them, 0 for `*`.

    Raises
    ------
    ValueError
        If no grid has that many ranks.
    """
    x, y, z = lengths
    grids = [
        (a, b, ranks // (a * b))
        for a in range(1, ranks + 1)
        if ranks % a == 0
        for b in range(1, ranks // a + 1)
        if (ranks // a) % b == 0
    ]
    grids = [g for g in grids if all(want in (0, n) for want, n in zip(fixed, g, strict=True))]
    if not grids:
        raise ValueError(f"no grid of {ranks} ranks with {tuple(fixed)} given")
    return min(
        grids, key=lambda g: x * y / (g[0] * g[1]) + x * z / (g[0] * g[2]) + y * z / (g[1] * g[2])
    )


def counts(
    positions: np.ndarray, lengths: Sequence[float], grid: tuple[int, int, int], reach: float
) -> tuple[np.ndarray, np.ndarray]:
    """Own and ghost atoms of every rank, each of the shape of `grid`.

    Parameters
    ----------
    positions
        (atoms, 3), A, in a periodic cell with a corner at the origin.
    lengths
        (3,) of the cell, A.
    grid
        Ranks along x, y, z.
    reach
        Communication cutoff, A: that of the potential and the skin.
    """
    own, all_ = (
        [_images(positions[:, k], lengths[k], grid[k], extra) for k in range(3)]
        for extra in (0.0, reach)
    )
    local, both = _products(own, grid), _products(all_, grid)
    return local, both - local


def _images(x: np.ndarray, length: float, parts: int, extra: float) -> np.ndarray:
    """(atoms, parts) number of periodic images of each coordinate in each part, widened by `extra` on both sides."""
    low = np.arange(parts) * length / parts - extra
    high = (np.arange(parts) + 1) * length / parts + extra
    inside = np.mod(x, length)[:, None]
    return np.ceil((high - inside) / length) - np.ceil((low - inside) / length)


def _products(images: list[np.ndarray], grid: tuple[int, int, int]) -> np.ndarray:
    """Sum over the atoms of the products along the three axes, for every rank."""
    x, y, z = images
    made = np.empty(grid)
    for i in range(grid[0]):
        some = x[:, i] > 0
        made[i] = (x[some, i, None] * y[some]).T @ z[some]
    return made

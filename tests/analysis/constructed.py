"""Trajectories built by hand, whose dissolution, film and hops are known."""

from __future__ import annotations

import numpy as np

from sswnn.analysis import Frame

A = 5.14
"""Lattice constant of the LiCl that grows, A."""
EDGE = A / np.sqrt(2)
SIDE = 4 * EDGE
CELL = np.diag([SIDE, SIDE, 200.0])
OCTAHEDRON = 2.5 * np.concatenate([np.eye(3), -np.eye(3)])
LAYERS = (20.0, 30.0, 40.0, 50.0)
PLANE = 16  # LiCl per atomic layer in this cell


def electrolyte() -> tuple[list[str], list[np.ndarray]]:
    """Four layers of four lone ZrCl6 octahedra each."""
    symbols, positions = [], []
    for z in LAYERS:
        for x in (0.25, 0.75):
            for y in (0.25, 0.75):
                centre = np.array([x * SIDE, y * SIDE, z])
                symbols += ["Zr"] + ["Cl"] * 6
                positions += [centre, *(centre + OCTAHEDRON)]
    return symbols, positions


def licl_plane(z: float, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Sixteen Li and sixteen Cl of a (001) layer, the stacking of rock salt by its number."""
    grid = np.array([[i, j] for i in range(4) for j in range(4)]) * EDGE
    shift = 0.5 * EDGE
    li = np.column_stack([grid, np.full(16, z)])
    cl = li + np.array([shift, shift, 0.0])
    return (li, cl) if number % 2 == 0 else (cl, li)


def lonely(count: int, start: float) -> np.ndarray:
    """Places of atoms that have no neighbours: columns of a wide lattice."""
    per_level = 9
    k = np.arange(count)
    x, y = k % 3 * SIDE / 3, k // 3 % 3 * SIDE / 3
    return np.column_stack([x, y, start + k // per_level * 4.8])


def growing_film(
    planes: int = 4, frames: int = 80, every: int = 10, *, shift: float = 0.0
) -> list[Frame]:
    """Above the electrolyte a LiCl layer appears each `every` frames (0.1 ps each), up to `planes`, from lone atoms."""
    symbols, positions = electrolyte()
    count = PLANE * planes
    start = len(symbols)
    symbols += ["Li"] * count + ["Cl"] * count + ["Li"] * 4
    base = np.array(
        [
            *positions,
            *lonely(count, 90.0),
            *lonely(count, 132.0),
            *([[k * 3.0, 1.0, 80.0] for k in range(4)]),
        ]
    )
    result = []
    for t in range(frames):
        now = base.copy()
        for k in range(min(planes, t // every)):
            li, cl = licl_plane(60.0 + k * A / 2, k)
            now[start + PLANE * k : start + PLANE * (k + 1)] = li
            now[start + count + PLANE * k : start + count + PLANE * (k + 1)] = cl
        now[:, 2] += shift + 0.02 * t  # the whole cell drifts
        result.append(Frame(t, t, 0.1 * t, np.array(symbols), now, CELL))
    return result

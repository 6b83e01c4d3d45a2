"""Lowest barriers of paths that cross a periodic energy landscape on a grid.

A set of voxels percolates along an axis if it holds a loop that winds around the periodic cell along it. The lowest level whose
voxels do is the barrier: the minimax over all such paths. Voxels are neighbours if they share a face.
"""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import label

_STEPS = ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1))
_State = tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Crossing:
    """Lowest path along one axis.

    Attributes
    ----------
    axis
        0, 1 or 2.
    level
        Highest energy on it, the lowest possible.
    bottom
        Lowest energy that is connected to it at this level.
    winding
        (3,) periods of the cell that the path advances by; not zero along its axis.
    voxels
        (p, 3) voxels of a path, neighbours of each other, unwrapped: the last is the first, one winding further.
    """

    axis: int
    level: float
    bottom: float
    winding: np.ndarray
    voxels: np.ndarray


def crossings(energy: np.ndarray) -> list[Crossing | None]:
    """Lowest path along each axis of a periodic grid; None where voxels of infinite energy close all of them.

    Parameters
    ----------
    energy
        (X, Y, Z), infinite where no path may be.
    """
    levels = np.unique(energy[np.isfinite(energy)])
    return [_crossing(energy, levels, axis) for axis in range(3)]


def _crossing(energy: np.ndarray, levels: np.ndarray, axis: int) -> Crossing | None:
    if not len(levels) or not _winds(energy <= levels[-1], axis).any():
        return None
    low, high = -1, len(levels) - 1  # closed at low, open at high
    while high - low > 1:
        middle = (low + high) // 2
        if _winds(energy <= levels[middle], axis).any():
            high = middle
        else:
            low = middle
    level = float(levels[high])
    open_to = _winds(energy <= level, axis)
    voxels, winding = _path(energy, open_to, level, axis)
    return Crossing(axis, level, float(energy[open_to].min()), winding, voxels)


def _winds(mask: np.ndarray, axis: int) -> np.ndarray:
    """The voxels of a mask whose component holds a loop around the cell along an axis."""
    parts, count = label(mask)
    links: dict[int, set[tuple[int, tuple[int, int, int]]]] = defaultdict(set)
    for k in range(3):
        last, first = np.take(parts, -1, axis=k).ravel(), np.take(parts, 0, axis=k).ravel()
        both = (last > 0) & (first > 0)
        step = [0, 0, 0]
        step[k] = 1
        for a, b in np.unique(np.stack([last[both], first[both]], axis=1), axis=0).tolist():
            links[a].add((b, (step[0], step[1], step[2])))
            links[b].add((a, (-step[0], -step[1], -step[2])))
    winding = np.zeros(count + 1, bool)
    image: dict[int, np.ndarray] = {}
    for seed in links:
        if seed in image:
            continue
        image[seed], queue, members, found = np.zeros(3, int), deque([seed]), [seed], False
        while queue:
            here = queue.popleft()
            for there, step_to in links[here]:
                moved = image[here] + step_to
                if there not in image:
                    image[there] = moved
                    members.append(there)
                    queue.append(there)
                elif moved[axis] != image[there][axis]:
                    found = True
        winding[members] = found
    return winding[parts]


def _path(
    energy: np.ndarray, open_to: np.ndarray, level: float, axis: int
) -> tuple[np.ndarray, np.ndarray]:
    """A short and low loop through a voxel at the level: its voxels, unwrapped, and its winding.

    From every voxel of a component that winds there is a way to its own image in another period.
    """
    x, y, z = np.argwhere(open_to & (energy == level))[0].tolist()
    lowest = energy.min()
    depth = np.where(open_to, energy - lowest, 0.0)
    cost = 0.05 + depth / max(level - lowest, 1e-12)  # a step through low energies is cheap
    voxels, winding = _loop(open_to, cost, (x, y, z), axis)
    turn = winding * energy.shape
    while len(voxels) > 3 and (voxels[1] + turn == voxels[-2]).all():
        voxels = voxels[1:-1]  # the start was beside the loop
    return voxels, winding


def _loop(
    open_to: np.ndarray, cost: np.ndarray, start: tuple[int, int, int], axis: int
) -> tuple[np.ndarray, np.ndarray]:
    """Cheapest way from a voxel to an image of it in another period along an axis (Dijkstra).

    A state is a voxel and the period along that axis, so there are few of them, however wide the landscape is open.
    """
    shape = open_to.shape
    price = np.where(open_to, cost, np.inf).tolist()
    first = (*start, 0)
    best = {first: 0.0}
    before: dict[_State, tuple[_State, tuple[int, int, int]]] = {}
    heap = [(0.0, first)]
    while True:
        spent, here = heapq.heappop(heap)
        if spent > best[here]:
            continue
        if here[3] and here[:3] == start:
            break
        for step in _STEPS:
            moved = (here[0] + step[0], here[1] + step[1], here[2] + step[2])
            x, y, z = (m % n for m, n in zip(moved, shape, strict=True))
            there = (x, y, z, here[3] + moved[axis] // shape[axis])
            total = spent + price[x][y][z]
            if total < best.get(there, np.inf):
                best[there], before[there] = total, (here, step)
                heapq.heappush(heap, (total, there))
    steps = []
    while here in before:
        here, step = before[here]
        steps.append(step)
    voxels = np.cumsum([start, *steps[::-1]], axis=0)
    return voxels, (voxels[-1] - voxels[0]) // shape

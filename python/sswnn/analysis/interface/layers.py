"""Layers of a layered crystal along the normal, and how far inside each of them is, seen from the metal."""

from __future__ import annotations

import numpy as np

from sswnn.analysis.interface.bonds import pairs_within
from sswnn.analysis.trajectories.frame import Frame
from sswnn.errors import AnalysisError

LAYER_GAP = 1.5
"""Centres (Zr) whose heights differ by more than this belong to different layers, A."""
VACUUM = 6.0
"""A void along the normal wider than this is vacuum, A."""
METAL_DISTANCE = 3.2
"""A Li without a Cl this close is metal, A."""


def stacked_layers(
    frame: Frame, centre: str, neighbour: str, metal: str
) -> tuple[np.ndarray, np.ndarray]:
    """Layers of centres along the normal of the first two cell vectors.

    Between two slabs of metal both outer layers have depth 0. Without metal the layers are numbered upwards. Metal atoms are
    those without a `neighbour` within `METAL_DISTANCE`. A void wider than `VACUUM` ends the slab: nothing is near through it.

    Returns
    -------
    label
        (Z,) layer of each centre, numbered upwards; single centres between the layers belong to the nearest.
    depth
        (L,) how far inside each layer is, 0 at the metal; layers equally far from metal share a number.
    """
    if not (frame.symbols == centre).any():
        raise AnalysisError(
            f"frame {frame.index} has no {centre}, elements are {', '.join(sorted(set(frame.symbols)))}"
        )
    normal = np.cross(frame.cell[0], frame.cell[1])
    normal /= np.linalg.norm(normal)
    period = float(abs(frame.cell[2] @ normal))
    height = (frame.positions - frame.origin) @ normal
    vacuum = not frame.pbc[2]
    if frame.pbc[2]:
        height, void = _above_widest_void(height, period)
        vacuum = void > VACUUM
    centres = height[frame.symbols == centre]
    upwards = centres if vacuum else _above_widest_void(centres, period)[0]
    order = np.argsort(upwards)
    label = np.empty(len(centres), int)
    label[order] = np.concatenate([[0], np.cumsum(np.diff(upwards[order]) > LAYER_GAP)])
    label = _without_strays(label, upwards, np.inf if vacuum else period)
    metals = height[metal_atoms(frame, neighbour, metal)]
    if not len(metals):
        return label, np.arange(label.max() + 1)
    nearest = _nearest(
        centres, metals if vacuum else np.concatenate([metals - period, metals, metals + period])
    )
    return label, _ranks(np.array([nearest[label == k].mean() for k in range(label.max() + 1)]))


def _without_strays(label: np.ndarray, height: np.ndarray, period: float) -> np.ndarray:
    """Labels after centres of groups with less than half of what the largest has, which have left their layers, are given to the
    nearest layer.
    """
    sizes = np.bincount(label)
    layers = np.flatnonzero(sizes >= 0.5 * sizes.max())
    middles = np.array([np.median(height[label == k]) for k in layers])
    away = np.abs(height[:, None] - middles)
    away = np.minimum(away, np.abs(period - away))
    return np.where(np.isin(label, layers), np.searchsorted(layers, label), away.argmin(axis=1))


def _nearest(heights: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Distance of each height to the nearest of others."""
    others = np.concatenate([[-np.inf], np.sort(others), [np.inf]])
    above = np.searchsorted(others, heights)
    return np.minimum(heights - others[above - 1], others[above] - heights)


def _ranks(distance: np.ndarray) -> np.ndarray:
    """Ranks of distances, 0 for the smallest; distances within `LAYER_GAP` of the one before share a rank."""
    order = np.argsort(distance, kind="stable")
    ranks = np.empty(len(distance), int)
    ranks[order] = np.concatenate([[0], np.cumsum(np.diff(distance[order]) > LAYER_GAP)])
    return ranks


def _above_widest_void(height: np.ndarray, period: float) -> tuple[np.ndarray, float]:
    """Heights within one period that starts above the widest void, and the width of the void, A."""
    height = np.mod(height, period)
    ordered = np.sort(height)
    gaps = np.append(np.diff(ordered), ordered[0] + period - ordered[-1])
    widest = int(np.argmax(gaps))
    start = ordered[(widest + 1) % len(ordered)]
    return np.mod(height - start + 1e-9, period), float(gaps[widest])


def median_height(heights: np.ndarray, period: float, near: float) -> float:
    """Median of the images of heights that are nearest to a height, A."""
    return float(np.median(heights - period * np.rint((heights - near) / period)))


def metal_atoms(frame: Frame, neighbour: str, metal: str) -> np.ndarray:
    """(m,) indices of the atoms of `metal` that have no `neighbour` nearby."""
    candidates = np.nonzero(frame.symbols == metal)[0]
    anions = frame.positions[frame.symbols == neighbour]
    bound, _, _ = pairs_within(
        frame.positions[candidates], anions, frame.cell, frame.pbc, METAL_DISTANCE
    )
    return np.delete(candidates, np.unique(bound))

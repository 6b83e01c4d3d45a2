"""Side views of configurations, atoms coloured by element, dissolved Zr highlighted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sswnn.analysis.interface.bonds import ZR_CL_CUTOFF, pairs_within
from sswnn.analysis.trajectories.trajectory import Frame
from sswnn.plotting.style import HIGHLIGHT, circle, colour, figure

_RADIUS = {"Li": 0.75, "Zr": 1.0, "Hf": 1.0, "Cl": 1.15}
"""Drawn radius, A; a choice for readability."""


def _wrapped(frame: Frame) -> np.ndarray:
    """(n, 3) positions in a box: into the cell first, then x modulo its length where the cell is tilted."""
    inverse = np.linalg.inv(frame.cell)
    fraction = (frame.positions - frame.origin) @ inverse
    fraction -= np.where(frame.pbc, np.floor(fraction), 0.0)
    positions = fraction @ frame.cell
    if frame.pbc[0]:
        positions[:, 0] = np.mod(positions[:, 0], frame.cell[0, 0])
    return positions


def _bonds(
    frame: Frame, centre: str, neighbour: str, cutoff: float
) -> tuple[np.ndarray, np.ndarray]:
    """Bonded pairs as indices into the frame."""
    a, b = np.nonzero(frame.symbols == centre)[0], np.nonzero(frame.symbols == neighbour)[0]
    i, j, _ = pairs_within(frame.positions[a], frame.positions[b], frame.cell, frame.pbc, cutoff)
    return a[i], b[j]


def plot_snapshots(
    frames: list[Frame],
    path: str | Path,
    *,
    titles: list[str] | None = None,
    centre: str = "Zr",
    neighbour: str = "Cl",
    cutoff: float = ZR_CL_CUTOFF,
) -> None:
    """Views along y, z upwards, one panel per frame; Zr-Cl bonds as sticks, Zr without one in red."""
    width = max(float(f.cell[0, 0]) for f in frames)
    heights = np.concatenate([_wrapped(f)[:, 2] for f in frames])
    low, high = heights.min() - 2, heights.max() + 2
    scale = 5.6 / (high - low)
    size = (len(frames) * (width + 4) * scale + 1.0, (high - low) * scale + 1.5)
    with figure(path, columns=len(frames), size=size, squeeze=False, sharey=True) as (drawn, axes):
        for k, (frame, panel) in enumerate(zip(frames, axes[0], strict=True)):
            _draw(panel, frame, centre, neighbour, cutoff)
            panel.set(xlim=(-1.5, width + 1.5), ylim=(low, high), xlabel="x / Å")
            panel.set_aspect("equal")
            if titles:
                panel.set_title(titles[k])
        axes[0, 0].set_ylabel("z / Å")
        elements = list(dict.fromkeys(str(x) for x in frames[0].symbols))
        marks = [circle(colour(x, k), x) for k, x in enumerate(elements)]
        drawn.legend(
            handles=[*marks, circle(HIGHLIGHT, f"{centre} without {neighbour}")],
            loc="outside lower center",
            ncols=6,
        )


def _draw(panel: Any, frame: Frame, centre: str, neighbour: str, cutoff: float) -> None:
    """Circles from back to front, sized in A, with sticks for the bonds that do not cross the box."""
    from matplotlib.collections import EllipseCollection, LineCollection

    positions = _wrapped(frame)
    a, b = _bonds(frame, centre, neighbour, cutoff)
    near = np.linalg.norm(positions[a] - positions[b], axis=1) < cutoff + 0.01
    sticks = np.stack([positions[a[near]][:, [0, 2]], positions[b[near]][:, [0, 2]]], axis=1)
    panel.add_collection(LineCollection(list(sticks), colors="0.35", linewidths=0.7, zorder=1))
    elements = list(dict.fromkeys(str(x) for x in frame.symbols))
    shades = np.array([colour(x, elements.index(x)) for x in map(str, frame.symbols)], dtype=object)
    free = np.setdiff1d(np.nonzero(frame.symbols == centre)[0], a)
    shades[free] = HIGHLIGHT
    diameter = 2 * 0.7 * np.array([_RADIUS.get(str(x), 1.0) for x in frame.symbols])
    diameter[free] *= 1.35
    order = np.argsort(-positions[:, 1])
    order = np.concatenate([order[~np.isin(order, free)], free])
    panel.add_collection(
        EllipseCollection(
            diameter[order], diameter[order], np.zeros(len(order)), units="x", offsets=positions[order][:, [0, 2]],
            offset_transform=panel.transData, facecolors=list(shades[order]), edgecolors="black", linewidths=0.3,
            zorder=2,
        )
    )  # fmt: skip

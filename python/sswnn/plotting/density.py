"""Isosurface of the density of the ions among the other atoms, seen from the side."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.collections import EllipseCollection, PolyCollection
from matplotlib.colors import to_rgb
from scipy.ndimage import map_coordinates

from sswnn.analysis.interface.density import DensityResult
from sswnn.analysis.interface.isosurface import isosurface
from sswnn.plotting.style import circle, colour, figure

_TURN, _TILT = np.radians(12.0), np.radians(8.0)
"""Of the view, from along y."""
_LIGHT = np.array([0.35, -0.8, 0.5]) / np.linalg.norm([0.35, -0.8, 0.5])
_RADIUS = 0.45  # A, of the drawn atoms
_SLICES = 60  # from back to front: matplotlib does not sort surfaces among circles


def plot_density(
    result: DensityResult, path: str | Path, *, share: float = 0.8, level: float | None = None
) -> None:
    """Surface around the places where the ions are.

    Parameters
    ----------
    result
        Density.
    path
        File.
    share
        The surface encloses this share of the ions, ...
    level
        ... or lies at this density, per A^3.
    """
    level = result.level_enclosing(share) if level is None else level
    grid = result.density_per_A3
    fraction = (isosurface(grid, level) + 0.5) / grid.shape
    triangles = fraction @ result.cell + result.origin
    atoms = result.positions
    corners = (
        np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)]) @ result.cell
    ) + result.origin
    flat = _project(corners)
    low, high = flat[:, [0, 1]].min(axis=0) - 1.5, flat[:, [0, 1]].max(axis=0) + 1.5
    scale = 6.4 / (high - low)[1]
    with figure(path, size=(max(3.6, (high - low)[0] * scale), 7.0)) as (drawn, axes):
        _box(axes, flat)
        _paint(axes, triangles, atoms, result)
        axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        axes.set_aspect("equal")
        axes.axis("off")
        what = f"{result.ion} density > {level:.3g} Å⁻³"
        share_in = float(grid[grid > level].sum() / grid.sum())
        axes.set_title(f"{what}\n({100 * share_in:.0f} % of the {result.ion})")
        marks = [circle(colour(result.ion), f"{result.ion} density")]
        marks += [
            circle(colour(x, k), x) for k, x in enumerate(dict.fromkeys(map(str, result.symbols)))
        ]
        drawn.legend(handles=marks, loc="outside lower center", ncols=4)


def _project(points: np.ndarray) -> np.ndarray:
    """(n, 3) to the right, up, and away from the viewer, A."""
    c, s = np.cos(_TURN), np.sin(_TURN)
    x, y = c * points[..., 0] + s * points[..., 1], -s * points[..., 0] + c * points[..., 1]
    up = np.cos(_TILT) * points[..., 2] + np.sin(_TILT) * y
    away = np.cos(_TILT) * y - np.sin(_TILT) * points[..., 2]
    return np.stack([x, up, away], axis=-1)


def _paint(axes: Any, triangles: np.ndarray, atoms: np.ndarray, result: DensityResult) -> None:
    """Everything from back to front, in slices."""
    normals = _normals(triangles, result)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    shade = np.abs(normals / np.where(length > 0, length, 1.0) @ _LIGHT)
    tone = np.clip(0.45 + 0.75 * shade, 0, 1.15)[:, None] * np.array(to_rgb(colour(result.ion)))
    faces = np.clip(tone + 0.12, 0, 1)
    flat, spots = _project(triangles), _project(atoms)
    depth = flat[..., 2].mean(axis=1)
    elements = list(dict.fromkeys(map(str, result.symbols)))
    shades = np.array(
        [to_rgb(colour(x, elements.index(x))) for x in map(str, result.symbols)]
    ).reshape(-1, 3)
    both = np.concatenate([depth, spots[:, 2]])
    edges = np.linspace(both.max() + 1e-6, both.min() - 1e-6, _SLICES + 1)
    for k, (back, front) in enumerate(pairwise(edges)):
        haze = 0.45 * (1 - k / _SLICES)  # what is behind is paler
        ours = np.flatnonzero((depth <= back) & (depth > front))
        ours = ours[np.argsort(-depth[ours])]
        pale = faces[ours] * (1 - haze) + haze
        axes.add_collection(
            PolyCollection(
                list(flat[ours][..., :2]),
                facecolors=pale,
                edgecolors=pale,
                linewidths=0.15,
                zorder=2 * k,
                rasterized=True,
            )
        )
        dots = np.flatnonzero((spots[:, 2] <= back) & (spots[:, 2] > front))
        size = np.full(len(dots), 2 * _RADIUS)
        axes.add_collection(
            EllipseCollection(
                size, size, np.zeros(len(dots)), units="xy", offsets=spots[dots][:, :2], offset_transform=axes.transData,
                facecolors=shades[dots] * (1 - haze) + haze, edgecolors="black", linewidths=0.25, zorder=2 * k + 1,
            )
        )  # fmt: skip


def _normals(triangles: np.ndarray, result: DensityResult) -> np.ndarray:
    """(k, 3) gradients of the density in the middle of each triangle: smoother than the triangles themselves."""
    grid, inverse = result.density_per_A3, np.linalg.inv(result.cell)
    middle = (triangles.mean(axis=1) - result.origin) @ inverse * grid.shape - 0.5
    along = [
        n * map_coordinates(d, middle.T, order=1, mode="nearest")
        for n, d in zip(grid.shape, np.gradient(grid), strict=True)
    ]
    return np.stack(along, axis=1) @ inverse.T


def _box(axes: Any, flat: np.ndarray) -> None:
    for a in range(8):
        for bit in (1, 2, 4):
            if not a & bit:
                axes.plot(*flat[[a, a | bit]][:, :2].T, color="0.6", lw=0.6, zorder=-1)

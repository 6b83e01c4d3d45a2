"""Errors of a potential on labelled frames: parity, and how they grow with the distance from equilibrium."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.colors import LogNorm

from sswnn.plotting.style import HIGHLIGHT, OTHER_COLOURS, SEQUENCE, figure
from sswnn.plotting.uncertainty import members

BINS = 14  # of the distance from equilibrium
FEWEST = 8  # frames in a bin that is drawn
OUTSIDE = (0.1, 99.9)  # percentiles of the labels between which parity is drawn


def plot_accuracy(
    energy: np.ndarray,
    force: np.ndarray,
    distance: np.ndarray,
    force_error: np.ndarray,
    path: str | Path,
    *,
    classes: dict[str, np.ndarray] | None = None,
) -> None:
    """Parity of energies and force components, but for labels beyond `OUTSIDE`; errors against the distance from equilibrium.

    Parameters
    ----------
    energy
        (2, frames) labels and predictions, eV/atom, from any zero.
    force
        (2, components) labels and predictions, eV/Å.
    distance
        (frames,) root mean square of the force components of the label, eV/Å: zero in every minimum.
    force_error
        (frames,) root mean square error of the force components, eV/Å.
    path
        Picture to write.
    classes
        (frames,) masks by name: subsets whose root mean squares are drawn beside those of all; `FEWEST` frames in a bin.
    """
    with figure(path, 2, 2, size=(9.0, 7.6)) as (drawn, ((left, right), (below_left, below_right))):
        for axes, (label, predicted), name, error in (
            (left, energy, "energy less that of its elements / eV per atom", "{:.1f} meV per atom"),
            (right, force, "force component / eV Å$^{-1}$", "{:.3f} eV Å$^{{-1}}$"),
        ):
            rmse = float(np.sqrt(np.mean((predicted - label) ** 2))) * (1000 if axes is left else 1)
            _density(drawn, axes, label, predicted)
            axes.set(xlabel=f"label: {name}", ylabel="potential", title=f"root mean square error {error.format(rmse)}")
        _growth(below_left, distance, 1000 * np.abs(energy[1] - energy[0]), classes or {})
        _growth(below_right, distance, force_error, classes or {})
        below_left.set(ylabel="error of the energy / meV per atom")
        below_right.set(ylabel="error of force components / eV Å$^{-1}$")
        below_left.legend(loc="upper left", fontsize=8)


def _density(drawn: Any, axes: Any, label: np.ndarray, predicted: np.ndarray) -> None:
    low, high = np.percentile(label, OUTSIDE)
    counts = axes.hist2d(label, predicted, bins=np.linspace(low, high, 160), norm=LogNorm(), cmap="Blues", rasterized=True)
    axes.plot([low, high], [low, high], color="0.4", lw=0.8)
    drawn.colorbar(counts[3], ax=axes, label="number", fraction=0.045, pad=0.02)


def _growth(axes: Any, distance: np.ndarray, error: np.ndarray, classes: dict[str, np.ndarray]) -> None:
    shown = (distance > 0) & (error > 0)
    axes.plot(distance[shown], error[shown], ".", ms=2, color=SEQUENCE[1], alpha=0.35, rasterized=True, label="frames")
    low, high = (float(limit) for limit in np.percentile(distance[shown], [0.5, 100]))
    edges = np.geomspace(low, high, BINS + 1)
    axes.plot(*rms_by_bin(distance, error, edges), "o-", color=HIGHLIGHT, ms=4, label="root mean square, all")
    for shade, (name, mask) in zip(OTHER_COLOURS, classes.items(), strict=False):
        axes.plot(*rms_by_bin(distance[mask], error[mask], edges), "s--", ms=3, color=shade, label=name)
    axes.set(xscale="log", yscale="log", xlabel="RMS force component of the label / eV Å$^{-1}$",
             xlim=(edges[0] / 1.2, None), ylim=(np.percentile(error[shown], 1), None))  # fmt: skip


def rms_by_bin(
    distance: np.ndarray, error: np.ndarray, edges: np.ndarray, fewest: int = FEWEST
) -> tuple[np.ndarray, np.ndarray]:
    """Geometric centre and root mean square error of each bin with at least `fewest` frames; none beyond the limits count."""
    inside = (distance >= edges[0]) & (distance <= edges[-1])
    distance, error = distance[inside], error[inside]
    rows = [
        (np.sqrt(edges[k] * edges[k + 1]), np.sqrt(np.mean(error[here] ** 2)))
        for k, here in members(distance, edges, fewest)
    ]
    table = np.array(rows, dtype=float).reshape(-1, 2)
    return table[:, 0], table[:, 1]

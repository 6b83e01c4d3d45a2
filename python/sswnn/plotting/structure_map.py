"""Map of a set of structures: order parameter against density or energy, coloured by composition."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sswnn.plotting.style import figure


def plot_map(
    order: np.ndarray,
    height: np.ndarray,
    share: np.ndarray,
    path: str | Path,
    *,
    degree: int = 6,
    ylabel: str = "density / g cm$^{-3}$",
    share_label: str = "",
    limits: tuple[float, float] | None = None,
) -> None:
    """A dot for each structure; rare compositions are drawn over frequent ones.

    Parameters
    ----------
    order
        (n,) distance-weighted Steinhardt order parameters.
    height
        (n,) densities or energies.
    share
        (n,) fractions from 0 to 1 that colour the dots; not-a-number is grey.
    path
        Picture to write.
    degree
        l of the order parameter.
    ylabel, share_label
        What `height` and `share` are, with units.
    limits
        Of the y axis; None: all structures.
    """
    with figure(path, size=(6.2, 4.4)) as (drawn, axes):
        known = np.isfinite(share)
        size = float(np.clip(6000 / max(len(order), 1), 3, 26))
        axes.scatter(order[~known], height[~known], s=size, color="0.7", linewidths=0, rasterized=True)
        values, counts = np.unique(np.round(share[known], 3), return_counts=True)
        frequency = counts[np.searchsorted(values, np.round(share[known], 3))]
        first = np.argsort(-frequency, kind="stable")
        dots = axes.scatter(
            order[known][first], height[known][first], c=share[known][first], s=size, cmap="viridis",
            vmin=0, vmax=1, alpha=0.8, linewidths=0, rasterized=True,
        )  # fmt: skip
        if known.any():
            bar = drawn.colorbar(dots, ax=axes, pad=0.02, label=share_label)
            if bar.solids is not None:
                bar.solids.set(alpha=1)
        axes.set(xlabel=f"order parameter OP$_{degree}$", ylabel=ylabel)
        if limits is not None:
            axes.set_ylim(*limits)

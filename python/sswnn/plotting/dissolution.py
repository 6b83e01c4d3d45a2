"""Dissolved Zr and Zr-Cl bonds against time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.ticker import MaxNLocator

from sswnn.analysis.dissolution import DissolutionResult
from sswnn.plotting.style import HIGHLIGHT, SEQUENCE, figure


def plot_dissolution(result: DissolutionResult, path: str | Path) -> None:
    """Zr without a bond against time: all, and each layer from the interface inwards."""
    with figure(path) as (_, axes):
        top = max(4.0, 1.15 * float(result.dissolved.max()))
        axes.step(result.time_ps, result.dissolved, where="post", color="black", label="all layers")
        for k, series in enumerate(result.dissolved_by_layer.T):
            name = "layer 1, at the metal" if k == 0 else f"layer {k + 1}"
            shade = SEQUENCE[min(k, len(SEQUENCE) - 1)]
            axes.step(
                result.time_ps,
                series,
                where="post",
                color=shade,
                lw=1.1,
                label=f"{name} ({result.layer_size[k]} Zr)",
            )
        if result.onset_ps is not None:
            axes.axvline(
                result.onset_ps,
                color=HIGHLIGHT,
                lw=1,
                ls="--",
                label=f"onset {result.onset_ps:.2f} ps",
            )
        axes.set(
            xlabel="time / ps",
            ylabel=f"Zr without a Zr–Cl bond (of {result.bonds.shape[1]})",
            xlim=(result.time_ps[0], max(result.time_ps[-1], result.time_ps[0] + 1e-9)),
            ylim=(-0.03 * top, top),
        )
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))


def plot_bonds(result: DissolutionResult, path: str | Path) -> None:
    """Mean number of bonds per Zr against time, each layer from the interface inwards."""
    with figure(path) as (_, axes):
        means = [
            result.bonds[:, result.layer == k].mean(axis=1) for k in range(len(result.layer_size))
        ]
        for k, mean in enumerate(means):
            name = "layer 1, at the metal" if k == 0 else f"layer {k + 1}"
            axes.plot(
                result.time_ps, mean, color=SEQUENCE[min(k, len(SEQUENCE) - 1)], lw=1.2, label=name
            )
        axes.set(
            xlabel="time / ps",
            ylabel=f"Zr–Cl bonds per Zr (r < {result.form_A:.2f} Å)",
            xlim=(result.time_ps[0], max(result.time_ps[-1], result.time_ps[0] + 1e-9)),
            ylim=(np.floor(2 * np.min(means)) / 2, np.ceil(2 * np.max(means)) / 2 + 0.1),
        )
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))

"""Dissolved Zr and Zr-Cl bonds against time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from sswnn.analysis.interface.dissolution import DissolutionResult
from sswnn.analysis.interface.ensemble import EnsembleResult
from sswnn.plotting.film import draw_runs
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


def plot_dissolution_runs(result: EnsembleResult, path: str | Path) -> None:
    """Dissolved fraction of several runs, its mean and interval, and the onset of each run."""
    with figure(path) as (_, axes):
        draw_runs(axes, result)
        seen = result.onsets_ps[np.isfinite(result.onsets_ps)]
        axes.plot(
            seen, np.zeros(len(seen)), ls="", marker="|", ms=11, mew=1.4, color=HIGHLIGHT, clip_on=False,
            label=f"onset ({len(seen)} of {result.runs} runs)",
        )  # fmt: skip
        top = float(np.nanmax([result.values.max(), np.nanmax(result.high), 0.04]))
        axes.set(
            xlabel="time / ps",
            ylabel="dissolved fraction of Zr",
            xlim=(result.time_ps[0], result.time_ps[-1]),
            ylim=(0, min(1.0, 1.1 * top)),
        )
        axes.legend(loc="upper left")


def plot_fates(result: DissolutionResult, path: str | Path) -> None:
    """Every dissolved Zr as a bar from its dissolution to the end or to its next bond, and how deep in the metal it is."""
    rows = result.fates()
    thick = min(3.0, 150.0 / max(1, len(rows)))
    with figure(
        path, columns=2, size=(7.6, min(8.5, 1.9 + 0.14 * max(8, len(rows)))), sharey=True
    ) as (drawn, axes):
        end = result.time_ps[-1]
        for k, row in enumerate(rows):
            shade = SEQUENCE[min(row["layer"], len(SEQUENCE) - 2)]
            back = row["fate"] == "re-bound"
            until = row["bound_again_ps"] if back and np.isfinite(row["bound_again_ps"]) else end
            axes[0].plot(
                [row["dissolved_ps"], until], [k, k], color=shade, lw=thick, solid_capstyle="butt"
            )
            if back:
                axes[0].plot(until, k, marker="|", color="black", ms=7)
            axes[1].plot([row["depth_A"], row["deepest_A"]], [k, k], color="0.75", lw=1)
            axes[1].plot(row["depth_A"], k, marker="o", ms=5, color=shade, mec="black", mew=0.4)
        axes[0].set(
            xlabel="time without a bond / ps",
            ylabel="dissolved Zr, in order",
            xlim=(result.time_ps[0], end),
            ylim=(-1, max(6, len(rows))),
        )
        axes[1].axvline(0, color="0.4", lw=0.8, ls="--")
        axes[1].set(xlabel="distance beyond layer 1 / Å")
        axes[0].yaxis.set_major_locator(MaxNLocator(integer=True))
        depths = sorted({row["layer"] for row in rows})
        marks = [
            Line2D(
                [], [], color=SEQUENCE[min(k, len(SEQUENCE) - 2)], lw=3, label=f"from layer {k + 1}"
            )
            for k in depths
        ]
        marks.append(Line2D([], [], color="black", ls="", marker="|", ms=8, label="bound again"))
        marks.append(
            Line2D(
                [],
                [],
                color="0.75",
                marker="o",
                mfc="0.4",
                mec="black",
                mew=0.4,
                label="at the end, and deepest",
            )
        )
        drawn.legend(handles=marks, loc="outside upper center", ncols=4)

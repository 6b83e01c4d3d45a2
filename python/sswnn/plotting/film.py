"""Growth of the film, environments of Li, balance of the reaction, composition of the layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.ticker import MaxNLocator

from sswnn.analysis.interface.ensemble import EnsembleResult
from sswnn.analysis.interface.environments import NAMES
from sswnn.analysis.interface.film import FilmResult
from sswnn.analysis.interface.growth import GrowthResult
from sswnn.analysis.interface.stoichiometry import METAL_PER_CENTRE, Stoichiometry, stoichiometry
from sswnn.plotting.style import HIGHLIGHT, SEQUENCE, colour, figure

_KINDS = {
    "metal": "#8c8c8c",
    "interface": "#cc79a7",
    "film": "#e69f00",
    "A": "#08306b",
    "B": "#6baed6",
}
_LABELS = {
    "metal": "metal",
    "interface": "interface",
    "film": "{anion} film",
    "A": "{ion}$_A$",
    "B": "{ion}$_B$",
}
_SIDES = {-1: "below", 1: "above"}


def plot_film(result: FilmResult, path: str | Path, *, growth: GrowthResult | None = None) -> None:
    """Thickness in layers with the law of growth, environments of the ions, balance of the reaction, Cl/Zr of the layers."""
    with figure(path, rows=2, columns=2, size=(9.6, 6.2), sharex=True) as (_, axes):
        _thickness(axes[0, 0], result, growth or result.growth())
        _environments(axes[0, 1], result)
        _balance(axes[1, 0], stoichiometry(result))
        _layers(axes[1, 1], result)
        end = max(result.time_ps[-1], result.time_ps[0] + 1e-9)
        for letter, panel in zip("abcd", axes.flat, strict=True):
            panel.set_xlim(result.time_ps[0], end)
            panel.set_title(f"({letter})", fontweight="bold")
        for panel in axes[1]:
            panel.set_xlabel("time / ps")


def plot_film_runs(result: EnsembleResult, path: str | Path) -> None:
    """Mean thickness over several runs with its interval."""
    with figure(path) as (_, axes):
        draw_runs(axes, result)
        top = max(1.0, 1.1 * np.nanmax([result.values.max(), np.nanmax(result.high)]))
        axes.set(
            xlabel="time / ps",
            ylabel="film thickness / atomic layers",
            xlim=(result.time_ps[0], result.time_ps[-1]),
            ylim=(0, top),
        )
        axes.legend(loc="upper left")


def draw_runs(axes: Any, result: EnsembleResult) -> None:
    """Runs as thin lines, their mean and its interval."""
    percent = f"{100 * result.confidence:.0f} % interval of the mean"
    axes.fill_between(
        result.time_ps,
        result.low,
        result.high,
        color=SEQUENCE[1],
        alpha=0.22,
        lw=0,
        step="post",
        label=percent,
    )
    for k, series in enumerate(result.values.T):
        label = f"{result.runs} runs" if k == 0 else None
        axes.step(result.time_ps, series, where="post", color=SEQUENCE[2], lw=0.7, label=label)
    axes.step(result.time_ps, result.mean, where="post", color="black", label="mean")


def _thickness(axes: Any, result: FilmResult, law: GrowthResult) -> None:
    for k, side in enumerate(result.sides):
        label = f"{_SIDES[side]} the slab" if len(result.sides) > 1 else "film"
        axes.plot(
            result.time_ps, result.layers[:, k], color=SEQUENCE[2 * k + 1], lw=1.0, label=label
        )
        axes.plot(
            result.time_ps, result.salt_layers[:, k], color=SEQUENCE[2 * k + 1], lw=0.8, ls=":"
        )
    axes.plot(
        [],
        [],
        color="0.3",
        lw=0.8,
        ls=":",
        label=f"all {result.species.ion}{result.species.anion}, in order or not",
    )
    if law.fits:
        best = law.fits[0]
        axes.plot(
            result.time_ps,
            best(result.time_ps - result.time_ps[0]),
            color="black",
            ls="--",
            lw=1.2,
            label=f"{best.law} law",
        )
    top = max(1.0, 1.45 * result.salt_layers.max())
    if law.stopped_ps is not None:
        stop = law.stopped_ps + result.time_ps[0]
        end = float(law.plateau or 0.0)
        axes.vlines(stop, 0, end, color=HIGHLIGHT, lw=1.2, ls=":", label=f"stops at {stop:.3g} ps")
    axes.set(ylabel="film thickness / atomic layers", ylim=(-0.02 * top, top))
    if not result.salt_anions.any():
        axes.text(0.5, 0.5, "no film", transform=axes.transAxes, ha="center", color="0.4")
    axes.legend(loc="upper left")
    twin = axes.secondary_yaxis(
        "right", functions=(lambda x: x * result.lattice_A / 2, lambda x: 2 * x / result.lattice_A)
    )
    twin.set_ylabel("Å")


def _environments(axes: Any, result: FilmResult) -> None:
    names = {
        k: v.format(ion=result.species.ion, anion=f"{result.species.ion}{result.species.anion}")
        for k, v in _LABELS.items()
    }
    order = [NAMES.index(x) for x in ("A", "B", "interface", "film", "metal")]
    axes.stackplot(
        result.time_ps, *[result.environments[:, k] for k in order],
        colors=[_KINDS[NAMES[k]] for k in order], labels=[names[NAMES[k]] for k in order], lw=0,
    )  # fmt: skip
    axes.set(ylabel=f"{result.species.ion} atoms", ylim=(0, result.environments[0].sum()))
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], loc="center left", bbox_to_anchor=(1.0, 0.5))


def _balance(axes: Any, balance: Stoichiometry) -> None:
    expected = METAL_PER_CENTRE * balance.dissolved
    axes.plot(
        balance.time_ps, balance.freed_anions, color=colour("Cl"), lw=1.1, label="Cl without Zr"
    )
    axes.plot(
        balance.time_ps,
        6 * balance.dissolved,
        color=colour("Cl"),
        lw=1.1,
        ls=":",
        label="6 × dissolved Zr",
    )
    axes.plot(
        balance.time_ps, balance.consumed_metal, color=colour("Li"), lw=1.1, label="Li oxidised"
    )
    axes.plot(
        balance.time_ps, expected, color=colour("Li"), lw=1.1, ls=":", label="4 × dissolved Zr"
    )
    axes.set(ylabel="atoms since the first frame")
    low, high = axes.get_ylim()
    axes.set_ylim(min(low, -1), max(high, 4))
    axes.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, fontsize=8, columnspacing=1.0
    )
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))


def _layers(axes: Any, result: FilmResult) -> None:
    for k, series in enumerate(result.anions_per_centre.T):
        name = "layer 1, at the metal" if k == 0 else f"layer {k + 1}"
        axes.plot(
            result.time_ps, series, color=SEQUENCE[min(k, len(SEQUENCE) - 1)], lw=1.1, label=name
        )
    finite = result.anions_per_centre[np.isfinite(result.anions_per_centre)]
    low, high = (finite.min(), finite.max()) if len(finite) else (6.0, 6.0)
    axes.set(
        ylabel=f"{result.species.anion}/{result.species.centre} in the layer",
        ylim=(min(5.0, low - 0.3), max(7.0, min(high, 18.0) + 0.3)),
    )
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))

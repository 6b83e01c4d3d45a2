"""Mean-square displacement with its fitted line, and the diffusion coefficient against the start of the diffusive regime."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.ticker import NullFormatter

from sswnn.analysis.transport.conductivity import Conductivity
from sswnn.analysis.transport.diffusion import CM2_PER_S, Diffusion
from sswnn.plotting.style import HIGHLIGHT, colour, figure

_DASHES = ("-", "--", ":")


def plot_conductivity(result: Conductivity, path: str | Path) -> None:
    """Left: displacements and line. Right: coefficient from each start of the fit, with the interval of their average. Above for
    the tracers, below for the charge where it could be evaluated.
    """
    rows = 2 if result.collective else 1
    with figure(path, rows=rows, columns=2, size=(7.6, 3.2 * rows), squeeze=False) as (_, axes):
        shade = colour(result.element)
        _displacements(axes[0, 0], result.tracer, shade, result.element)
        _starts(axes[0, 1], result.tracer, shade)
        axes[0, 0].set_title(f"tracer, {result.temperature_K:g} K")
        if result.collective:
            _displacements(axes[1, 0], result.collective, HIGHLIGHT, "charge", per=_ions(result))
            _starts(axes[1, 1], result.collective, HIGHLIGHT, per=_ions(result))
            axes[1, 0].set_title("charge, per mobile ion")


def _ions(result: Conductivity) -> float:
    """Squared charges of the mobile ions of one cell: tracers' coefficient over this is comparable with the charge's."""
    return result.tracer.particles / result.tracer.runs * result.charge**2


def _displacements(axes: Any, result: Diffusion, shade: str, name: str, per: float = 1.0) -> None:
    lags = result.lag_ps[1:]
    keep = np.unique(np.round(np.geomspace(1, len(lags), 400)).astype(int)) - 1
    for k, (axis, dash) in enumerate(zip("xyz", _DASHES, strict=True)):
        axes.plot(lags[keep], result.msd_axes_A2[1:][keep, k] / per, color=shade, lw=0.9, ls=dash, alpha=0.55,
                  label=f"{name}, {axis}")  # fmt: skip
    axes.plot(lags[keep], result.msd_A2[1:][keep] / per, color=shade, lw=1.8, label=f"{name}, sum")
    estimate = result.coefficient_cm2_per_s
    inside = lags[lags >= result.start_ps]
    x = np.geomspace(inside[0], inside[-1], 60)
    line, low, high = (
        (6 * d / CM2_PER_S * x + result.offset_A2) / per for d in (estimate.value, estimate.low, estimate.high)
    )
    axes.fill_between(x, np.maximum(low, 1e-9), np.maximum(high, 1e-9), color="0.55", alpha=0.3, lw=0)
    axes.plot(x, line, color="black", lw=1.0, label=f"$6Dt + c$, {100 * estimate.level:g} %")
    axes.plot([x[0]], [line[0]], "o", color="black", ms=4)
    axes.set(xscale="log", yscale="log", xlabel="lag time / ps", ylabel="mean-square displacement / Å²",
             xlim=(lags[0], lags[-1]))  # fmt: skip
    axes.legend(loc="upper left", fontsize=8, handlelength=1.6, labelspacing=0.25)


def _starts(axes: Any, result: Diffusion, shade: str, per: float = 1.0) -> None:
    """Coefficient from each start; the darker, the larger its weight."""
    unit = CM2_PER_S / 2 / result.interval_ps / per
    samples = result.particles * result.directions
    lag = np.array([s.lag for s in result.starts]) * result.interval_ps
    value = unit * np.array([s.fit.slope for s in result.starts])
    error = value * np.sqrt([result.together * s.fit.variance / samples for s in result.starts])
    weight = np.array([s.weight for s in result.starts])
    estimate = result.coefficient_cm2_per_s.scaled(1 / per, "")
    power = int(np.floor(np.log10(estimate.value)))
    scale = 10.0**-power
    axes.axhspan(scale * estimate.low, scale * estimate.high, color=shade, alpha=0.15, lw=0)
    axes.axhline(scale * estimate.value, color=shade, lw=1.2)
    axes.errorbar(lag, scale * value, scale * error, fmt="none", ecolor="0.7", elinewidth=0.8)
    axes.scatter(lag, scale * value, s=14 + 130 * weight, color=shade, edgecolor="white", lw=0.5, zorder=3)
    reach = max(estimate.high - estimate.low, 0.3 * estimate.value)
    axes.set(xscale="log", xlabel="start of the fit / ps", xlim=(0.8 * result.lag_ps[1], result.lag_ps[-1]),
             ylabel=rf"$D$ / 10$^{{{power}}}$ cm$^2$ s$^{{-1}}$",
             ylim=(scale * max(0.0, estimate.value - 1.5 * reach), scale * (estimate.value + 1.5 * reach)))  # fmt: skip
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.text(0.97, 0.04, "area: weight in the average", transform=axes.transAxes, ha="right", fontsize=8, color="0.4")

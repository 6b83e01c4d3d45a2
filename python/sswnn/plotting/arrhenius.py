"""Arrhenius plot of several materials, simulated and measured, with confidence bands and an extrapolation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import norm

from sswnn.analysis.transport.arrhenius import ZERO_CELSIUS_K, ArrheniusFit, ArrheniusFits
from sswnn.plotting.search import subscripted
from sswnn.plotting.style import ELEMENT_COLOURS, HIGHLIGHT, OTHER_COLOURS, figure

_SHADES = (ELEMENT_COLOURS["Zr"], HIGHLIGHT, ELEMENT_COLOURS["Cl"], ELEMENT_COLOURS["Li"], *OTHER_COLOURS)
_MARKS = "osD^vP"
_LABELS = {
    "sigma_s_per_cm": r"conductivity times temperature $\sigma T$ / S K cm$^{-1}$",
    "D_cm2_per_s": r"diffusion coefficient $D$ / cm$^2$ s$^{-1}$",
}


def plot_arrhenius(result: ArrheniusFits, path: str | Path) -> None:
    """All series against 1000/T with the temperature on top; filled marks are simulated, open ones measured.

    Parameters
    ----------
    result
        The temperature of its extrapolation is drawn as a star with its interval.
    path
        Picture to write.
    """
    fits, at_K = result.fits, result.at_K
    temperatures = np.concatenate([f.series.temperature_K for f in fits] + [[at_K]])
    cold, hot = 1000 / temperatures.min(), 1000 / temperatures.max()
    margin = 0.06 * (cold - hot)
    with figure(path, size=(5.6, 4.4)) as (_, axes):
        for k, fit in enumerate(fits):
            _draw(axes, fit, _SHADES[k % len(_SHADES)], _MARKS[k % len(_MARKS)], (hot - margin, cold + margin), at_K)
        axes.set(xlabel=r"$1000\,/\,T$ / K$^{-1}$", ylabel=_LABELS[fits[0].series.quantity],
                 yscale="log", xlim=(hot - margin, cold + margin))  # fmt: skip
        axes.legend(loc="lower left")
        _temperatures(axes, temperatures.min(), temperatures.max())
        axes.spines["top"].set_visible(True)


def _draw(
    axes: Any, fit: ArrheniusFit, shade: str, mark: str, limits: tuple[float, float], at_K: float
) -> None:
    series = fit.series
    x = np.linspace(*limits, 200)
    value, error = fit.band(1000 / x)
    value = value * _times(fit, 1000 / x)
    reach = np.exp(fit.quantile * error)
    axes.fill_between(x, value / reach, value * reach, color=shade, alpha=0.16, lw=0)
    axes.plot(x, value, color=shade, lw=1.2, ls="--" if series.measured else "-")
    y = series.value * _times(fit, series.temperature_K)
    spread = np.exp(norm.ppf((1 + fit.level) / 2) * np.nan_to_num(series.error))
    axes.errorbar(
        1000 / series.temperature_K, y, [y - y / spread, y * spread - y], fmt=mark, color=shade, ms=5.5, capsize=2.5,
        elinewidth=0.9, mfc="white" if series.measured else shade, label=_label(fit), zorder=3,
    )  # fmt: skip
    there = fit.at(at_K)
    factor = _times(fit, np.array([at_K]))[0]
    low, middle, high = (factor * v for v in (there.low, there.value, there.high))
    axes.errorbar([1000 / at_K], [middle], [[middle - low], [high - middle]], fmt="*", color=shade, ms=9, capsize=2.5,
                  elinewidth=0.9, mfc="white" if series.measured else shade, zorder=4)  # fmt: skip


def _label(fit: ArrheniusFit) -> str:
    series, energy = fit.series, fit.activation
    kind = "measured" if series.measured else "simulated"
    half = 0.5 * (energy.high_eV - energy.low_eV)
    return f"{_name(series.name)}, {kind}: $E_a$ = {energy.value_eV:.3f} ± {half:.3f} eV"


def _name(name: str) -> str:
    """Formulas with subscripts; other names as they are."""
    return subscripted(name) if name.isalnum() and name[0].isupper() else name


def _times(fit: ArrheniusFit, temperature_K: np.ndarray) -> np.ndarray:
    return temperature_K if fit.series.quantity == "sigma_s_per_cm" else np.ones(len(temperature_K))


def _temperatures(axes: Any, low: float, high: float) -> None:
    """Round temperatures along the top, in degrees Celsius."""
    span = 1000 / low - 1000 / high
    candidates = np.array([-50, -25, 0, 30, 60, 100, 150, 200, 300, 400, 500, 700, 900, 1200, 1700]) + ZERO_CELSIUS_K
    if high - low < 60:
        candidates = np.arange(np.ceil((low - ZERO_CELSIUS_K) / 5) * 5, high - ZERO_CELSIUS_K + 1, 5) + ZERO_CELSIUS_K
    shown: list[float] = []
    for kelvin in candidates[(candidates >= low - 1) & (candidates <= high + 1)]:
        if not shown or 1000 / shown[-1] - 1000 / kelvin > 0.07 * span:
            shown.append(float(kelvin))
    top = axes.secondary_xaxis("top")
    top.set_xticks([1000 / kelvin for kelvin in shown], [f"{kelvin - ZERO_CELSIUS_K:.0f}" for kelvin in shown])
    top.minorticks_off()
    top.set_xlabel("temperature / °C")

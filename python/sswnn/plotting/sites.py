"""Residence times of the mobile ions, and rates of their channels, at one temperature or against 1/T."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sswnn.analysis.sites.rates import ChannelRate
from sswnn.analysis.sites.result import SitesResult, SitesStudy
from sswnn.plotting.style import ELEMENT_COLOURS, HIGHLIGHT, OTHER_COLOURS, figure

_SHADES = (
    ELEMENT_COLOURS["Zr"],
    HIGHLIGHT,
    ELEMENT_COLOURS["Cl"],
    ELEMENT_COLOURS["Li"],
    *OTHER_COLOURS,
)
_MARKS = "osD^vP"


def plot_sites(study: SitesStudy, path: str | Path) -> None:
    """Left, how many of the stays last longer than a time, at the highest temperature; right, rates with their intervals.

    Parameters
    ----------
    study
        With several temperatures the rates are drawn against 1000/T with their lines.
    path
        Picture to write.
    """
    with figure(path, columns=2, size=(9.4, 3.8)) as (_, (left, right)):
        _survival(left, study.results[-1])
        if len(study.results) > 1:
            _against_temperature(right, study)
        else:
            _at_one_temperature(right, study.results[0])


def _survival(axes: Any, result: SitesResult) -> None:
    drawn = {name: r for name, r in result.residence.items() if len(r.time_ps) > 1}
    for k, (name, r) in enumerate(drawn.items()):
        label = f"{name}, mean {r.mean_ps.value:.3g} ps, occupancy {r.occupancy:.2f}"
        axes.step(
            r.time_ps,
            r.survival,
            where="post",
            color=_SHADES[k % len(_SHADES)],
            lw=1.3,
            label=label,
        )
    at = "" if result.temperature_K is None else f" at {result.temperature_K:g} K"
    axes.set(
        xlabel="time in a site / ps",
        ylabel="stays that last longer",
        ylim=(0, 1.02),
        title=f"residence{at}",
    )
    if drawn:
        axes.set_xlim(0, max(r.time_ps[-1] for r in drawn.values()))
        axes.legend(loc="best")
    else:
        axes.text(
            0.5,
            0.5,
            "no stay that began in the run has ended",
            ha="center",
            transform=axes.transAxes,
        )


def _both_ways(result: SitesResult) -> list[ChannelRate]:
    """Channels without their two directions."""
    return [c for c in result.channels if "->" not in c.channel]


def _at_one_temperature(axes: Any, result: SitesResult) -> None:
    seen = [c for c in result.channels if c.hops]
    for k, c in enumerate(seen):
        ends = [[c.rate.value - c.rate.low], [c.rate.high - c.rate.value]]
        axes.errorbar(
            [c.rate.value],
            [k],
            xerr=ends,
            fmt="o",
            color=_SHADES[0],
            ms=5,
            capsize=2.5,
            elinewidth=0.9,
        )
    names = []
    for c in seen:
        text = f"{c.channel}\n{c.hops} hops"
        if result.temperature_K is not None:
            text += f", {c.barrier_eV(result.temperature_K, result.attempts_per_s)[0]:.2f} eV"
        names.append(text)
    axes.set_yticks(range(len(seen)), names)
    axes.set(xlabel="rate of an ion / s$^{-1}$", title="channels", ylim=(len(seen) - 0.5, -0.5))
    if seen:
        axes.set_xscale("log")
        axes.tick_params(axis="x", which="minor", labelsize=7)


def _against_temperature(axes: Any, study: SitesStudy) -> None:
    kelvin = np.array([r.temperature_K for r in study.results], float)
    for k, name in enumerate(c.channel for c in _both_ways(study.results[-1])):
        shade = _SHADES[k % len(_SHADES)]
        points = [
            (r.temperature_K, c.rate)
            for r in study.results
            for c in _both_ways(r)
            if c.channel == name and c.hops
        ]
        if not points:
            continue
        x = [1000 / float(t or np.nan) for t, _ in points]
        y = np.array([rate.value for _, rate in points])
        ends = np.array([[rate.value - rate.low, rate.high - rate.value] for _, rate in points]).T
        label = name
        if name in study.fits:
            energy = study.fits[name].activation
            label += f": {energy.value_eV:.3f} ± {0.5 * (energy.high_eV - energy.low_eV):.3f} eV"
            along = np.linspace(kelvin.min(), kelvin.max(), 100)
            axes.plot(1000 / along, study.fits[name].band(along)[0], color=shade, lw=1.1)
        axes.errorbar(
            x,
            y,
            ends,
            fmt=_MARKS[k % len(_MARKS)],
            color=shade,
            ms=5.5,
            capsize=2.5,
            elinewidth=0.9,
            label=label,
        )
    axes.set(
        xlabel=r"$1000\,/\,T$ / K$^{-1}$",
        ylabel="rate of an ion / s$^{-1}$",
        yscale="log",
        title="channels",
    )
    axes.legend(loc="lower left")

"""From trajectories to sites, hops and rates: two passes over each run, one for the framework and one for the ions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sswnn.analysis.sites.framework import Framework, FrameworkObserver
from sswnn.analysis.sites.interstices import Interstices, interstices
from sswnn.analysis.sites.labels import label_sites
from sswnn.analysis.sites.rates import ATTEMPTS_PER_S
from sswnn.analysis.sites.result import SitesResult, SitesStudy
from sswnn.analysis.sites.stays import StaysObserver, pooled
from sswnn.analysis.trajectories.passes import Observer
from sswnn.errors import AnalysisError

LARGEST_DEVIATION = 0.25
"""Times the distance of neighbouring anions: where half of them move more, they are no framework."""

Show = Callable[[Sequence[Observer], str], object]
"""Shows the frames of a file to observers; `sswnn.analysis.sites.reading.show` with what it needs besides."""


@dataclass(frozen=True)
class Options:
    """How sites and hops are found.

    Attributes
    ----------
    ion, anion
        Elements; the anion is by default the most electronegative one.
    hold_ps, margin_A
        See `StaysObserver`.
    only
        Shapes that count as sites; () for all.
    layered, miller
        Whether to look for layers, and their indices if they are known.
    attempts_per_s
        For barriers at one temperature.
    """

    ion: str = "Li"
    anion: str | None = None
    hold_ps: float = 0.2
    margin_A: float = 0.2
    only: tuple[str, ...] = ()
    layered: bool = True
    miller: tuple[int, int, int] | None = None
    attempts_per_s: float = ATTEMPTS_PER_S


def study(
    paths: Sequence[str | Path],
    show: Show,
    *,
    temperatures_K: Sequence[float] | None = None,
    options: Options | None = None,
) -> SitesStudy:
    """Sites and hops of some runs.

    Parameters
    ----------
    paths
        Runs of one crystal; those at one temperature share their sites and are pooled.
    show
        Reads a run.
    temperatures_K
        Of each run, or one for all; None: not known.
    options
        How sites and hops are found.
    """
    kelvin = _for_each(paths, temperatures_K)
    groups: dict[float | None, list[str]] = {}
    for path, temperature in zip(paths, kelvin, strict=True):
        groups.setdefault(temperature, []).append(str(path))
    ordered = sorted(groups, key=lambda t: t or 0.0)
    return SitesStudy(
        tuple(_at_one_temperature(groups[t], show, t, options or Options()) for t in ordered)
    )


def _for_each(
    paths: Sequence[str | Path], temperatures_K: Sequence[float] | None
) -> list[float | None]:
    if temperatures_K is None:
        return [None] * len(paths)
    given = list(temperatures_K) * (len(paths) if len(temperatures_K) == 1 else 1)
    if len(given) != len(paths):
        raise AnalysisError(
            f"{len(given)} temperatures for {len(paths)} runs, expected one, or one for each run"
        )
    for value in given:
        if not 0 < value < float("inf"):
            raise AnalysisError(f"temperature is {value:g} K, expected a positive number")
    return [float(value) for value in given]


def _at_one_temperature(
    paths: list[str], show: Show, temperature_K: float | None, options: Options
) -> SitesResult:
    averaging = FrameworkObserver(options.ion, options.anion)
    for path in paths:
        show([averaging], path)
    framework = averaging.result()
    sites = sites_of(framework)
    labels = label_sites(framework, sites, layered=options.layered, miller=options.miller)
    if options.only:
        sites = sites.only(options.only)
        labels = label_sites(
            framework, sites, layered=labels.miller is not None, miller=labels.miller
        )
    parts = []
    for path in paths:
        following = StaysObserver(
            framework.reference, sites, hold_ps=options.hold_ps, margin_A=options.margin_A
        )
        show([following], path)
        parts.append(following.result())
    return SitesResult(
        framework, sites, labels, pooled(parts), temperature_K, options.attempts_per_s, options.hold_ps, options.margin_A
    )  # fmt: skip


def sites_of(framework: Framework) -> Interstices:
    """Interstices of the anions of a mean framework.

    Raises
    ------
    AnalysisError
        If the anions move too far for a framework, or leave large holes.
    """
    sites = interstices(framework.anions, framework.cell)
    ours = framework.member_symbols == framework.reference.anion
    deviation = float(np.median(framework.deviation_A[ours]))
    if deviation > LARGEST_DEVIATION * sites.spacing_A:
        raise AnalysisError(
            f"the {framework.reference.anion} are {deviation:.2f} A from their mean positions, at a distance of "
            f"{sites.spacing_A:.2f} A from each other: they are no framework"
        )
    return sites

"""Rates of hops with Poisson intervals, the barriers that they stand for, and how long ions stay.

The rate of a channel is the number of its hops over the time that ions spent where it begins; that is the most likely rate of a
Poisson process, whose interval is exact (Garwood, Biometrika 28, 437 (1936), doi:10.1093/biomet/28.3-4.437).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from ase.units import kB
from scipy.stats import chi2

from sswnn.analysis.sites.labels import Labels
from sswnn.analysis.sites.stays import Stays
from sswnn.analysis.tables import thinned
from sswnn.analysis.transport.estimate import LEVEL, Estimate
from sswnn.errors import AnalysisError

ATTEMPTS_PER_S = 1e13
"""Usual attempt frequency of an ion in a solid."""
PS_PER_S = 1e12


def poisson_rate(count: int, time_ps: float, level: float = LEVEL) -> Estimate:
    """Events per second from a number of events in a time; without events the interval begins at zero."""
    outside = (1 - level) / 2
    low = 0.5 * chi2.ppf(outside, 2 * count) if count else 0.0
    high = 0.5 * chi2.ppf(1 - outside, 2 * count + 2)
    scale = PS_PER_S / time_ps if time_ps > 0 else math.nan
    error = 1 / math.sqrt(count) if count else math.inf
    return Estimate(count * scale, float(low * scale), float(high * scale), "1/s", error, level)


@dataclass(frozen=True)
class ChannelRate:
    """Hops of one channel, or of one direction of it.

    Attributes
    ----------
    channel
        `I`, `II`, `III`, or two shapes such as `oct-tet`; with `start -> end` after it for one direction.
    start, end
        Between which labels.
    hops, returned
        Number of hops, and of those whose ion came back with its next hop.
    ion_ps
        Time that ions spent where the channel begins, ps.
    rate
        Hops of an ion per second while it is there.
    length_A
        Mean distance of the two sites; not-a-number without hops.
    """

    channel: str
    start: str
    end: str
    hops: int
    returned: int
    ion_ps: float
    rate: Estimate
    length_A: float

    def barrier_eV(self, temperature_K: float, attempts_per_s: float) -> tuple[float, float, float]:
        """Effective barrier kT ln(attempts / rate) and its interval, eV; not-a-number or infinite where there are no hops."""
        if not (0 < temperature_K < math.inf and 0 < attempts_per_s < math.inf):
            raise AnalysisError(
                f"temperature is {temperature_K:g} K and attempt frequency {attempts_per_s:g} /s, expected positive numbers"
            )
        value, low, high = (
            kB * temperature_K * math.log(attempts_per_s / x) if x > 0 else math.inf if x == 0 else math.nan
            for x in (self.rate.value, self.rate.high, self.rate.low)
        )  # fmt: skip
        return (value if self.hops else math.nan), low, high


def channel_rates(stays: Stays, labels: Labels, vectors_A: np.ndarray) -> list[ChannelRate]:
    """Rates of all channels between the kinds of sites that are there, and of both directions of those between two kinds.

    Parameters
    ----------
    stays
        Of the ions.
    labels
        Of the sites.
    vectors_A
        (H, 3) from site to site of each hop, A.
    """
    ends = labels.ends
    hops = stays.hops
    start, end = ends[stays.site[hops]], ends[stays.site[hops + 1]]
    returned, length = stays.returned, np.linalg.norm(vectors_A, axis=1)
    time = {
        name: float(stays.length_ps[ends[stays.site] == name].sum())
        for name in np.unique(ends).tolist()
    }
    found = []
    for channel, a, b, both in _channels(labels):
        chosen = ((start == a) & (end == b)) | (both & (start == b) & (end == a))
        ion_ps = time[a] + (time[b] if both and a != b else 0.0)
        number = int(chosen.sum())
        found.append(ChannelRate(
            channel, a, b, number, int(returned[chosen].sum()), ion_ps, poisson_rate(number, ion_ps),
            float(length[chosen].mean()) if number else math.nan,
        ))  # fmt: skip
    return found


def _channels(labels: Labels) -> Iterator[tuple[str, str, str, bool]]:
    """Name, two ends, and whether both directions count."""
    names = sorted(set(labels.ends.tolist()))
    pairs = [(a, b) for k, a in enumerate(names) for b in names[k:]]
    for a, b in sorted(pairs, key=lambda pair: (labels.channel(*pair), pair)):
        channel = labels.channel(a, b)
        yield channel, a, b, True
        if a != b:
            yield f"{channel} {a} -> {b}", a, b, False
            yield f"{channel} {b} -> {a}", b, a, False


@dataclass(frozen=True, eq=False)
class Residence:
    """How long ions stay in the sites of one class.

    Attributes
    ----------
    sites, occupancy
        Number of sites without an immobile cation, and mean number of ions in one of them.
    ion_ps, left
        Time that ions spent there, ps, and how often one left.
    leaving
        Rate of leaving; its inverse is the mean residence time, with stays that were cut by the ends of a run counted rightly.
    time_ps, survival
        (K,) lengths of stays, ps, and the part of the stays that lasted longer (Kaplan and Meier, J. Am. Stat. Assoc. 53, 457
        (1958), doi:10.1080/01621459.1958.10501452).
    """

    sites: int
    occupancy: float
    ion_ps: float
    left: int
    leaving: Estimate
    time_ps: np.ndarray
    survival: np.ndarray

    @property
    def mean_ps(self) -> Estimate:
        """Mean residence time."""
        rate = self.leaving
        value, low, high = (
            PS_PER_S / x if x > 0 else math.inf for x in (rate.value, rate.high, rate.low)
        )
        return Estimate(value, low, high, "ps", rate.relative_error, rate.level)

    def curve(self) -> dict[str, np.ndarray]:
        """`time_ps` and `survival`, thinned, for JSON."""
        chosen = thinned(len(self.time_ps))
        return {"time_ps": self.time_ps[chosen], "survival": self.survival[chosen]}


def residence(stays: Stays, labels: Labels) -> dict[str, Residence]:
    """Residence in each class of sites that are free of immobile cations or have been visited."""
    classes, found = labels.classes, {}
    here = classes[stays.site]
    for name in np.unique(classes).tolist():
        free = int(((classes == name) & (labels.inside == "")).sum())
        chosen = here == name
        if not free and not chosen.any():
            continue
        ion_ps, left = float(stays.length_ps[chosen].sum()), int(stays.ended[chosen].sum())
        whole = chosen & stays.begun
        time, survival = kaplan_meier(stays.length_ps[whole], stays.ended[whole])
        occupancy = ion_ps / (free * stays.total_ps) if free else math.nan
        found[name] = Residence(
            free, occupancy, ion_ps, left, poisson_rate(left, ion_ps), time, survival
        )
    return found


def kaplan_meier(length: np.ndarray, ended: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Survival function of lengths of which some only went on until the observation ended.

    Parameters
    ----------
    length, ended
        (n,) lengths, and whether the end was seen.

    Returns
    -------
    time, survival
        (k,) lengths at which some ended, from 0, and the part that lasted longer.
    """
    order = np.argsort(length)
    length, ended = length[order], ended[order]
    time = np.unique(length[ended])
    at_risk = len(length) - np.searchsorted(length, time, side="left")
    ends = np.searchsorted(length[ended], time, side="right") - np.searchsorted(
        length[ended], time, side="left"
    )
    return np.append(0.0, time), np.append(1.0, np.cumprod(1 - ends / np.maximum(at_risk, 1)))

"""Stays of the mobile ions in sites, frame after frame: vibration over a face is no hop.

An ion has left its site when it has been deep inside another one, and for `hold_ps` afterwards deep inside no other than that. On
the way, and on excursions that end in the old site, it belongs to the old one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sswnn.analysis.sites.framework import Reference
from sswnn.analysis.sites.interstices import Interstices, Locator
from sswnn.analysis.trajectories.frame import Frame
from sswnn.errors import AnalysisError


@dataclass(frozen=True, eq=False)
class Stays:
    """Stays (S) of all ions of some runs, ordered by run, ion and time; the hops are what lies between two of them.

    Attributes
    ----------
    run, ion, site
        (S,) which run, which ion (number among the mobile ones), where.
    start_ps, end_ps
        (S,) ps.
    begun, ended
        (S,) False: it began before the first frame, or was not over in the last one.
    total_ps
        Length of all runs, ps.
    ions
        Number of ions.
    """

    run: np.ndarray
    ion: np.ndarray
    site: np.ndarray
    start_ps: np.ndarray
    end_ps: np.ndarray
    begun: np.ndarray
    ended: np.ndarray
    total_ps: float
    ions: int

    @property
    def length_ps(self) -> np.ndarray:
        """(S,) ps."""
        return self.end_ps - self.start_ps

    @property
    def hops(self) -> np.ndarray:
        """(H,) indices of the stays that a hop ends; the next stay is where it leads to."""
        return np.flatnonzero(self.ended)

    @property
    def returned(self) -> np.ndarray:
        """(H,) whether the next hop of the ion led back."""
        hops = self.hops
        last = len(self.site) - 1
        onward = self.ended[
            np.minimum(hops + 1, last)
        ]  # the stay after it was ended too, so one more follows
        return onward & (self.site[np.minimum(hops + 2, last)] == self.site[hops])


def pooled(parts: list[Stays]) -> Stays:
    """Stays of several runs, numbered in the order given."""

    def joined(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts])

    return Stays(
        np.repeat(np.arange(len(parts)), [len(part.site) for part in parts]), joined("ion"), joined("site"),
        joined("start_ps"), joined("end_ps"), joined("begun"), joined("ended"),
        sum(part.total_ps for part in parts), parts[0].ions,
    )  # fmt: skip


class StaysObserver:
    """Follows the ions from site to site in one pass. Memory: the ions, the sites and the hops, whatever the number of frames.

    Parameters
    ----------
    reference
        The framework.
    sites
        Interstices of its mean.
    hold_ps
        How long an ion must be in another site for a hop to count; at least two frames.
    margin_A
        An ion is deep inside a site if it is further than this from all its faces.
    """

    needs_time = True

    def __init__(
        self,
        reference: Reference,
        sites: Interstices,
        *,
        hold_ps: float = 0.2,
        margin_A: float = 0.2,
    ):
        for name, value in (("hold", hold_ps), ("margin", margin_A)):
            if not 0 <= value < float("inf"):
                unit = "ps" if name == "hold" else "A"
                raise AnalysisError(
                    f"{name} is {value:g} {unit}, expected zero or a positive number"
                )
        self.reference, self.locator = reference, Locator(sites)
        self.hold_ps, self.margin_A = hold_ps, margin_A
        self.first_ps = self.last_ps = np.nan
        self.home = self.next = self.since = self.entered = np.empty(0)
        self.done: list[tuple[int, int, float, float, bool]] = []
        self.moved: np.ndarray = np.empty(0, bool)

    def begin(self, frame: Frame) -> None:
        """Nothing is fixed by the first frame."""

    def measure(self, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
        """Site of each ion, and whether it is deep inside."""
        site, depth = self.locator.find(self.reference.ions_in(frame))
        return site, depth > self.margin_A

    def collect(self, time_ps: float, measured: tuple[np.ndarray, np.ndarray]) -> None:
        """Follow the ions."""
        site, deep = measured
        if np.isnan(self.first_ps):
            self.first_ps = time_ps
            self.home, self.next = site.copy(), np.full(len(site), -1)
            self.since, self.entered = np.full((2, len(site)), time_ps)
            self.moved = np.zeros(len(site), bool)
        elif time_ps <= self.last_ps:
            raise AnalysisError(
                f"time goes from {self.last_ps:g} to {time_ps:g} ps, expected frames in order of time"
            )
        self.last_ps = time_ps
        self.next[deep & (site == self.home)] = -1
        away = deep & (site != self.home)
        fresh = away & (site != self.next)
        self.next[fresh], self.since[fresh] = site[fresh], time_ps
        arrived = away & ~fresh & (time_ps - self.since >= self.hold_ps - 1e-9)
        for k in np.flatnonzero(arrived).tolist():
            self.done.append(
                (
                    k,
                    int(self.home[k]),
                    float(self.entered[k]),
                    float(self.since[k]),
                    bool(self.moved[k]),
                )
            )
        self.home[arrived], self.entered[arrived] = self.next[arrived], self.since[arrived]
        self.next[arrived], self.moved[arrived] = -1, True

    def result(self) -> Stays:
        """All stays, those that go on to the last frame too.

        Raises
        ------
        AnalysisError
            If there were fewer than two frames.
        """
        if not self.last_ps > self.first_ps:
            raise AnalysisError("one frame, stays need at least 2")
        ions = len(self.home)
        over = np.array(self.done, dtype=float).reshape(-1, 5)
        going = np.column_stack(
            [np.arange(ions), self.home, self.entered, np.full(ions, self.last_ps), self.moved]
        )  # fmt: skip
        table = np.concatenate([over, going])
        ended = np.arange(len(table)) < len(over)
        order = np.lexsort((table[:, 2], table[:, 0]))
        ion, site, start, end, begun = table[order].T
        return Stays(
            np.zeros(len(table), int), ion.astype(int), site.astype(int), start, end, begun.astype(bool), ended[order],
            self.last_ps - self.first_ps, ions,
        )  # fmt: skip

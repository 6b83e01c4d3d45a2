"""Hops of Li between octahedra of the electrolyte, and into it from the metal side; vacancies against time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from sswnn.analysis.interface.slab import Slab, Species, slab_of
from sswnn.analysis.interface.vacancies import Sites, occupation, octahedral_sites
from sswnn.analysis.trajectories.frame import Frame
from sswnn.errors import AnalysisError

OUTSIDE = "outside"
"""Where an ion comes from that has not been in an octahedron."""


@dataclass(frozen=True, eq=False)
class HopsResult:
    """Hops (H of them) and vacancies (T frames, K kinds of sites).

    Attributes
    ----------
    time_ps
        (T,) ps.
    hop_ps, ion, start, end, vacant
        (H,) when the ion arrived, which one (number among the ions), from and to which site (-1: outside), and whether
        that was empty in the frame before.
    site_names
        (N,) kind and depth of each site, such as `A0` in the layer at the metal or `B0` between it and the next.
    kinds
        K names in order.
    vacancies
        (T, K) whole octahedra with neither ion nor centre.
    hold_ps
        How long an ion must stay for a hop to count.
    """

    time_ps: np.ndarray
    hop_ps: np.ndarray
    ion: np.ndarray
    start: np.ndarray
    end: np.ndarray
    vacant: np.ndarray
    site_names: np.ndarray
    kinds: tuple[str, ...]
    vacancies: np.ndarray
    hold_ps: float

    @property
    def names(self) -> list[tuple[str, str]]:
        """(H,) kinds of the two sites of each hop."""
        table = np.append(self.site_names, OUTSIDE)
        return list(zip(table[self.start].tolist(), table[self.end].tolist(), strict=True))

    def counts(self) -> dict[str, int]:
        """`A0 -> B0` and so on -> number of hops, most frequent first."""
        return {f"{a} -> {b}": n for (a, b), n in Counter(self.names).most_common()}

    def cumulative(self, start: str, end: str) -> np.ndarray:
        """(T,) hops up to each time between two kinds of sites, by how the names begin: `A` means all layers."""
        chosen = np.array([a.startswith(start) and b.startswith(end) for a, b in self.names], bool)
        return np.searchsorted(np.sort(self.hop_ps[chosen]), self.time_ps + 1e-9, side="right")

    def into_vacancies(self) -> np.ndarray:
        """(T,) hops up to each time from the layer at the metal, or from outside, into a vacancy behind that layer (B0)."""
        chosen = (
            np.array([a in ("A0", OUTSIDE) and b == "B0" for a, b in self.names], bool)
            & self.vacant
        )
        return np.searchsorted(np.sort(self.hop_ps[chosen]), self.time_ps + 1e-9, side="right")

    def to_dict(self) -> dict:
        """JSON-able by `sswnn.analysis.tables.jsonable`."""
        return {
            "hold_ps": self.hold_ps,
            "hops": len(self.hop_ps),
            "counts": self.counts(),
            "into_vacancies_behind_the_first_layer": int(self.into_vacancies()[-1]),
            "sites": dict(Counter(self.site_names.tolist())),
            "vacancies_first": dict(zip(self.kinds, self.vacancies[0].tolist(), strict=True)),
            "vacancies_last": dict(zip(self.kinds, self.vacancies[-1].tolist(), strict=True)),
            "time_ps": self.time_ps,
            "vacancies": self.vacancies,
            **{k: v for k, v in self.columns().items() if k != "time_ps"},
        }

    def columns(self) -> dict[str, np.ndarray]:
        """Columns of the CSV file, one row for each hop."""
        names = np.array(self.names, dtype=object).reshape(-1, 2)
        return {
            "hop_ps": self.hop_ps, "ion": self.ion, "from": names[:, 0], "to": names[:, 1],
            "from_site": self.start, "to_site": self.end, "vacant": self.vacant,
        }  # fmt: skip


class HopsObserver:
    """Follows the ions from octahedron to octahedron in one pass.

    Parameters
    ----------
    species
        Elements.
    hold_ps
        An ion has hopped once it was in the new site in all frames for this long; excursions are none. An ion on the way
        between two sites still belongs to the old one.
    """

    needs_time = True

    def __init__(self, species: Species | None = None, *, hold_ps: float = 0.2):
        if not 0 <= hold_ps < float("inf"):
            raise AnalysisError(f"hold is {hold_ps:g} ps, expected zero or a positive number")
        self.species, self.hold_ps = species or Species(), hold_ps
        self.slab: Slab | None = None
        self.sites: Sites | None = None
        self.times: list[float] = []
        self.vacancies: list[np.ndarray] = []
        self.hops: list[tuple[float, int, int, int, bool]] = []

    def begin(self, frame: Frame) -> None:
        """Layers and octahedra of the first frame."""
        self.slab = slab_of(frame, self.species)
        self.sites = octahedral_sites(frame, self.slab)
        names = self.sites.names()
        self.kinds, self.kind_of = np.unique(names, return_inverse=True)
        ions = int((frame.symbols == self.species.ion).sum())
        self.home = np.full(ions, -1)
        self.next = np.full(ions, -1)
        self.since = np.zeros(ions)
        self.was_vacant = np.zeros(ions, bool)
        self.taken = np.zeros(len(names), bool)

    def measure(self, frame: Frame) -> tuple:
        """Site of each ion, sites with a centre, sites that are whole."""
        assert self.slab is not None and self.sites is not None
        return occupation(frame, self.sites, self.slab)

    def collect(self, time_ps: float, measured: tuple) -> None:
        """Follow the ions."""
        site, blocked, whole = measured
        if not self.times:
            self.home = site.astype(int)
        else:
            self._follow(time_ps, site)
        taken = blocked.copy()
        taken[site[site >= 0]] = True
        self.taken = taken
        self.times.append(time_ps)
        free = whole & ~taken
        self.vacancies.append(np.bincount(self.kind_of[free], minlength=len(self.kinds)))

    def _follow(self, time_ps: float, site: np.ndarray) -> None:
        away = (site >= 0) & (site != self.home)
        fresh = away & (site != self.next)
        self.since[fresh] = time_ps
        self.was_vacant[fresh] = ~self.taken[site[fresh]]
        self.next = np.where(away, site, -1)
        for k in np.flatnonzero(away & (time_ps - self.since >= self.hold_ps - 1e-9)).tolist():
            self.hops.append(
                (float(self.since[k]), k, int(self.home[k]), int(site[k]), bool(self.was_vacant[k]))
            )
            self.home[k], self.next[k] = site[k], -1

    def result(self) -> HopsResult:
        """All hops, in order of time."""
        assert self.sites is not None
        hops = sorted(self.hops)
        columns = list(zip(*hops, strict=True)) or [()] * 5
        ion, start, end = (np.array(x, int) for x in columns[1:4])
        time, vacant = np.array(columns[0], float), np.array(columns[4], bool)
        return HopsResult(
            np.array(self.times), time, ion, start, end, vacant, self.sites.names(),
            tuple(self.kinds.tolist()), np.array(self.vacancies), self.hold_ps,
        )  # fmt: skip

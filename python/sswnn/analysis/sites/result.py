"""Sites, occupancies, hops and rates of runs at one temperature, and over several temperatures."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sswnn.analysis.sites.framework import Framework
from sswnn.analysis.sites.interstices import Interstices
from sswnn.analysis.sites.labels import Labels
from sswnn.analysis.sites.rates import ChannelRate, Residence, channel_rates, residence
from sswnn.analysis.sites.stays import Stays
from sswnn.analysis.transport.arrhenius import ArrheniusFit, Series, fit_arrhenius


@dataclass(frozen=True, eq=False)
class SitesResult:
    """Runs at one temperature.

    Attributes
    ----------
    framework, sites, labels
        Mean framework, its interstices, what they are.
    stays
        Of the mobile ions.
    temperature_K
        None if it is not known; there are no barriers then.
    attempts_per_s
        Attempt frequency that a barrier is computed with.
    hold_ps, margin_A
        What made a hop, see `StaysObserver`.
    """

    framework: Framework
    sites: Interstices
    labels: Labels
    stays: Stays
    temperature_K: float | None
    attempts_per_s: float
    hold_ps: float
    margin_A: float

    @cached_property
    def vectors_A(self) -> np.ndarray:
        """(H, 3) from site to site of each hop, to the nearest image, A."""
        hops = self.stays.hops
        away = (
            self.sites.centres[self.stays.site[hops + 1]]
            - self.sites.centres[self.stays.site[hops]]
        )
        away = away @ np.linalg.inv(self.sites.cell)
        return (away - np.rint(away)) @ self.sites.cell

    @cached_property
    def channels(self) -> list[ChannelRate]:
        """Rates of the channels."""
        return channel_rates(self.stays, self.labels, self.vectors_A)

    @cached_property
    def residence(self) -> dict[str, Residence]:
        """Class of sites -> occupancy and residence times."""
        return residence(self.stays, self.labels)

    @property
    def occupancy(self) -> np.ndarray:
        """(N,) mean number of ions in each site."""
        time = np.bincount(self.stays.site, weights=self.stays.length_ps, minlength=len(self.sites))
        return time / self.stays.total_ps

    def hop_columns(self) -> dict[str, np.ndarray]:
        """Columns of the table of hops, in order of run and time."""
        stays, hops = self.stays, self.stays.hops
        start, end = stays.site[hops], stays.site[hops + 1]
        ends, classes = self.labels.ends, self.labels.classes
        columns = {
            "run": stays.run[hops], "time_ps": stays.end_ps[hops], "ion": stays.ion[hops],
            "atom": self.framework.reference.ions[stays.ion[hops]], "from_site": start, "to_site": end,
            "from": classes[start], "to": classes[end],
            "channel": np.array([self.labels.channel(a, b) for a, b in zip(ends[start], ends[end], strict=True)], dtype=object),
            "stayed_ps": stays.length_ps[hops], "returned": stays.returned.astype(int),
            **{f"d{x}_A": v for x, v in zip("xyz", self.vectors_A.T, strict=True)},
        }  # fmt: skip
        order = np.lexsort((columns["ion"], columns["time_ps"], columns["run"]))
        return {name: values[order] for name, values in columns.items()}

    def site_columns(self) -> dict[str, np.ndarray]:
        """Columns of the table of sites; residence is the time of all stays over the number of those that ended."""
        stays, count = self.stays, len(self.sites)
        left = np.bincount(stays.site[stays.ended], minlength=count)
        time = np.bincount(stays.site, weights=stays.length_ps, minlength=count)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(left > 0, time / left, np.nan)
        return {
            "site": np.arange(count), **dict(zip(("x_A", "y_A", "z_A"), self.sites.centres.T, strict=True)),
            "shape": self.sites.kinds, "layer": self.labels.layers, "inside": self.labels.inside,
            "occupancy": self.occupancy, "left": left, "mean_residence_ps": mean,
        }  # fmt: skip

    def channel_rows(self) -> list[dict[str, object]]:
        """Rows of the table of channels."""
        rows: list[dict[str, object]] = []
        for c in self.channels:
            value, low, high = math.nan, math.nan, math.nan
            if self.temperature_K is not None:
                value, low, high = c.barrier_eV(self.temperature_K, self.attempts_per_s)
            rows.append({
                "temperature_K": math.nan if self.temperature_K is None else self.temperature_K,
                "channel": c.channel, "from": c.start, "to": c.end, "hops": c.hops, "returned": c.returned, "ion_ps": c.ion_ps,
                **c.rate.to_dict("rate_per_s"), "barrier_eV": value, "barrier_eV_low": low, "barrier_eV_high": high,
                "length_A": c.length_A,
            })  # fmt: skip
        return rows

    def to_dict(self) -> dict:
        """JSON-able by `sswnn.analysis.tables.jsonable`; hops and sites have tables of their own."""
        free = self.labels.classes[self.labels.inside == ""]
        return {
            "temperature_K": self.temperature_K,
            "ion": self.framework.reference.ion,
            "ions": self.stays.ions,
            "total_ps": self.stays.total_ps,
            "frames": self.framework.frames,
            "hold_ps": self.hold_ps,
            "margin_A": self.margin_A,
            "attempts_per_s": self.attempts_per_s,
            "cell_A": self.sites.cell,
            "layers_miller": self.labels.miller,
            "free_sites": dict(Counter(free.tolist())),
            "channels": [{k: v for k, v in row.items() if k != "temperature_K"} for row in self.channel_rows()],
            "residence": {
                name: {
                    "sites": r.sites, "occupancy": r.occupancy, "ion_ps": r.ion_ps, "left": r.left,
                    **r.mean_ps.to_dict("mean_ps"), **r.curve(),
                }
                for name, r in self.residence.items()
            },
        }  # fmt: skip


@dataclass(frozen=True, eq=False)
class SitesStudy:
    """Results at several temperatures, in ascending order, or at one."""

    results: tuple[SitesResult, ...]

    @cached_property
    def fits(self) -> dict[str, ArrheniusFit]:
        """Channel -> line through the logarithm of the rates against 1/T; channels with hops at two temperatures or more."""
        points: dict[str, list[tuple[float, float, float]]] = {}
        for result in self.results:
            for c in result.channels:
                if c.hops and result.temperature_K is not None:
                    points.setdefault(c.channel, []).append(
                        (result.temperature_K, c.rate.value, c.rate.relative_error)
                    )
        found = {}
        for channel, rows in points.items():
            if len({row[0] for row in rows}) > 1:
                # the logarithm of a rate is a straight line, without a factor T: fitted as one of a diffusion coefficient
                found[channel] = fit_arrhenius(Series(channel, "D_cm2_per_s", *np.array(rows).T))
        return found

    def to_dict(self) -> dict:
        """JSON-able by `sswnn.analysis.tables.jsonable`."""
        return {
            "temperatures": [result.to_dict() for result in self.results],
            "arrhenius": {
                channel: {
                    "activation_eV": fit.activation.value_eV, "activation_eV_low": fit.activation.low_eV,
                    "activation_eV_high": fit.activation.high_eV, "attempts_per_s": math.exp(fit.logarithm),
                    "scatter": fit.scatter, "temperature_K": fit.series.temperature_K,
                }
                for channel, fit in self.fits.items()
            },
        }  # fmt: skip

    def columns(self) -> dict[str, np.ndarray]:
        """Columns of the CSV file, a row for each channel at each temperature."""
        return _table([row for result in self.results for row in result.channel_rows()])

    def hop_columns(self) -> dict[str, np.ndarray]:
        """Columns of the table of hops at all temperatures."""
        return self._joined([result.hop_columns() for result in self.results])

    def site_columns(self) -> dict[str, np.ndarray]:
        """Columns of the table of sites at all temperatures."""
        return self._joined([result.site_columns() for result in self.results])

    def _joined(self, tables: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        sizes = [len(next(iter(table.values()))) for table in tables]
        kelvin = [math.nan if r.temperature_K is None else r.temperature_K for r in self.results]
        joined = {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}
        return {"temperature_K": np.repeat(kelvin, sizes), **joined}


def _table(rows: list[dict[str, object]]) -> dict[str, np.ndarray]:
    return {name: np.array([row[name] for row in rows], dtype=object) for name in rows[0]}

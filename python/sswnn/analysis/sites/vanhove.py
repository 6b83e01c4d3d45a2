"""Van Hove functions: where an ion is a time after it was here, and where the others are then (Phys. Rev. 95, 249 (1954),
doi:10.1103/PhysRev.95.249).

    self      p_a(r, t)  = 4π r² G_s(r, t): density of |r_i(t0 + t) - r_i(t0)|, its integral over r is 1
    distinct  g_ab(r, t) = mean number of b at r from where a was, over 4π r² dr (N_b - δ_ab) / V: 1 without correlation,
              and at t = 0 the radial distribution function; an atom and its own images are left out

averaged over the atoms and over origins of time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from sswnn.analysis.interface.bonds import pairs_within
from sswnn.analysis.trajectories.frame import Frame
from sswnn.analysis.trajectories.unwrap import drift_of, followed
from sswnn.errors import AnalysisError

ORIGIN_EVERY = 10
"""Frames between origins of time."""
_DEFAULT_REACH = 8.0  # A


@dataclass(frozen=True, eq=False)
class VanHoveResult:
    """Van Hove functions (L lags, R distances).

    Attributes
    ----------
    lag_ps, origins
        (L,) lag times and numbers of origins that were averaged.
    r_A
        (R,) middles of the bins.
    self_per_A
        Element -> (L, R) 4π r² G_s, per A.
    beyond
        Element -> (L,) part of the displacements beyond the last bin: the integral of `self_per_A` is one minus it.
    moments_A
        Element -> (L, 2) mean second and fourth power of the displacement, A^2 and A^4.
    distinct
        Pair of elements -> (L, R) normalised distinct part.
    frames
        Number of frames.
    """

    lag_ps: np.ndarray
    origins: np.ndarray
    r_A: np.ndarray
    self_per_A: dict[str, np.ndarray]
    beyond: dict[str, np.ndarray]
    moments_A: dict[str, np.ndarray]
    distinct: dict[tuple[str, str], np.ndarray]
    frames: int

    def non_gaussian(self, element: str) -> np.ndarray:
        """(L,) 3 <r⁴> / (5 <r²>²) - 1: zero for free diffusion, positive for hops; not-a-number at lag zero."""
        second, fourth = self.moments_A[element].T
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(second > 0, 3 * fourth / (5 * second**2) - 1, np.nan)

    def to_dict(self) -> dict:
        """JSON-able by `sswnn.analysis.tables.jsonable`."""
        return {
            "frames": self.frames,
            "lag_ps": self.lag_ps,
            "origins": self.origins,
            "r_A": self.r_A,
            "self_per_A": self.self_per_A,
            "beyond": self.beyond,
            "mean_square_A2": {x: m[:, 0] for x, m in self.moments_A.items()},
            "non_gaussian": {x: self.non_gaussian(x) for x in self.moments_A},
            "distinct": {"-".join(pair): values for pair, values in self.distinct.items()},
        }

    def columns(self) -> dict[str, np.ndarray]:
        """Columns of the CSV file, a row for each lag and distance."""
        lags, bins = len(self.lag_ps), len(self.r_A)
        return {
            "lag_ps": np.repeat(self.lag_ps, bins),
            "r_A": np.tile(self.r_A, lags),
            **{f"self_{x}_per_A": values.ravel() for x, values in self.self_per_A.items()},
            **{f"distinct_{a}_{b}": values.ravel() for (a, b), values in self.distinct.items()},
        }


def van_hove(
    runs: Iterable[Iterable[Frame]],
    lags_ps: Sequence[float],
    *,
    elements: Sequence[str] = ("Li",),
    pairs: Sequence[tuple[str, str]] = (("Li", "Li"),),
    reach: float | None = None,
    bin_width: float = 0.1,
    origin_every: int = ORIGIN_EVERY,
    still: tuple[str, ...] | None = None,
) -> VanHoveResult:
    """Self and distinct parts, over one or several runs of the same crystal.

    Memory: the frames that are origins within the longest lag.

    Parameters
    ----------
    runs
        Frames at equal intervals.
    lags_ps
        Lag times; each is rounded to a whole number of frames.
    elements
        Whose self part is wanted.
    pairs
        Whose distinct part is wanted; () for none.
    reach
        Largest distance, A; at most half the distance of opposite faces of the cell, which is the default if it is below 8 A.
    bin_width
        A.
    origin_every
        Frames between origins of time.
    still
        Elements whose mean displacement is subtracted, as in `drift_of`.

    Raises
    ------
    AnalysisError
        Impossible numbers, elements that are absent, or runs shorter than the lags.
    """
    _check(lags_ps, reach, bin_width, origin_every)
    sums: _Sums | None = None
    frames = 0
    for run in runs:
        waiting: list[tuple[Frame, np.ndarray]] = []
        origins: deque[tuple[int, np.ndarray]] = deque()
        index, start, drift = 0, np.empty(0), drift_of(np.empty(0), None)
        for frame, positions in followed(run):
            if not index:
                start, drift = positions, drift_of(frame.symbols, still)
            place = positions - drift(positions - start)
            index += 1
            if index <= 2:
                waiting.append((frame, place))
            if index == 1:
                continue
            if index == 2:
                interval = (waiting[1][0].time_ps or 0.0) - (waiting[0][0].time_ps or 0.0)
                sums = sums or _Sums(waiting[0][0], lags_ps, elements, pairs, reach, bin_width)
                sums.steps_of(interval)
            assert sums is not None
            now = waiting if index == 2 else [(frame, place)]
            for k, (one, where) in enumerate(now, index - len(now)):
                sums.take(k, one, where, origins, origin_every)
        frames += index
    if sums is None:
        raise AnalysisError("no run, expected at least one")
    return sums.result(frames)


def _check(
    lags_ps: Sequence[float], reach: float | None, bin_width: float, origin_every: int
) -> None:
    if not len(lags_ps) or not all(0 <= x < float("inf") for x in lags_ps):
        raise AnalysisError(
            f"lag times are {', '.join(f'{x:g}' for x in lags_ps) or 'none'} ps, expected numbers from 0"
        )
    for name, value in (
        ("bin width", bin_width),
        ("largest distance", 1.0 if reach is None else reach),
    ):
        if not 0 < value < float("inf"):
            raise AnalysisError(f"{name} is {value:g} A, expected a positive length")
    if origin_every < 1:
        raise AnalysisError(f"origins every {origin_every} frames, expected at least 1")


class _Sums:
    """Histograms of one or several runs."""

    def __init__(
        self,
        frame: Frame,
        lags_ps: Sequence[float],
        elements: Sequence[str],
        pairs: Sequence[tuple[str, str]],
        reach: float | None,
        bin_width: float,
    ):
        half = 0.5 / float(np.linalg.norm(np.linalg.inv(frame.cell), axis=0).max())
        self.reach = min(half, _DEFAULT_REACH) if reach is None else reach
        if pairs and self.reach > half + 1e-9:
            raise AnalysisError(
                f"largest distance is {self.reach:g} A, half the cell is {half:.2f} A: --reach {half:.2f}"
            )
        self.symbols = frame.symbols
        self.asked = list(dict.fromkeys(float(x) for x in lags_ps))
        bins = max(1, round(self.reach / bin_width))
        self.edges = np.linspace(0, self.reach, bins + 1)
        lags = len(self.asked)
        self.of = {
            x: self._atoms(x)
            for x in dict.fromkeys([*elements, *(x for pair in pairs for x in pair)])
        }
        self.own = {x: np.zeros((lags, bins)) for x in elements}
        self.moments = {x: np.zeros((lags, 2)) for x in elements}
        self.others = {pair: np.zeros((lags, bins)) for pair in pairs}
        self.volume, self.origins = np.zeros(lags), np.zeros(lags, int)
        self.interval, self.steps = 0.0, np.zeros(lags, int)

    def _atoms(self, element: str) -> np.ndarray:
        index = np.flatnonzero(self.symbols == element)
        if not len(index):
            raise AnalysisError(
                f"no {element} in the trajectory, elements are {', '.join(sorted(set(self.symbols.tolist())))}"
            )
        return index

    def steps_of(self, interval: float) -> None:
        """Take the interval between the frames of a run."""
        if self.interval and not np.isclose(interval, self.interval, rtol=1e-4):
            raise AnalysisError(
                f"runs with different intervals between frames, {self.interval:g} and {interval:g} ps"
            )
        self.interval = interval
        self.steps = np.rint(np.array(self.asked) / interval).astype(int)
        if len(set(self.steps.tolist())) < len(self.steps):
            raise AnalysisError(
                f"lag times {self.asked} ps are closer than the interval between frames, {interval:g} ps"
            )

    def take(
        self,
        index: int,
        frame: Frame,
        place: np.ndarray,
        origins: deque[tuple[int, np.ndarray]],
        origin_every: int,
    ) -> None:
        """Add a frame: it is an origin for later ones, and follows those before it by some of the lags."""
        if len(frame) != len(self.symbols) or (frame.symbols != self.symbols).any():
            raise AnalysisError(
                f"frame {frame.index} has other atoms than the first one of the first run"
            )
        if index % origin_every == 0:
            origins.append((index, place))
        while origins and index - origins[0][0] > self.steps.max():
            origins.popleft()
        for start, before in origins:
            for lag in np.flatnonzero(self.steps == index - start):
                self._add(int(lag), before, place, frame)

    def _add(self, lag: int, before: np.ndarray, after: np.ndarray, frame: Frame) -> None:
        self.origins[lag] += 1
        self.volume[lag] += abs(np.linalg.det(frame.cell))
        for element, counts in self.own.items():
            atoms = self.of[element]
            squared = ((after[atoms] - before[atoms]) ** 2).sum(axis=1)
            counts[lag] += np.histogram(np.sqrt(squared), self.edges)[0]
            self.moments[element][lag] += squared.mean(), (squared**2).mean()
        for (a, b), counts in self.others.items():
            i, j, distance = pairs_within(
                before[self.of[a]], after[self.of[b]], frame.cell, frame.pbc, self.reach
            )
            if a == b:
                distance = distance[i != j]
            counts[lag] += np.histogram(distance, self.edges)[0]

    def result(self, frames: int) -> VanHoveResult:
        """Divide by what an ideal gas gives."""
        if not self.origins.all():
            missing = self.asked[int(np.argmin(self.origins))]
            raise AnalysisError(
                f"no two frames that are {missing:g} ps apart in {frames} frames every {self.interval:g} ps"
            )
        origins = self.origins[:, None]
        width = np.diff(self.edges)
        shell = 4 / 3 * np.pi * np.diff(self.edges**3)
        own, beyond, distinct = {}, {}, {}
        for element, counts in self.own.items():
            share = counts / (origins * len(self.of[element]))
            own[element], beyond[element] = share / width, 1 - share.sum(axis=1)
        for (a, b), counts in self.others.items():
            partners = len(self.of[b]) - (a == b)
            density = partners / (self.volume / self.origins)[:, None]
            with np.errstate(divide="ignore", invalid="ignore"):
                distinct[a, b] = counts / (origins * len(self.of[a]) * density * shell)
        return VanHoveResult(
            self.steps * self.interval, self.origins, 0.5 * (self.edges[1:] + self.edges[:-1]), own, beyond,
            {x: m / origins for x, m in self.moments.items()}, distinct, frames,
        )  # fmt: skip

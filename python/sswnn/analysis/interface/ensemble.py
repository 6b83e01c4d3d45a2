"""A quantity against time over several trajectories (seeds): mean and confidence interval, onset times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from sswnn.errors import AnalysisError


@dataclass(frozen=True)
class EnsembleResult:
    """Runs of one system that differ in their seeds (T times, R runs).

    Attributes
    ----------
    time_ps
        (T,) times that all runs cover, ps.
    values
        (T, R) the quantity of each run, its last value up to that time.
    mean
        (T,) over the runs.
    low, high
        (T,) confidence interval of the mean, Student's t with R - 1 degrees of freedom, cut at `limits`; NaN for one run.
    confidence
        Of the interval.
    onsets_ps
        (R,) NaN for a run without one.
    """

    time_ps: np.ndarray
    values: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    confidence: float
    onsets_ps: np.ndarray

    @property
    def runs(self) -> int:
        """Number of runs."""
        return self.values.shape[1]

    def to_dict(self) -> dict:
        """JSON-able by `sswnn.analysis.tables.jsonable`."""
        return {
            "runs": self.runs,
            "confidence": self.confidence,
            "onsets_ps": self.onsets_ps,
            "fraction_at_end": self.mean[-1],
            "interval_at_end": [self.low[-1], self.high[-1]],
            **self.columns(),
        }

    def columns(self) -> dict[str, np.ndarray]:
        """Columns of the CSV file."""
        runs = {f"run_{k}": x for k, x in enumerate(self.values.T)}
        return {
            "time_ps": self.time_ps,
            "mean": self.mean,
            "low": self.low,
            "high": self.high,
            **runs,
        }


def combine(
    times_ps: Sequence[np.ndarray],
    values: Sequence[np.ndarray],
    *,
    onsets_ps: Sequence[float | None] = (),
    confidence: float = 0.95,
    limits: tuple[float, float] = (0.0, 1.0),
) -> EnsembleResult:
    """Mean over runs with an interval.

    Zr atoms of one run dissolve one because of another and are no independent trials, so the spread between the runs
    is the only measure of the uncertainty.

    Parameters
    ----------
    times_ps, values
        For each run (t_r,) times, ascending, and the quantity at each. The times of the result are those of the run
        with the fewest frames, as far as all runs go.
    onsets_ps
        For each run, None or NaN where nothing happened.
    confidence
        Of the interval of the mean.
    limits
        The quantity cannot be outside.
    """
    if not times_ps or len(times_ps) != len(values):
        raise AnalysisError(
            f"{len(times_ps)} series of times and {len(values)} of values, expected as many, at least 1"
        )
    if not 0 < confidence < 1:
        raise AnalysisError(f"confidence is {confidence}, expected between 0 and 1")
    begin, end = max(x[0] for x in times_ps), min(x[-1] for x in times_ps)
    grid = min(times_ps, key=len)
    grid = grid[(grid >= begin - 1e-9) & (grid <= end + 1e-9)]
    if not len(grid):
        raise AnalysisError(
            f"the runs have no time in common: the last begins at {begin:g} ps, the first ends at {end:g} ps"
        )
    table = np.stack(
        [
            y[np.searchsorted(x, grid + 1e-9, side="right") - 1]
            for x, y in zip(times_ps, values, strict=True)
        ],
        axis=1,
    )
    mean, half = table.mean(axis=1), np.full(len(grid), np.nan)
    runs = table.shape[1]
    if runs > 1:
        half = (
            student.ppf(0.5 + confidence / 2, runs - 1) * table.std(axis=1, ddof=1) / np.sqrt(runs)
        )
    return EnsembleResult(
        grid, table, mean, np.clip(mean - half, *limits), np.clip(mean + half, *limits), confidence,
        np.array([np.nan if x is None else x for x in onsets_ps], float),
    )  # fmt: skip

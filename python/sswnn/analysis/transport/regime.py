"""Slope of a mean-square displacement with the start of the diffusive regime averaged over, not guessed.

A straight line is fitted by generalised least squares from every start on a grid of lags. A start that is too early bends the
line (χ² too large), one that is too late gives data away. Their weights exp(−χ²/2 − penalty × lags cut), eq. (4) of
docs/transport.md, average the slope, and the spread between starts enters its variance: Jay and Neil, 2021,
doi:10.1103/PhysRevD.103.114502, who find the start of the plateau of correlation functions so.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from sswnn.analysis.transport.covariance import SlopeFit, fit_slope, relative_covariance
from sswnn.errors import AnalysisError

_PENALTY = 0.7
"""Per half-octave of lags that a start cuts. 1 is Akaike's; below it later starts are trusted more, because a bend that hides in
the noise biases the slope but a late start only widens the interval. Chosen by coverage: benchmarks/interval_coverage.py."""
_LEAST_LAGS = 4
_LEAST_PROBABILITY = 1e-4
"""Below this for every start the displacements are on no straight line."""


@dataclass(frozen=True)
class Start:
    """One start of the diffusive regime: first lag (frames), its fit, χ² of one particle and direction, weight."""

    lag: int
    fit: SlopeFit
    chi_square: float
    points: int
    weight: float = 0.0


def lag_grid(longest: int) -> np.ndarray:
    """Whole lags from 1 in steps of half an octave, frames."""
    steps = 2.0 ** (np.arange(128) / 2)
    return np.unique(np.round(steps[steps <= longest]).astype(int))


def fits_from_all_starts(lags: np.ndarray, values: np.ndarray, runs: list[tuple[int, float]]) -> list[Start]:
    """Fits from each start with a positive slope, earliest first, without weights.

    Parameters
    ----------
    lags, values
        (K,) frames and mean-square displacements per direction.
    runs
        Frames and particles of each run.
    """
    found: list[Start] = []
    ratio = 0.0
    for first in range(len(lags) - _LEAST_LAGS, -1, -1):
        x, y = lags[first:], values[first:]
        for _ in range(2):  # the covariance depends on offset over slope
            covariance = relative_covariance(x, runs, ratio)
            fit = fit_slope(x, y, covariance)
            if fit.slope > 0:
                ratio = max(0.0, fit.offset / fit.slope)
        if fit.slope > 0:
            away = (y - fit.offset - fit.slope * x) / fit.slope
            found.append(Start(int(x[0]), fit, float(away @ np.linalg.solve(covariance, away)), len(x)))
    return found[::-1]


def weigh(starts: list[Start], samples: float) -> list[Start]:
    """The starts with weights that sum to one.

    Parameters
    ----------
    starts
        From `fits_from_all_starts`.
    samples
        Independent particles x directions.

    Raises
    ------
    AnalysisError
        If no start gives a straight line.
    """
    probable = [chi2.sf(samples * s.chi_square, s.points - 2) for s in starts]
    if not starts or max(probable) < _LEAST_PROBABILITY:
        raise AnalysisError(
            "no diffusive regime: the mean-square displacement is no rising straight line from any lag on; run longer"
        )
    most = max(s.points for s in starts)
    exponent = np.array([-0.5 * samples * s.chi_square - _PENALTY * (most - s.points) for s in starts])
    weight = np.exp(exponent - exponent.max())
    weight /= weight.sum()
    return [
        Start(s.lag, s.fit, s.chi_square, s.points, float(w)) for s, w in zip(starts, weight, strict=True)
    ]


def central(starts: list[Start], quantile: float = 0.5) -> Start:
    """The start at a quantile of the weights, by default the median."""
    cumulative = np.cumsum([s.weight for s in starts])
    return starts[min(int(np.searchsorted(cumulative, quantile)), len(starts) - 1)]

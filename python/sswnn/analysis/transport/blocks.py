"""Mean-square displacements from blocks of time origins: what theory with independent particles cannot know.

A slope is a weighted sum of mean-square displacements, so each block of origins has one of its own. Particles that jump
together make the blocks differ by more than independent particles would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sswnn.analysis.transport.displacements import Displacements, batches
from sswnn.analysis.transport.regime import Start

_LEAST, _MOST = 6, 40
"""Blocks of a run."""
_LENGTH = 8
"""Of a block, in first lags of the fit."""


@dataclass(frozen=True)
class Blocks:
    """B blocks of origins of all runs.

    Attributes
    ----------
    lags
        (K,) frames.
    msd
        (B, K) mean-square displacement per direction, A^2; at lags that a short run does not have, the mean of the others.
    weights
        (B,) origins times particles, summing to one.
    """

    lags: np.ndarray
    msd: np.ndarray
    weights: np.ndarray

    def slopes(self, start: Start) -> np.ndarray:
        """(B,) slope per frame with the weights of one start of the diffusive regime."""
        return self.msd[:, self.lags >= start.lag] @ start.fit.weights

    def variance(self, start: Start) -> float:
        """Variance of the weighted mean of the slopes."""
        slopes, count = self.slopes(start), len(self.weights)
        away = slopes - self.weights @ slopes
        return float((self.weights**2 * away**2).sum() * count / (count - 1))

    def bootstrap(
        self, starts: Sequence[Start], level: float, random: np.random.Generator, draws: int = 4000
    ) -> tuple[float, float]:
        """Interval of the slope: blocks and starts are drawn, starts by their weights, blocks with replacement."""
        count = len(self.weights)
        slopes = np.array([self.slopes(s) for s in starts])
        chosen = random.choice(len(starts), size=draws, p=[s.weight for s in starts])
        index = random.integers(count, size=(draws, count))
        weights = self.weights[index]
        means = (weights * slopes[chosen[:, None], index]).sum(axis=1) / weights.sum(axis=1)
        centre = slopes[chosen] @ self.weights
        means = centre + (means - centre) * np.sqrt(count / (count - 1))  # few blocks spread too little
        outside = (1 - level) / 2
        low, high = np.quantile(means, [outside, 1 - outside])
        return float(low), float(high)


def blocks_of(
    sampled: Sequence[tuple[Displacements, np.ndarray]], lags: np.ndarray, first: int
) -> Blocks:
    """Blocks of all runs, long against a lag.

    Parameters
    ----------
    sampled
        Runs and the indices of their particles.
    lags
        (K,) frames.
    first
        The lag, frames.
    """
    parts, sizes = [], []
    for moved, particles in sampled:
        count = int(np.clip(moved.frames / (_LENGTH * first), _LEAST, _MOST))
        parts.append(_of_run(moved, particles, lags, count))
        sizes.append(np.full(count, moved.frames * len(particles) / count))
    size, msd = np.concatenate(sizes), np.concatenate(parts)
    share = size[:, None] * np.isfinite(msd)
    mean = (share * np.nan_to_num(msd)).sum(axis=0) / np.maximum(share.sum(axis=0), 1e-300)
    return Blocks(lags, np.where(np.isfinite(msd), msd, mean), size / size.sum())


def _of_run(moved: Displacements, particles: np.ndarray, lags: np.ndarray, count: int) -> np.ndarray:
    """(count, K); not a number at lags that a short run does not have."""
    msd = np.zeros((count, len(lags)))
    msd[:, moved.frames - lags < count] = np.nan
    for part in batches(particles, moved.frames):
        r = moved.read(part)
        for k, n in enumerate(lags):
            if moved.frames - n < count:
                continue
            away = r[:, :, n:] - r[:, :, :-n]
            square = np.einsum("nct,nct->t", away, away)
            edges = np.linspace(0, len(square), count + 1).astype(int)
            msd[:, k] += np.add.reduceat(square, edges[:-1]) / np.diff(edges)
    return msd / (3 * len(particles))

"""Slope of a mean-square displacement averaged over starts of the diffusive regime, with its variance.

The relative variance is that of Gaussian displacements (`covariance`) of N particles in d directions, plus 1 / hops (their
number is a Poisson count), times what blocks of origins spread beyond that, plus the spread between starts (`regime`):
eq. (5) of docs/transport.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sswnn.analysis.transport.blocks import Blocks, blocks_of
from sswnn.analysis.transport.correlation import PAIRS, LagProducts
from sswnn.analysis.transport.displacements import Displacements
from sswnn.analysis.transport.regime import Start, central, fits_from_all_starts, lag_grid, weigh
from sswnn.errors import AnalysisError

_PRIOR = 10.0
"""Blocks that independent particles are worth as prior knowledge, against the spread of the real blocks."""


@dataclass(frozen=True)
class AveragedSlope:
    """Slopes of all products of displacements from weighted starts.

    Attributes
    ----------
    starts
        With weights that sum to one.
    tensors
        (S, 3, 3) slope of the products from each start, A^2 per frame.
    samples
        Independent particles.
    directions
        Independent directions, 1 to 3.
    hops
        Number of hops; infinite where they need not be counted.
    together
        Variance between blocks over that of independent particles, shrunk towards 1.
    blocks
        The same displacements by blocks of origins.
    """

    starts: list[Start]
    tensors: np.ndarray
    samples: float
    directions: float
    hops: float
    together: float
    blocks: Blocks

    @property
    def tensor(self) -> np.ndarray:
        """(3, 3) weighted mean."""
        return np.tensordot(self._weight, self.tensors, axes=1)

    @property
    def _weight(self) -> np.ndarray:
        return np.array([s.weight for s in self.starts])

    def mean(self) -> tuple[float, float]:
        """A third of the trace, A^2 per frame, and its relative variance."""
        slopes = np.array([s.fit.slope for s in self.starts])
        return self._with_variance(slopes, self.samples * self.directions, self.hops)

    def along(self, axis: int) -> tuple[float, float]:
        """Along x, y or z: slope and relative variance."""
        slopes = self.tensors[:, axis, axis]
        least = 1e-9 * max(s.fit.slope for s in self.starts)
        return self._with_variance(np.maximum(slopes, least), self.samples, self.hops / 3)

    def _with_variance(self, slopes: np.ndarray, samples: float, hops: float) -> tuple[float, float]:
        weight = self._weight
        value = float(weight @ slopes)
        within = np.array([s.fit.variance for s in self.starts]) / samples + 1 / hops
        variance = weight @ (self.together * within * slopes**2) + weight @ (slopes - value) ** 2
        return value, float(variance) / value**2


def averaged_slope(
    mean: np.ndarray,
    products: Sequence[LagProducts],
    sampled: Sequence[tuple[Displacements, np.ndarray]],
    *,
    hop_A: float | None,
    directions: float | None,
    earliest: float = 0.0,
) -> AveragedSlope:
    """Fit all starts and average.

    Parameters
    ----------
    mean
        (K, 6) products pooled over runs, A^2.
    products, sampled
        Of each run, and the displacements and particles they are from.
    hop_A
        Length of a hop; None: hops are not counted.
    directions
        Independent directions; None: from the tensor.
    earliest
        Starts before this lag (frames) are left out, if there are later ones.
    """
    lags = lag_grid(len(mean) - 1)
    lengths = [(p.frames, float(p.atoms)) for p in products]
    starts = fits_from_all_starts(lags, mean[lags, :3].sum(axis=1) / 3, lengths)
    starts = [s for s in starts if s.lag >= earliest - 0.5] or starts
    if not starts:
        raise AnalysisError("no diffusion: the mean-square displacement does not grow")
    tensors = np.array([_tensor(s, mean, lags) for s in starts])
    particles = sum(n for _, n in lengths)
    if directions is None:
        directions = directions_of(tensors[len(tensors) // 2])
    path = sum(frames * n for frames, n in lengths)
    starts, hops, together, blocks = _weighed(starts, lags, sampled, particles * directions, path, hop_A)
    return AveragedSlope(starts, tensors, particles, directions, hops, together, blocks)


def directions_of(tensor: np.ndarray) -> float:
    """Independent directions of a diffusion tensor: trace squared over the sum of squares, 1 to 3."""
    return float(np.clip(np.trace(tensor) ** 2 / (tensor**2).sum(), 1.0, 3.0))


def _tensor(start: Start, mean: np.ndarray, lags: np.ndarray) -> np.ndarray:
    slopes = start.fit.weights @ mean[lags[lags >= start.lag]]
    tensor = np.zeros((3, 3))
    for (a, b), slope in zip(PAIRS, slopes, strict=True):
        tensor[a, b] = tensor[b, a] = slope
    return tensor


def _weighed(
    starts: list[Start],
    lags: np.ndarray,
    sampled: Sequence[tuple[Displacements, np.ndarray]],
    samples: float,
    path: float,
    hop_A: float | None,
) -> tuple[list[Start], float, float, Blocks]:
    """Starts with weights, hops, excess of the spread between blocks, blocks.

    The weights need the number of independent particles and the spread between blocks tells it, so it is done twice.
    """
    together = 1.0
    for _ in range(2):
        starts = weigh(starts, samples / together)
        chosen = central(starts)
        slope = chosen.fit.slope
        hops = np.inf if hop_A is None else 3 * slope * path / hop_A**2
        blocks = blocks_of(sampled, lags[lags >= starts[0].lag], chosen.lag)
        theory = slope**2 * (chosen.fit.variance / samples + 1 / hops)
        free = len(blocks.weights) - 1
        together = max(1.0, (_PRIOR + free * blocks.variance(chosen) / theory) / (_PRIOR + free))
    return starts, float(hops), together, blocks

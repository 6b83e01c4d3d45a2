"""Covariance of mean-square displacements at different lags, and the slope that generalised least squares finds with it.

Overlapping origins make neighbouring lags of one trajectory nearly the same number, so an ordinary fit reports errors far too
small (Smith and Gillan, 1996; McCluskey et al., doi:10.1021/acs.jctc.4c01249). For displacements Δ_n(i) = x(i+n) − x(i) that are
Gaussian, with structure function M(k) = <Δ_k²>, everything follows from M (eqs. 2 and 3 of docs/transport.md):

    <Δ_n(i) Δ_m(j)> = ½ [ M(s+n) + M(s−m) − M(s+n−m) − M(s) ],  s = i − j
    Cov[ msd(n), msd(m) ] = 2 Σ_ij <Δ_n(i) Δ_m(j)>² / [ (T−n)(T−m) ]

per particle and direction. M is the model that is fitted, M(k) = slope (k + ratio) for k > 0: diffusion on top of motion that
stays bounded (vibrations, jumps back and forth).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class SlopeFit:
    """Straight line through mean-square displacements.

    Attributes
    ----------
    slope, offset
        Of the line; slope per frame.
    weights
        (K,) the slope is their product with the values.
    variance
        Of the slope over slope^2, for one particle in one direction.
    """

    slope: float
    offset: float
    weights: np.ndarray
    variance: float


def relative_covariance(lags: np.ndarray, runs: list[tuple[int, float]], ratio: float) -> np.ndarray:
    """Covariance of mean-square displacements over slope^2, one particle and direction in each run.

    Parameters
    ----------
    lags
        (K,) frames.
    runs
        Frames T and weight (number of particles) of each run; a mean over runs has weights particles x origins.
    ratio
        Offset over slope of the structure function, frames, not negative.
    """
    weight = np.array([[n * max(frames - k, 0) for k in lags] for frames, n in runs], dtype=float)
    particles = sum(n for _, n in runs)
    weight /= weight.sum(axis=0)
    result = np.zeros((len(lags), len(lags)))
    for a, n in enumerate(lags):
        for b, m in enumerate(lags[: a + 1]):
            s = np.arange(-n, m + 1)
            c = np.abs(s + n) + np.abs(s - m) - np.abs(s + n - m) - np.abs(s)
            c = c + ratio * (0.0 + (s != -n) + (s != m) - (s != m - n) - (s != 0))
            square = 0.5 * c * c  # 2 (c / 2)^2
            for (frames, count), share in zip(runs, weight, strict=True):
                if frames <= n:
                    continue
                pairs = np.minimum(frames - n, frames - m + s) - np.maximum(0, s)
                mean = (np.maximum(pairs, 0) * square).sum() / ((frames - n) * (frames - m))
                result[a, b] += share[a] * share[b] * mean * particles / count
            result[b, a] = result[a, b]
    return result


def fit_slope(lags: np.ndarray, values: np.ndarray, covariance: np.ndarray) -> SlopeFit:
    """Generalised least squares of values = offset + slope lag, covariance over slope^2 of one particle and direction."""
    design = np.stack([np.ones(len(lags)), lags.astype(float)])
    scale = np.sqrt(np.diag(covariance))
    whitened = np.linalg.solve(covariance / np.outer(scale, scale), (design / scale).T).T / scale
    normal = np.linalg.inv(whitened @ design.T)
    solution = normal @ whitened
    offset, slope = solution @ values
    return SlopeFit(float(slope), float(offset), solution[1], float(normal[1, 1]))

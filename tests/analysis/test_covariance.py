"""Covariance of mean-square displacements: against the sum over all pairs of origins, and the fit against its own variance."""

import numpy as np
import pytest

from sswnn.analysis.transport.correlation import lag_products
from sswnn.analysis.transport.covariance import fit_slope, relative_covariance
from sswnn.analysis.transport.displacements import from_positions


def by_definition(n: int, m: int, frames: int, ratio: float) -> float:
    """2 Σ_ij <Δ_n(i) Δ_m(j)>² over the pairs, from the covariance of the positions of a walk with noise."""
    position = np.minimum.outer(np.arange(frames), np.arange(frames)) + 0.5 * ratio * np.eye(frames)

    def steps(lag):
        return (np.eye(frames)[lag:] - np.eye(frames)[: frames - lag]).astype(float)

    return 2 * ((steps(n) @ position @ steps(m).T) ** 2).sum() / ((frames - n) * (frames - m))


@pytest.mark.parametrize("ratio", [0.0, 1.7])
def test_one_run_gives_the_definition(ratio):
    lags, frames = np.array([1, 2, 5, 11]), 23
    found = relative_covariance(lags, [(frames, 1.0)], ratio)
    expected = [[by_definition(n, m, frames, ratio) for m in lags] for n in lags]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(relative_covariance(lags, [(frames, 7.0)], ratio), expected, rtol=1e-12)


def test_runs_of_different_length_are_a_weighted_mean():
    lags, runs = np.array([1, 3, 8]), [(20, 2.0), (9, 4.0)]
    found = relative_covariance(lags, runs, 0.5)
    weight = np.array([[n * (t - k) for k in lags] for t, n in runs])
    weight = weight / weight.sum(axis=0)
    expected = sum(
        np.outer(w, w) / n * np.array([[by_definition(a, b, t, 0.5) for a in lags] for b in lags])
        for w, (t, n) in zip(weight, runs, strict=True)
    )
    np.testing.assert_allclose(found, 6 * expected, rtol=1e-12)  # for one of six particles


def test_slope_of_walks_has_the_variance_that_the_fit_states():
    random = np.random.default_rng(5)
    frames, particles, noise = 200, 4, 1.0
    lags = np.array([2, 3, 4, 6, 8, 11, 16, 23, 32, 45])
    covariance = relative_covariance(lags, [(frames, 1.0)], 2 * noise**2)
    slopes = []
    for _ in range(300):
        shape = (frames, particles, 3)
        r = np.cumsum(random.normal(size=shape), axis=0) + random.normal(scale=noise, size=shape)
        moved = from_positions(r, ["Li"] * particles, interval_ps=1.0)
        msd = lag_products(moved, np.arange(particles), 50).total[lags] / 3
        fit = fit_slope(lags, msd, covariance)
        slopes.append(fit.slope)
        assert fit.weights @ msd == pytest.approx(fit.slope)
    assert np.mean(slopes) == pytest.approx(1.0, abs=4 * np.std(slopes) / np.sqrt(300))
    assert np.var(slopes) * 3 * particles == pytest.approx(fit.variance, rel=0.25)


def test_a_straight_line_is_found_exactly():
    lags = np.array([3, 4, 6, 9, 13])
    fit = fit_slope(lags, 2.0 + 0.5 * lags, relative_covariance(lags, [(100, 1.0)], 4.0))
    assert (fit.slope, fit.offset) == pytest.approx((0.5, 2.0))

"""Van Hove functions: free diffusion, the ideal gas, a crystal, the plain definition."""

from dataclasses import replace

import numpy as np
import pytest

from sswnn.analysis import Frame
from sswnn.analysis.sites.vanhove import van_hove
from sswnn.errors import AnalysisError

SIDE = 20.0
CELL = SIDE * np.eye(3)
D = 0.3  # A^2/ps


def gas(frames=60, particles=300, seed=1, interval=0.1):
    """Walkers that know nothing of each other: Gaussian steps, uniform in the cell."""
    rng = np.random.default_rng(seed)
    start = rng.random((particles, 3)) * SIDE
    steps = rng.normal(0, np.sqrt(2 * D * interval), (frames, particles, 3))
    steps[0] = 0
    places = start + np.cumsum(steps, axis=0)
    symbols = np.array(["Li"] * (particles // 2) + ["Cl"] * (particles - particles // 2))
    return [
        Frame(t, t, interval * t, symbols, places[t], CELL, unwrapped=True) for t in range(frames)
    ]


@pytest.fixture(scope="module")
def result():
    return van_hove(
        [gas()],
        [0.0, 0.5, 2.0],
        elements=["Li"],
        pairs=[("Li", "Li"), ("Li", "Cl")],
        origin_every=2,
        bin_width=0.2,
    )


def test_self_part_of_free_diffusion_is_a_gaussian(result):
    r, width = result.r_A, 0.2
    for k, lag in ((1, 0.5), (2, 2.0)):
        spread = 4 * D * lag
        exact = 4 * np.pi * r**2 * (np.pi * spread) ** -1.5 * np.exp(-(r**2) / spread)
        samples = 150 * result.origins[k]
        # origins that overlap are not independent: about lag / (interval x origin_every) of them count once
        error = np.sqrt(exact / (samples * width) * (1 + lag / 0.2))
        assert np.abs(result.self_per_A["Li"][k] - exact).max() < 5 * error.max()
        assert result.moments_A["Li"][k, 0] == pytest.approx(6 * D * lag, rel=0.1)
        assert abs(result.non_gaussian("Li")[k]) < 0.1
        total = result.self_per_A["Li"][k].sum() * width + result.beyond["Li"][k]
        assert total == pytest.approx(1)


def test_distinct_part_of_an_ideal_gas_is_one(result):
    far = result.r_A > 1.5
    for values in result.distinct.values():
        weight = result.r_A[far] ** 2
        np.testing.assert_allclose(
            (values[:, far] * weight).sum(axis=1) / weight.sum(), 1, atol=0.03
        )


def test_lag_zero_is_the_radial_distribution_function():
    points = 5.0 * np.array([[i, j, k] for i in range(4) for j in range(4) for k in range(4)])
    frames = [Frame(t, t, 0.1 * t, np.array(["Li"] * 64), points, CELL) for t in range(3)]
    found = van_hove([frames], [0.0], pairs=[("Li", "Li")], reach=6.0, origin_every=1)
    edges = np.arange(61) * 0.1
    shell = 4 / 3 * np.pi * np.diff(edges**3)
    neighbours = (found.distinct["Li", "Li"][0] * shell).sum() * 63 / SIDE**3
    assert neighbours == pytest.approx(6)
    assert found.self_per_A["Li"][0, 0] * 0.1 == pytest.approx(1)


def test_the_plain_definition():
    frames = gas(frames=7, particles=8)
    found = van_hove(
        [frames],
        [0.3],
        elements=["Cl"],
        pairs=[("Li", "Cl")],
        reach=9.0,
        bin_width=3.0,
        origin_every=1,
    )
    own, distinct = np.zeros(3), np.zeros(3)
    for t in range(4):
        before, after = frames[t].positions, frames[t + 3].positions
        for i in range(4):
            for j in range(4, 8):
                away = after[j] - before[i]
                length = np.linalg.norm(away - SIDE * np.rint(away / SIDE))
                if length < 9:
                    distinct[int(length // 3)] += 1
        for j in range(4, 8):
            own[int(np.linalg.norm(after[j] - before[j]) // 3)] += 1
    shell = 4 / 3 * np.pi * np.diff(np.arange(0, 10, 3.0) ** 3)
    np.testing.assert_allclose(
        found.distinct["Li", "Cl"][0], distinct / (4 * 4 * 4 / SIDE**3 * shell)
    )
    np.testing.assert_allclose(found.self_per_A["Cl"][0], own / (4 * 4 * 3.0))
    assert found.origins.tolist() == [4]


def test_runs_are_pooled_and_drift_is_taken_out():
    still = gas(frames=30)
    drifting = [replace(f, positions=f.positions + 0.2 * k) for k, f in enumerate(still)]
    one = van_hove([still], [1.0], still=(), pairs=[])
    other = van_hove([drifting, still], [1.0], still=(), pairs=[])
    np.testing.assert_allclose(other.self_per_A["Li"], one.self_per_A["Li"], atol=1e-9)
    assert other.frames == 60 and other.origins[0] == 2 * one.origins[0]


@pytest.mark.parametrize(
    ("lags", "given", "why"),
    [
        ([], {}, "lag times are none"),
        ([-1.0], {}, "lag times are -1"),
        ([50.0], {}, "no two frames that are 50 ps apart"),
        ([0.1, 0.11], {}, "closer than the interval"),
        ([0.1], {"reach": 11.0}, "half the cell is 10.00 A"),
        ([0.1], {"bin_width": 0.0}, "bin width is 0 A"),
        ([0.1], {"elements": ["Na"]}, "no Na in the trajectory"),
        ([0.1], {"origin_every": 0}, "origins every 0"),
    ],
)
def test_refusals(lags, given, why):
    with pytest.raises(AnalysisError, match=why):
        van_hove([gas(frames=5)], lags, **given)

"""Mean-square displacement: exact cases, the naive definition, a random walk within its error bar."""

import numpy as np
import pytest

from sswnn.analysis import Frame, mean_square_displacement, msd
from sswnn.errors import AnalysisError

CELL = np.array([[10.0, 0, 0], [-5.0, 9.0, 0], [0, 0, 12.0]])


def naive(r: np.ndarray) -> np.ndarray:
    """The definition, term by term."""
    frames = len(r)
    result = np.zeros_like(r)
    for lag in range(frames):
        for origin in range(frames - lag):
            result[lag] += (r[origin + lag] - r[origin]) ** 2 / (frames - lag)
    return result


def as_frames(
    r: np.ndarray, symbols: list[str], *, wrap: bool = False, interval: float = 0.5
) -> list[Frame]:
    fraction = r @ np.linalg.inv(CELL)
    positions = (fraction - np.floor(fraction)) @ CELL if wrap else r
    return [
        Frame(t, t, interval * t, np.array(symbols), p, CELL, unwrapped=not wrap)
        for t, p in enumerate(positions)
    ]


@pytest.mark.parametrize("frames", [2, 3, 17, 64])
def test_transform_gives_the_definition(frames):
    r = np.cumsum(np.random.default_rng(frames).normal(size=(frames, 4, 3)), axis=0) + 100.0
    np.testing.assert_allclose(mean_square_displacement(r), naive(r), atol=1e-10)


def test_ballistic_motion_is_exact():
    velocity = np.array([[1.0, 0.5, -2.0], [0.0, 1.0, 1.0]])  # A per frame
    r = np.arange(30)[:, None, None] * velocity
    result = msd(as_frames(r, ["Li", "Li"]), max_lag=1.0)
    lag = np.arange(30)[:, None]
    np.testing.assert_allclose(result.msd_A2["Li"], lag**2 * (velocity**2).mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(result.lag_ps, 0.5 * lag[:, 0])


def test_alternating_site_hop_is_exact():
    r = np.zeros((10, 1, 3))
    r[1::2, 0, 1] = 3.0
    result = msd(as_frames(r, ["Li"]), max_lag=1.0)
    expected = np.where(np.arange(10) % 2, 9.0, 0.0)
    np.testing.assert_allclose(result.msd_A2["Li"][:, 1], expected, atol=1e-10)
    np.testing.assert_allclose(result.msd_A2["Li"][:, [0, 2]], 0, atol=1e-10)


def test_random_walk_agrees_with_theory_within_its_error():
    random = np.random.default_rng(7)
    r = np.cumsum(random.normal(scale=0.3, size=(400, 500, 3)), axis=0)
    result = msd(as_frames(r, ["Li"] * 500), max_lag=0.1)
    lag = np.arange(len(result.lag_ps))
    deviation = result.total("Li")[1:] - 3 * 0.09 * lag[1:]
    assert (result.error_A2["Li"][1:] > 0).all()
    assert np.abs(deviation / result.error_A2["Li"][1:]).max() < 4
    # The error bar is neither far too wide: at one step it is that of 400 x 500 x 3 independent squares.
    assert result.error_A2["Li"][1] == pytest.approx(0.09 * np.sqrt(2 * 3 / (399 * 500)), rel=0.15)


def test_wrapped_positions_are_followed():
    r = np.cumsum(np.random.default_rng(2).normal(scale=0.8, size=(50, 6, 3)), axis=0)
    symbols = ["Li", "Zr", "Cl"] * 2
    direct, followed = (msd(as_frames(r, symbols, wrap=w)) for w in (False, True))
    assert direct.total("Zr")[-1] > 5
    for element in ("Li", "Zr", "Cl"):
        np.testing.assert_allclose(followed.msd_A2[element], direct.msd_A2[element], atol=1e-9)


def test_drift_and_elements():
    r = np.repeat(np.arange(20.0)[:, None, None] * [1.0, 0, 0], 3, axis=1)
    still = msd(as_frames(r, ["Li", "Zr", "Li"]), drift="mean", elements=("Li",))
    assert list(still.msd_A2) == ["Li"] and still.atoms == {"Li": 2}
    np.testing.assert_allclose(still.msd_A2["Li"], 0, atol=1e-9)


def test_errors():
    r = np.zeros((5, 2, 3))
    frames = as_frames(r, ["Li", "Li"])
    with pytest.raises(AnalysisError, match="no Zr"):
        msd(frames, elements=("Zr",))
    with pytest.raises(AnalysisError, match="1 frames"):
        msd(frames[:1])
    with pytest.raises(AnalysisError, match="not equally spaced"):
        msd([frames[0], frames[1], frames[4]])
    with pytest.raises(AnalysisError, match="max_lag is 0"):
        msd(frames, max_lag=0)
    with pytest.raises(AnalysisError, match="other atoms"):
        msd([frames[0], as_frames(r, ["Li", "Zr"])[1]])

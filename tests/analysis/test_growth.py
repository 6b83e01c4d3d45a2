"""Laws of growth: each is found again in its own data, with its parameters within their errors."""

import numpy as np
import pytest

from sswnn.analysis.interface.growth import growth
from sswnn.errors import AnalysisError

TIME = np.linspace(0, 100, 1200)


@pytest.mark.parametrize(
    ("law", "curve", "name", "value"),
    [
        ("linear", 0.5 + 0.04 * TIME, "k", 0.04),
        ("parabolic", 0.5 + 0.4 * np.sqrt(TIME), "k", 0.4),
        ("logarithmic", 0.2 + 0.9 * np.log1p(TIME / 2.0), "tau_ps", 2.0),
        ("saturating", 0.2 + 3.8 * (1 - np.exp(-TIME / 15.0)), "tau_ps", 15.0),
    ],
)
def test_a_law_is_found_again(law, curve, name, value):
    noise = np.random.default_rng(3).normal(0, 0.15, len(TIME))
    best = growth(TIME, curve + noise).fits[0]
    assert best.law == law and best.weight > 0.5
    assert abs(best.parameters[name] - value) < 4 * best.errors[name]
    assert np.abs(best(TIME) - curve).max() < 0.15


def test_the_end_of_growth():
    noise = np.random.default_rng(4).normal(0, 0.1, len(TIME))
    result = growth(TIME, np.minimum(4.0, 0.1 * TIME) + noise)
    assert result.stopped_ps == pytest.approx(40, abs=3) and result.plateau == pytest.approx(
        4, abs=0.05
    )
    assert growth(TIME, 0.1 * TIME + noise).stopped_ps is None
    assert growth(TIME, noise).stopped_ps is None
    assert growth(TIME, 0.4 * np.sqrt(TIME) + noise).stopped_ps is None


def test_times_count_from_the_first_frame():
    result = growth(TIME + 500, np.minimum(4.0, 0.1 * TIME))
    assert result.stopped_ps == pytest.approx(40, abs=3)


def test_little_data():
    assert growth(np.array([0.0]), np.array([1.0])).to_dict() == {
        "law": None,
        "fits": [],
        "stopped_ps": None,
        "plateau": None,
    }
    with pytest.raises(AnalysisError, match="as many"):
        growth(np.zeros(3), np.zeros(2))

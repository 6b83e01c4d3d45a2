"""Several runs: mean, and an interval that covers the true mean as often as it says."""

import numpy as np
import pytest

from sswnn.analysis.interface.ensemble import combine
from sswnn.errors import AnalysisError


def test_mean_interval_and_onsets():
    time = np.arange(5.0)
    result = combine([time] * 3, [time * 0.1, time * 0.2, time * 0.3], onsets_ps=[1.0, None, 3.0])
    np.testing.assert_allclose(result.mean, 0.2 * time)
    half = 4.302653 * 0.1 * 4 / np.sqrt(3)  # Student's t, 2 degrees of freedom
    assert result.high[-1] == pytest.approx(0.8 + half, rel=1e-6) or result.high[-1] == 1.0
    assert result.low[-1] == pytest.approx(max(0.0, 0.8 - half), abs=1e-6)
    assert np.isnan(result.onsets_ps[1]) and result.runs == 3


def test_times_that_all_runs_cover():
    result = combine(
        [np.arange(0, 10, 0.5), np.arange(1, 8, 1.0)], [np.arange(20) / 20, np.arange(7) / 7]
    )
    np.testing.assert_allclose(result.time_ps, np.arange(1, 8))
    np.testing.assert_allclose(result.values[:, 0], np.arange(2, 16, 2) / 20)
    with pytest.raises(AnalysisError, match="no time in common"):
        combine([np.array([0.0, 1.0]), np.array([2.0, 3.0])], [np.zeros(2)] * 2)


def test_one_run_has_no_interval():
    result = combine([np.arange(3.0)], [np.zeros(3)])
    assert np.isnan(result.low).all() and (result.mean == 0).all()


@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_coverage(confidence):
    random = np.random.default_rng(1)
    runs, trials = 4, 2000
    values = random.normal(0.5, 0.05, (trials, runs))
    result = combine([np.arange(trials)] * runs, list(values.T), confidence=confidence)
    covered = ((result.low <= 0.5) & (result.high >= 0.5)).mean()
    assert covered == pytest.approx(confidence, abs=0.025)


def test_errors():
    with pytest.raises(AnalysisError, match="at least 1"):
        combine([], [])
    with pytest.raises(AnalysisError, match="confidence is 2"):
        combine([np.zeros(1)], [np.zeros(1)], confidence=2)

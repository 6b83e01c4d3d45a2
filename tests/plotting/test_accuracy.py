"""Errors against the distance from equilibrium, and their picture."""

import numpy as np

from sswnn.plotting.accuracy import plot_accuracy, rms_by_bin


def test_bins_hold_root_mean_squares_of_enough_frames():
    distance = np.array([0.5, 1.0, 1.5, 2.0, 9.0, 10.0, 50.0])
    error = np.array([9.0, 3.0, 4.0, 5.0, 1.0, 7.0, 99.0])
    centre, rms = rms_by_bin(distance, error, np.array([1.0, 4.0, 6.0, 10.0]), fewest=2)
    np.testing.assert_allclose(centre, [2.0, np.sqrt(60)])
    np.testing.assert_allclose(rms, [np.sqrt(50 / 3), 5.0])  # 0.5 and 50 lie outside, 10 on the last limit
    assert rms_by_bin(distance, error, np.array([1.0, 4.0, 6.0, 10.0]), fewest=4)[0].size == 0


def test_accuracy_is_drawn_whatever_has_no_error(tmp_path):
    rng = np.random.default_rng(2)
    distance = 10 ** rng.uniform(-2, 1, 400)
    distance[0] = 0.0
    error = np.abs(rng.normal(size=400)) * distance
    energy, force = rng.normal(size=(2, 400)), rng.normal(size=(2, 4000))
    path = tmp_path / "accuracy.png"
    plot_accuracy(energy, force, distance, error, path, classes={"far": distance > 1, "none": distance > 99})
    assert path.stat().st_size > 10_000

"""Root mean squares in bins of predicted uncertainty, and their picture."""

import numpy as np

from sswnn.plotting.uncertainty import binned, plot_uncertainty


def test_bins_hold_root_mean_squares_and_quartiles():
    predicted = np.array([1.0, 1.0, 1.0, 1.0, 3.0, 4.0])
    error = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 5.0])
    x, y, quartiles = binned(predicted, error, np.array([0.0, 2.0, 4.0]), fewest=2)
    np.testing.assert_allclose(x, [1.0, np.sqrt(12.5)])
    np.testing.assert_allclose(y, [np.sqrt(7.5), 5.0])
    np.testing.assert_allclose(quartiles, [[1.75, 5.0], [3.25, 5.0]])


def test_bins_with_too_few_atoms_are_left_out():
    x, y, quartiles = binned(
        np.array([1.0, 1.5, 3.0]), np.ones(3), np.array([0.0, 2.0, 4.0]), fewest=2
    )
    assert x.shape == y.shape == (1,)
    assert binned(np.array([1.0]), np.ones(1), np.array([0.0, 2.0]))[2].shape == (2, 0)
    assert quartiles.shape == (2, 1)


def test_true_widths_of_gaussian_errors_lie_on_the_diagonal():
    rng = np.random.default_rng(0)
    width = 10 ** rng.uniform(-2, 1, 40_000)
    error = np.sqrt(np.mean((width[:, None] * rng.normal(size=(len(width), 3))) ** 2, axis=1))
    x, y, _ = binned(width, error, np.quantile(width, np.linspace(0, 1, 11)))
    np.testing.assert_allclose(y, x, rtol=0.05)


def test_uncertainty_is_drawn(tmp_path):
    rng = np.random.default_rng(1)
    width = 10 ** rng.uniform(-2, 0, 2000)
    error = width * np.abs(rng.normal(size=2000))
    path = tmp_path / "uncertainty.png"
    edges = np.quantile(width, np.linspace(0, 1, 11))
    plot_uncertainty(width, error, edges, path, classes={"large": width > 0.1, "none": width > 9})
    assert path.stat().st_size > 10_000

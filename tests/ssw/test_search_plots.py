"""Pictures of a search: the numbers behind them, and that they are drawn."""

import numpy as np
import pytest

from sswnn.plotting import search
from sswnn.plotting.search import plot_progress, plot_spectrum, running_best, spread, subscripted


def test_running_best_is_the_lowest_of_all_at_equal_calls():
    calls = [np.array([10, 30, 50]), np.array([20, 40])]
    energy = [np.array([-1.0, -3.0, -2.0]), np.array([-2.0, -4.0])]
    together, best = running_best(calls, energy)
    np.testing.assert_array_equal(together, [10, 20, 30, 40])
    np.testing.assert_array_equal(best, [-1, -2, -3, -4])


def test_spread_keeps_order_and_gap():
    moved = spread(np.array([0.0, 0.1, 0.15, 5.0]), 1.0)
    np.testing.assert_allclose(moved, [0, 1, 2, 5])
    assert (np.diff(moved) >= 1.0).all()


def test_formulas_and_space_groups():
    assert subscripted("Li2ZrCl12") == "Li$_{2}$ZrCl$_{12}$"
    assert search._symbol("P-31m") == r"$P\bar{3}1m$"
    assert search._symbol("P6_3/mmc") == "$P6_{3}/mmc$"


@pytest.mark.parametrize("walkers", [1, 6, 30])
def test_progress_is_drawn(tmp_path, walkers):
    rng = np.random.default_rng(1)
    calls = [np.cumsum(rng.integers(100, 400, 20)) for _ in range(walkers)]
    energy = [-170 - rng.random(20) for _ in range(walkers)]
    path = tmp_path / "progress.png"
    plot_progress(calls, energy, path, unit="ε", reference=-173.928427)
    assert path.stat().st_size > 5000


@pytest.mark.parametrize("count", [1, 2, 40])
def test_spectrum_is_drawn(tmp_path, count):
    rng = np.random.default_rng(1)
    energy = rng.random(count) * 100
    path = tmp_path / "spectrum.svg"
    formula = ["Li2ZrCl6" if k % 2 else "Li3ZrCl7" for k in range(count)]
    plot_spectrum(energy, path, composition=formula, space_group=["C2/m"] * count, window=50.0)
    text = path.read_text()
    assert text.startswith("<?xml")
    plot_spectrum(energy, tmp_path / "plain.png")
    assert (tmp_path / "plain.png").stat().st_size > 2000

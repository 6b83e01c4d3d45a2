"""The front of cost and error, and its picture."""

import numpy as np
import pytest

from sswnn.plotting.pareto import front, plot_pareto


def test_front_holds_what_nothing_beats_in_both():
    cost = [4.0, 1.0, 2.0, 3.0, 5.0]
    error = [0.1, 1.0, 0.5, 0.7, 0.1]  # 3 is beaten by 2 in both, 4 equals 0 and costs more
    np.testing.assert_array_equal(front(cost, error), [1, 2, 0])


def test_front_of_equal_points_holds_one_and_no_nan():
    np.testing.assert_array_equal(front([1.0, 1.0, np.nan, 0.5], [2.0, 2.0, 0.1, np.nan]), [0])
    assert len(front([], [])) == 0


def test_front_agrees_with_its_definition():
    rng = np.random.default_rng(3)
    cost, error = rng.random((2, 60))
    beaten = [((cost < c) & (error < e)).any() for c, e in zip(cost, error, strict=True)]
    found = front(cost, error)
    np.testing.assert_array_equal(np.sort(found), np.flatnonzero(~np.array(beaten)))
    assert (np.diff(cost[found]) > 0).all() and (np.diff(error[found]) < 0).all()


@pytest.mark.parametrize("peer", [[False, True, False], [False] * 3, [True] * 3])
def test_pareto_is_drawn(tmp_path, peer):
    path = tmp_path / "pareto.png"
    plot_pareto(["a", "b", "c"], [1.0, 30.0, 5.0], [9.0, 20.0, 4.0], [0.3, 0.5, 0.1], peer, path)
    assert path.stat().st_size > 5000

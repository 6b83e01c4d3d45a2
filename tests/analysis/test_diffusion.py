"""Diffusion coefficients of walks whose answer is known: values, intervals that hold it, and refusals."""

import numpy as np
import pytest

from sswnn.analysis.transport.diffusion import CM2_PER_S, charge_diffusion, diffusion
from sswnn.analysis.transport.displacements import from_positions
from sswnn.analysis.transport.walks import KINDS, walk
from sswnn.errors import AnalysisError


def run_of(made, interval_ps=1.0):
    return from_positions(made.positions, ["Li"] * made.positions.shape[1], interval_ps=interval_ps)


@pytest.mark.parametrize("kind", KINDS)
def test_the_value_lies_in_the_interval(kind):
    made = walk(kind, 1500, 32, np.random.default_rng(4), hops_per_frame=0.1)
    found = diffusion([run_of(made)], "Li")
    estimate = found.coefficient_cm2_per_s
    assert estimate.low < made.D_A2_per_frame * CM2_PER_S < estimate.high
    assert estimate.high < 1.8 * estimate.low
    assert sum(s.weight for s in found.starts) == pytest.approx(1)


def test_most_intervals_hold_the_value():
    random = np.random.default_rng(9)
    inside = []
    for k in range(40):
        made = walk(KINDS[k % 4], 500, 16, random, hops_per_frame=0.2, memory=5.0)
        estimate = diffusion([run_of(made)], "Li").coefficient_cm2_per_s
        inside.append(estimate.low < made.D_A2_per_frame * CM2_PER_S < estimate.high)
    assert sum(inside) >= 35  # 38 expected; below 35 has a probability of 1 %


def test_units():
    made = walk("hops", 1000, 16, np.random.default_rng(1))
    slow, fast = (diffusion([run_of(made, dt)], "Li") for dt in (2.0, 1.0))
    ratio = fast.coefficient_cm2_per_s.value / slow.coefficient_cm2_per_s.value
    assert ratio == pytest.approx(2) and slow.start_ps == pytest.approx(2 * fast.start_ps)


def test_jumps_back_and_forth_move_the_start():
    random = np.random.default_rng(2)
    starts = [
        diffusion([run_of(walk("returns", 4000, 64, random, memory=memory))], "Li").start_ps
        for memory in (2.0, 40.0)
    ]
    assert starts[1] > 3 * starts[0] and starts[1] > 40


def test_anisotropy_and_its_directions():
    made = walk("hops", 3000, 64, np.random.default_rng(3), axes=(1, 1, 6), hops_per_frame=0.2)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    made_turned = from_positions(made.positions @ turn, ["Li"] * 64, interval_ps=1.0)
    straight, turned = diffusion([run_of(made)], "Li"), diffusion([made_turned], "Li")
    for axis, expected in zip(straight.axes_cm2_per_s, made.axes_A2_per_frame, strict=True):
        assert axis.low < expected * CM2_PER_S < axis.high
    values, directions = turned.principal_cm2_per_s()
    assert values[0] / values[2] == pytest.approx(6, rel=0.2)
    assert abs(directions[0] @ turn[2]) > 0.99
    assert straight.directions == pytest.approx(64 / 38, rel=0.1)


def test_two_runs_are_pooled():
    random = np.random.default_rng(6)
    runs = [run_of(walk("hops", t, 16, random)) for t in (1500, 1500, 700)]
    one, all_three = diffusion(runs[:1], "Li"), diffusion(runs, "Li")
    assert all_three.runs == 3 and all_three.particles == 48
    narrowing = all_three.coefficient_cm2_per_s.relative_error / one.coefficient_cm2_per_s.relative_error
    assert 0.4 < narrowing < 0.9  # 1 / sqrt(37 / 15) = 0.64


def test_short_runs_beside_a_long_one_do_not_spread_the_bootstrap():
    """Lags that a short run does not have are no displacements of zero."""
    random = np.random.default_rng(6)
    long, *short = (run_of(walk("persistent", t, 16, random, hops_per_frame=0.2)) for t in (1600, 160, 160, 160, 160))
    alone, pooled = (diffusion(runs, "Li").bootstrap_cm2_per_s for runs in ([long], [long, *short]))
    assert pooled[1] - pooled[0] < 1.5 * (alone[1] - alone[0])


def test_atoms_that_jump_together_are_noticed():
    random = np.random.default_rng(7)
    alone, pairs = (
        diffusion([run_of(walk(kind, 3000, 32, random, hops_per_frame=0.3))], "Li") for kind in ("hops", "strings")
    )
    assert pairs.together > 1.2 and pairs.together > alone.together + 0.1


def test_collective_diffusion_of_pairs_is_twice_that_of_tracers():
    made = walk("strings", 20000, 8, np.random.default_rng(8), hops_per_frame=0.3)
    estimate = charge_diffusion([run_of(made)], {"Li": 1.0}).coefficient_cm2_per_s
    assert estimate.low < 2 * 8 * made.D_A2_per_frame * CM2_PER_S < estimate.high


def test_refusals():
    random = np.random.default_rng(1)
    still = random.normal(scale=0.2, size=(600, 12, 3))
    with pytest.raises(AnalysisError, match="Li: "):
        diffusion([from_positions(still, ["Li"] * 12, interval_ps=1.0)], "Li")
    few = walk("hops", 600, 8, random, hops_per_frame=0.001)
    with pytest.raises(AnalysisError, match=r"hops of 3 A, at least 20 are needed|uncertain by"):
        diffusion([run_of(few)], "Li")
    with pytest.raises(AnalysisError, match="20 frames, diffusion needs at least 32"):
        diffusion([run_of(walk("hops", 20, 4, random))], "Li")
    with pytest.raises(AnalysisError, match="no Na"):
        diffusion([run_of(few)], "Na")
    ballistic = np.arange(400.0)[:, None, None] * np.ones((1, 8, 3))
    with pytest.raises(AnalysisError, match="no diffusive regime"):
        diffusion([from_positions(ballistic, ["Li"] * 8, interval_ps=1.0)], "Li")

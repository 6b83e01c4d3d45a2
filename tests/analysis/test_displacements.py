"""Displacements in memory and in a file are the same; products of displacements against the definition."""

import numpy as np
import pytest
from test_msd import as_frames

from sswnn.analysis.transport.correlation import PAIRS, lag_products, pooled
from sswnn.analysis.transport.displacements import collect, from_positions, same_interval
from sswnn.errors import AnalysisError


def walk(frames: int = 300, particles: int = 7, seed: int = 1, scale: float = 0.5) -> np.ndarray:
    return np.cumsum(np.random.default_rng(seed).normal(scale=scale, size=(frames, particles, 3)), axis=0)


def test_memory_and_file_agree(tmp_path):
    frames = as_frames(walk(), ["Li"] * 4 + ["Cl"] * 3, wrap=True)
    memory = collect(frames)
    file = collect(frames, memory_gib=1e-6, folder=tmp_path)
    assert isinstance(file.blocks[0].base, np.memmap) and not isinstance(memory.blocks[0].base, np.memmap)
    for atoms in (np.arange(7), np.array([1, 2]), np.array([0, 3, 6])):
        np.testing.assert_allclose(file.read(atoms), memory.read(atoms), atol=1e-5)
    np.testing.assert_allclose(memory.read(np.arange(7)), (walk() - walk()[0]).transpose(1, 2, 0), atol=1e-9)
    assert memory.volume_A3 == pytest.approx(10 * 9 * 12)
    assert not list(tmp_path.iterdir())  # the file has no name any more


def test_frames_that_are_left_out_count_where_positions_are_wrapped():
    """Followed through all frames: every eighth alone would take long steps for short ones the other way."""
    r = walk(scale=1.0)
    frames = as_frames(r, ["Li"] * 7, wrap=True)
    moved = collect(frames, every=8)
    np.testing.assert_allclose(moved.read(np.arange(7)), (r[::8] - r[0]).transpose(1, 2, 0), atol=1e-9)
    assert moved.interval_ps == pytest.approx(8 * collect(frames).interval_ps)
    with pytest.raises(AnalysisError, match=r"\d+\.\d % of the steps from frame to frame are longer than 0.4 of the cell"):
        collect(frames[::8])
    collect(as_frames(r, ["Li"] * 7)[::8])  # not wrapped


def test_drift_of_the_framework_is_removed():
    r = walk() + 0.1 * np.arange(300)[:, None, None]
    symbols = ["Li"] * 4 + ["Cl"] * 3
    moved = collect(as_frames(r, symbols), still=("Cl",))
    np.testing.assert_allclose(moved.read(moved.of("Cl")).mean(axis=0), 0, atol=1e-9)
    assert moved.drift_A == pytest.approx((r[-1, 4:] - r[0, 4:]).mean(axis=0))
    with pytest.raises(AnalysisError, match="no Zr in the trajectory, elements are Li, Cl"):
        collect(as_frames(r, symbols), still=("Zr",))


def test_products_give_the_definition():
    r = walk(30, 5)
    found = lag_products(from_positions(r, ["Li"] * 5, interval_ps=1.0), np.arange(5), 16)
    for lag in (0, 1, 7, 15):
        away = r[lag:] - r[: 30 - lag]
        for p, (a, b) in enumerate(PAIRS):
            assert found.mean[lag, p] == pytest.approx((away[..., a] * away[..., b]).mean(), abs=1e-10)
    assert found.groups.mean(axis=0) == pytest.approx(found.total)


def test_pooled_runs_weigh_particles_times_origins():
    parts = [from_positions(walk(t, n, t), ["Li"] * n, interval_ps=1.0) for t, n in ((40, 3), (20, 6))]
    products = [lag_products(p, np.arange(len(p.symbols)), p.frames // 2) for p in parts]
    both = pooled(products)
    a, b = products
    assert both[5] == pytest.approx((35 * 3 * a.mean[5] + 15 * 6 * b.mean[5]) / (35 * 3 + 15 * 6))
    assert both[15] == pytest.approx(a.mean[15])  # the short run has no such lag


def test_charge_displacement():
    moved = from_positions(walk(), ["Li"] * 4 + ["Cl"] * 3, interval_ps=1.0)
    charge = moved.charge({"Li": 1.0, "Cl": -1.0})
    expected = walk()[:, :4].sum(axis=1) - walk()[:, 4:].sum(axis=1)
    np.testing.assert_allclose(charge.read(np.array([0]))[0], expected.T)
    with pytest.raises(AnalysisError, match="no charged atom"):
        moved.charge({"Zr": 4.0})


def test_different_intervals_are_refused():
    parts = [from_positions(walk(), ["Li"] * 7, interval_ps=dt) for dt in (1.0, 2.0)]
    with pytest.raises(AnalysisError, match="different intervals between frames, 1 to 2 ps"):
        same_interval(parts)

"""Lowest percolating paths: constructed landscapes with known bottlenecks, an independent search, folded densities."""

import numpy as np
import pytest
from ase.units import kB

from sswnn.analysis import Frame
from sswnn.analysis.sites.folded import FoldedDensityObserver, free_energy
from sswnn.analysis.sites.paths import paths_of
from sswnn.analysis.sites.percolation import crossings
from sswnn.analysis.trajectories.passes import follow
from sswnn.errors import AnalysisError


def test_a_known_bottleneck():
    energy = np.full((12, 10, 8), np.inf)
    energy[:, 2, 3], energy[5, 2, 3] = 0.1, 0.37
    energy[:, 7, 3], energy[8, 7, 3] = 0.05, 0.45  # a worse channel
    energy[3, 2, :4] = 0.0  # a side branch that leads nowhere
    a, b, c = crossings(energy)
    assert b is None and c is None
    assert (
        a.level == 0.37 and a.bottom == 0.0 and abs(a.winding[0]) == 1 and not a.winding[1:].any()
    )
    assert len(a.voxels) == 13 and (np.abs(np.diff(a.voxels, axis=0)).sum(axis=1) == 1).all()
    assert (a.voxels[-1] - a.voxels[0] == a.winding * energy.shape).all()


def test_a_path_that_winds_around_two_axes_at_once():
    energy = np.full((6, 6, 4), np.inf)
    for k in range(6):
        energy[k, k, 1] = energy[(k + 1) % 6, k, 1] = 0.2
    a, b, c = crossings(energy)
    assert a.level == b.level == 0.2 and c is None
    assert abs(a.winding[0]) == 1 and a.winding[0] == a.winding[1]


def by_union_find(energy):
    """Levels by adding voxels one by one, each with its place relative to the root of its tree."""
    shape = energy.shape
    parent, offset = {}, {}

    def root(x):
        total = np.zeros(3, int)
        while parent[x] != x:
            total = total + offset[x]
            x = parent[x]
        return x, total

    found = [None] * 3
    for index in np.argsort(energy, axis=None):
        here = tuple(int(x) for x in np.unravel_index(index, shape))
        parent[here], offset[here] = here, np.zeros(3, int)
        for step in np.concatenate([np.eye(3, dtype=int), -np.eye(3, dtype=int)]):
            there = np.array(here) + step
            wrapped = tuple(int(x) for x in there % shape)
            if wrapped not in parent:
                continue
            period = there // shape
            (p, to_p), (q, to_q) = root(here), root(wrapped)
            relative = to_p - to_q - period
            if p != q:
                parent[q], offset[q] = p, relative
            else:
                for axis in np.flatnonzero(relative):
                    found[axis] = found[axis] if found[axis] is not None else energy[here]
    return found


@pytest.mark.parametrize("seed", range(4))
def test_levels_agree_with_an_independent_search(seed):
    energy = np.random.default_rng(seed).random((6, 5, 4))
    found = crossings(energy)
    assert [c.level for c in found] == by_union_find(energy)
    for axis, c in enumerate(found):
        assert c.winding[axis] != 0
        assert energy[tuple((c.voxels % energy.shape).T)].max() == c.level


def test_the_barrier_of_a_boltzmann_density():
    kelvin, barrier = 700.0, 0.25
    x = 2 * np.pi * np.arange(16) / 16
    wells = np.minimum(0.5 * barrier * (1 - np.cos(2 * x)), barrier)  # two wells along a
    energy = wells[:, None, None] + 0.6 * (1 - np.cos(x))[None, :12, None] + np.zeros((1, 1, 8))
    density = 3.0 * np.exp(-energy / (kB * kelvin))
    found = free_energy(density, kelvin)
    np.testing.assert_allclose(found, energy, atol=1e-9)
    a, _, c = crossings(found)
    assert a.level == pytest.approx(barrier) and c.level == pytest.approx(0, abs=1e-9)
    closed = free_energy(density, kelvin, least=3.0 * np.exp(-0.2 / (kB * kelvin)))
    assert crossings(closed)[0] is None
    for wrong in (0.0, -5.0, np.nan):
        with pytest.raises(AnalysisError, match="temperature is"):
            free_energy(density, wrong)


CELL = np.diag([8.0, 8.0, 6.0])


def moving(count=4000, drift=0.0):
    """Cl at the corners of four cubes, and two Li anywhere on the lines along a between them, independent in each frame."""
    rng = np.random.default_rng(3)
    cl = np.array([[x, y, z] for x in (0.0, 4.0) for y in (0.0, 4.0) for z in (0.0,)])
    for t in range(count):
        li = np.array([[rng.random() * 8, 2.0, 3.0], [rng.random() * 8, 6.0, 3.0]])
        noise = rng.normal(0, 0.05, (6, 3))
        moved = np.concatenate([li, cl]) + noise + drift * t
        yield Frame(t, t, None, np.array(["Li"] * 2 + ["Cl"] * 4), moved, CELL)


@pytest.mark.parametrize("drift", [0.0, 0.013])
def test_ions_on_lines(drift):
    observer = follow(FoldedDensityObserver(spacing=0.4, smoothing=0.3), moving(drift=drift))
    assert observer.repeats == (2, 2, 1)
    result = paths_of(observer, 500.0)
    assert [c is not None for c in result.crossings] == [True, False, False]
    assert result.crossings[0].level < 0.02 and result.samples == 8000
    density = result.density
    voxel = np.linalg.det(density.cell) / density.density_per_A3.size
    assert density.density_per_A3.sum() * voxel == pytest.approx(0.5)  # Li in one of the four cells
    assert np.diag(density.cell) == pytest.approx([4, 4, 6]) and len(density.symbols) <= 2
    rows = result.rows()
    assert rows[0]["length_A"] == pytest.approx(4, abs=0.1) and [r["percolates"] for r in rows] == [
        1,
        0,
        0,
    ]
    length, energy = result.profile(result.crossings[0])
    assert (
        energy.max() == result.crossings[0].level
        and energy[0] == energy.min()
        and (np.diff(length) > 0).all()
    )


def test_repeats_that_are_given_or_impossible():
    observer = follow(FoldedDensityObserver(smoothing=0, repeats=(1, 1, 1)), moving(20))
    assert observer.folded().cell == pytest.approx(CELL) and observer.least_density() == 0
    with pytest.raises(AnalysisError, match="repeats are 0 1 1"):
        FoldedDensityObserver(repeats=(0, 1, 1))

"""Directions of a climb: their statistics, what they leave out, and the softening against an eigenvector."""

import numpy as np
import pytest
from scipy import stats
from ssw_tools import NO_CELL, Quadratic, icosahedron

from sswnn.ssw.mode import DIMER_LENGTH, LAMBDA, Rotation, initial_direction, soften, without_rigid
from sswnn.ssw.surface import PairwiseSurface


def unit(rng: np.random.Generator, n: int) -> np.ndarray:
    direction = rng.normal(size=(n, 3))
    return direction / np.linalg.norm(direction)


def bowl(n: int, seed: int, lowest: float) -> Quadratic:
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.normal(size=(3 * n, 3 * n)))[0]
    return Quadratic(axes * np.linspace(lowest, 30, 3 * n) @ axes.T, rng.normal(size=(n, 3)))


@pytest.mark.parametrize("bias", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("lowest", [0.5, -3.0])
def test_softening_finds_the_lowest_mode_of_the_biased_curvature(bias, lowest):
    """As many iterations as dimensions: the eigenvector of H - a N0 N0ᵀ to the lowest eigenvalue, a = bias N0·H N0."""
    n = 3
    surface = bowl(n, seed=1, lowest=lowest)
    start = unit(np.random.default_rng(2), n)
    here = surface.centre + 0.2
    rotation = Rotation(iterations=3 * n, torque=1e-9, bias=bias)
    found = soften(lambda x: surface(x).forces, here, surface(here).forces, start, rotation)
    flat = start.ravel()
    curvature = flat @ surface.matrix @ flat
    assert curvature > 0
    values, vectors = np.linalg.eigh(surface.matrix - bias * curvature * np.outer(flat, flat))
    assert values[1] - values[0] > 0.1
    assert abs(vectors[:, 0] @ found.ravel()) == pytest.approx(1, abs=1e-7)
    assert (found * start).sum() > 0
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-12)


def test_softening_lowers_the_curvature_and_stays_near_its_start():
    surface = PairwiseSurface("lj", 13)
    x = icosahedron()
    rng = np.random.default_rng(3)

    def forces(r):
        return surface(r, NO_CELL).forces

    def curvature(v):
        moved = forces(x + DIMER_LENGTH * v) - forces(x - DIMER_LENGTH * v)
        return -float((moved * v).sum()) / (2 * DIMER_LENGTH)

    for _ in range(10):
        start = initial_direction(rng, x, np.ones(13), 1.11)
        before = surface.calls
        found = soften(forces, x, forces(x), start, Rotation(iterations=5))
        assert surface.calls - before <= 6
        assert curvature(found) < curvature(start)
        assert (found * start).sum() > 0.5
        np.testing.assert_allclose(found, without_rigid(found, x, True), atol=0.02)


def test_softening_ends_when_the_torque_is_gone():
    """An eigenvector is left alone after one call; a torque limit beyond all torques means one call as well."""
    surface = bowl(3, seed=4, lowest=1.0)
    vector = np.linalg.eigh(surface.matrix)[1][:, 4].reshape(3, 3)
    here, start = surface.centre + 0.1, unit(np.random.default_rng(5), 3)
    forces = surface(here).forces
    surface.calls = 0
    found = soften(lambda x: surface(x).forces, here, forces, vector, Rotation(iterations=9))
    assert surface.calls == 1
    np.testing.assert_allclose(found, vector, atol=1e-9)
    found = soften(lambda x: surface(x).forces, here, forces, start, Rotation(torque=1e3))
    assert surface.calls == 2
    np.testing.assert_allclose(found, start, atol=1e-12)


def test_rigid_motion_is_removed():
    rng = np.random.default_rng(6)
    x = rng.normal(size=(6, 3)) + 5.0
    arms = x - x.mean(axis=0)
    internal = without_rigid(rng.normal(size=x.shape), x, rotations=True)
    np.testing.assert_allclose(internal.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(np.cross(arms, internal).sum(axis=0), 0, atol=1e-12)
    assert np.linalg.norm(internal) == pytest.approx(1, abs=1e-12)
    rigid = np.cross([0.3, -1.0, 0.4], arms) + np.array([1.0, 2.0, -3.0])
    np.testing.assert_allclose(without_rigid(internal + rigid, x, True), internal, atol=1e-12)
    with pytest.raises(ValueError, match="without any internal motion"):
        without_rigid(rigid, x, rotations=True)
    turning = without_rigid(rigid, x, rotations=False)  # a crystal cannot turn freely
    expected = np.cross([0.3, -1.0, 0.4], arms)
    np.testing.assert_allclose(turning, expected / np.linalg.norm(expected), atol=1e-12)


def test_rigid_motion_of_a_row_of_atoms():
    """The moment of inertia about the row is zero; nothing divides by it."""
    x = np.zeros((4, 3))
    x[:, 2] = np.arange(4)
    out = without_rigid(np.random.default_rng(7).normal(size=(4, 3)), x, rotations=True)
    assert np.isfinite(out).all()
    np.testing.assert_allclose(np.cross(x - x.mean(axis=0), out).sum(axis=0), 0, atol=1e-12)


def test_the_global_part_has_the_distribution_of_velocities():
    """No pair is far enough apart for a local part; then v² is distributed as 1/m, and components are normal."""
    rng = np.random.default_rng(8)
    n, runs = 40, 400
    masses = np.where(np.arange(n) % 2, 6.94, 91.22)
    x = rng.uniform(0, 5, (n, 3))
    directions = np.array(
        [initial_direction(rng, x, masses, 1e3, np.eye(3) * 5) for _ in range(runs)]
    )
    square = (directions**2).mean(axis=(0, 2))
    light, heavy = square[1::2].mean(), square[::2].mean()
    # Removing the mean displacement gives the heavy atoms a little of the light ones' motion: 1/m_i (1 - 2/n) + mean(1/m)/n.
    inverse = 1 / masses
    expected = inverse * (1 - 2 / n) + inverse.mean() / n
    assert light / heavy == pytest.approx(expected[1] / expected[0], rel=0.06)
    sample = directions[:, 1, 0] / directions[:, 1::2].std()
    assert stats.kstest(sample, "norm").pvalue > 1e-3
    assert abs(stats.kurtosis(directions[:, 1::2].ravel())) < 0.2  # the norm is fixed: -0.1


def test_the_local_part_moves_a_pair_towards_each_other():
    rng = np.random.default_rng(9)
    x = np.concatenate([icosahedron(), icosahedron() + np.array([3.0, 0, 0])])
    masses = np.full(len(x), 1e16)
    masses[0] = (
        1.0  # the global part is the motion of one atom: the rest is what the local part adds
    )
    seen = []
    for _ in range(300):
        v = initial_direction(rng, x, masses, 2.0, np.eye(3) * 1e3)
        v = v - v[np.argsort(np.linalg.norm(v - np.median(v, axis=0), axis=1))[: len(x) // 2]].mean(
            axis=0
        )
        moving = [k for k in np.argsort(-np.linalg.norm(v, axis=1)) if k][:2]
        if np.linalg.norm(v[moving[1]]) < 1e-3:
            continue  # the pair held atom 0
        a, b = moving
        between = x[b] - x[a]
        assert np.linalg.norm(between) > 2.0
        assert v[a] @ between > 0 > v[b] @ between
        np.testing.assert_allclose(v[a], -v[b], atol=1e-6)
        np.testing.assert_allclose(np.cross(v[a], between), 0, atol=1e-6)
        seen.append(np.linalg.norm(v[a]) * np.sqrt(2) / np.linalg.norm(v[0]))
    assert len(seen) > 200
    # |local| / |global| is uniform; the motion of atom 0 loses 1/n to the centre
    share = np.array(seen) * (1 - 1 / len(x))
    low, high = LAMBDA
    assert stats.kstest(share, stats.uniform(low, high - low).cdf).pvalue > 1e-3


def test_the_pair_of_a_crystal_is_that_of_nearest_images():
    """Across the boundary two atoms are near, so that this pair is never chosen and the direction stays a global one."""
    cell = np.eye(3) * 10.0
    x = np.array([[0.5, 5, 5], [9.5, 5, 5]])  # 1 Å apart through the boundary, 9 Å inside
    rng = np.random.default_rng(10)
    far = [initial_direction(rng, x, np.ones(2), 3.0, None) for _ in range(50)]
    near = [initial_direction(rng, x, np.ones(2), 3.0, cell) for _ in range(200)]
    along = np.abs(np.array(near)[:, 0, 0]) * np.sqrt(2)
    assert stats.kstest(along, "uniform").pvalue > 1e-3  # isotropic: cos θ of a random vector
    assert np.isfinite(far).all()


def test_no_direction_moves_the_centre():
    """The mean displacement is zero, which is the translation that an energy does not feel, whatever the masses."""
    rng = np.random.default_rng(11)
    x = rng.uniform(0, 6, (12, 3))
    masses = rng.uniform(1, 200, 12)
    for cell in (None, np.eye(3) * 6):
        for _ in range(20):
            v = initial_direction(rng, x, masses, 2.0, cell)
            np.testing.assert_allclose(v.mean(axis=0), 0, atol=1e-13)
            assert np.linalg.norm(v) == pytest.approx(1, abs=1e-12)

"""A climb leaves the basin that it starts in, below the energy it had or at the last Gaussian."""

from itertools import pairwise

import numpy as np
import pytest
from ssw_tools import NO_CELL, bipyramid, icosahedron, reduced

from sswnn.errors import StructureError
from sswnn.ssw import climb as module
from sswnn.ssw.climb import climb
from sswnn.ssw.minimise import Tolerance, relax_atoms
from sswnn.ssw.mode import initial_direction
from sswnn.ssw.surface import PairwiseSurface

QUENCH = Tolerance(force=1e-4, longest=0.1, curvature=60)


def minimum(x: np.ndarray):
    surface = PairwiseSurface("lj", len(x))
    found = relax_atoms(surface, x, NO_CELL, QUENCH)
    surface.calls = 0
    return surface, found.positions, found.evaluation.energy


@pytest.mark.parametrize(("x", "share"), [(bipyramid(), 0.3), (icosahedron(), 0.8)])
def test_a_climb_leaves_the_basin(x, share):
    """Most quenches after a climb end in another minimum, none below the global one."""
    surface, x, energy = minimum(x)
    settings = reduced().climb
    rng = np.random.default_rng(1)
    energies, runs = [], 20
    for _ in range(runs):
        start = initial_direction(rng, x, np.ones(len(x)), 1.11)
        kept = x.copy()
        end = climb(surface, x, NO_CELL, energy, start, settings)
        np.testing.assert_array_equal(x, kept)
        assert np.linalg.norm(end - x) > settings.width
        np.testing.assert_allclose(end.mean(axis=0), x.mean(axis=0), atol=1e-6)
        energies.append(relax_atoms(surface, end, NO_CELL, QUENCH).evaluation.energy)
    energies = np.array(energies)
    assert energies.min() > energy - 1e-6  # it was the global minimum
    assert np.mean(energies > energy + 0.1) > share


def test_a_climb_down_ends_when_it_is_below_its_start():
    """From a high minimum of 13 atoms one in two climbs ends early; then it lies below where it began."""
    rng = np.random.default_rng(2)
    surface, x, energy = minimum(rng.uniform(0, 2.6, (13, 3)))
    settings = reduced().climb
    below = 0
    for _ in range(20):
        start = initial_direction(rng, x, np.ones(13), 1.11)
        end = climb(surface, x, NO_CELL, energy, start, settings)
        below += surface(end, NO_CELL).energy < energy
    assert below > 3


def test_gaussians_stand_where_the_walker_stood(monkeypatch):
    """One width apart or more along their directions, never more than allowed; every one pushes forward when it is raised."""
    surface, x, energy = minimum(icosahedron())
    seen = []

    class Recorder(module.Bias):
        def add(self, centre, direction, height):
            super().add(centre, direction, height)
            ahead = centre + self.width * direction
            along = ((surface(ahead, NO_CELL).forces + self.forces(ahead)) * direction).sum()
            seen.append((centre.copy(), direction, height, along))

    monkeypatch.setattr(module, "Bias", Recorder)
    settings = reduced().climb
    start = initial_direction(np.random.default_rng(3), x, np.ones(13), 1.11)
    climb(surface, x, NO_CELL, energy, start, settings)
    assert 3 <= len(seen) <= settings.gaussians
    np.testing.assert_array_equal(seen[0][0], x)
    for centre, direction, height, along in seen:
        assert np.linalg.norm(direction) == pytest.approx(1, abs=1e-12)
        assert (direction * start).sum() > 0
        assert height >= 0
        if height > 0:
            assert along == pytest.approx(settings.push, abs=1e-9)
        else:
            assert along >= settings.push
        assert np.isfinite(centre).all()
    distances = [np.linalg.norm(b[0] - a[0]) for a, b in pairwise(seen)]
    assert np.mean(distances) > 0.5 * settings.width


def test_the_cost_of_a_climb_is_bounded():
    surface, x, energy = minimum(icosahedron())
    settings = reduced().climb
    start = initial_direction(np.random.default_rng(4), x, np.ones(13), 1.11)
    climb(surface, x, NO_CELL, energy, start, settings)
    each = settings.rotation.iterations + 1 + settings.relax.steps + 1
    assert 20 < surface.calls <= 1 + settings.gaussians * each


def test_errors_of_the_surface_pass_through():
    _, x, energy = minimum(icosahedron())

    class Failing(PairwiseSurface):
        def __call__(self, positions, cell):
            if self.calls > 30:
                raise StructureError("no convergence")
            return super().__call__(positions, cell)

    start = initial_direction(np.random.default_rng(5), x, np.ones(13), 1.11)
    with pytest.raises(StructureError, match="no convergence"):
        climb(Failing("lj", 13), x, NO_CELL, energy, start, reduced().climb)

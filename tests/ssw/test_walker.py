"""A walk: it finds the global minimum, continues bit for bit, survives failures, and refuses what must not be reported."""

import json
from dataclasses import replace

import numpy as np
import pytest
from ase.geometry import minkowski_reduce
from ssw_tools import LJ13, NO_CELL, distorted, icosahedron, reduced

from sswnn.data.prototypes import prototype
from sswnn.errors import ConfigError, StructureError
from sswnn.ssw.cell import CellMoves
from sswnn.ssw.climb import Climb
from sswnn.ssw.guard import Guard, holds_together
from sswnn.ssw.minimise import Tolerance, heights, relax_atoms
from sswnn.ssw.presets import cluster_settings
from sswnn.ssw.starts import random_cluster
from sswnn.ssw.surface import PairwiseSurface, PotentialSurface
from sswnn.ssw.walker import Walker, WalkSettings

LJ55 = -279.248470  # Cambridge Cluster Database


def cluster_walker(seed: int, surface=None, settings=None, count: int = 13) -> Walker:
    rng = np.random.default_rng(seed)
    x = random_cluster(rng, count).positions
    surface = surface or PairwiseSurface("lj", count)
    return Walker(surface, settings or reduced(), rng, x, NO_CELL)


def crystal_walker(seed: int, **others) -> Walker:
    atoms = distorted(prototype("licl_rocksalt"), seed, strain=0.03, width=0.1)
    settings = WalkSettings(
        temperature=0.2, pressure=0.01, swap_share=0.2,
        climb=Climb(gaussians=4, relax=Tolerance(force=0.2, steps=5)),
        cell=CellMoves(moves=2, relax=Tolerance(force=0.2, steps=5)),
        quench=Tolerance(force=0.05, stress=0.003, steps=200),
    )  # fmt: skip
    surface = PotentialSurface("LiZrCl", atoms.numbers)
    rng = np.random.default_rng(seed)
    return Walker(surface, replace(settings, **others), rng, atoms.positions, atoms.cell.array)


def signature(step) -> tuple:
    """All that a step says, in a form that compares bit for bit."""
    numbers = np.array([step.energy, step.enthalpy, step.uncertainty or 0.0])
    arrays = (step.positions.tobytes(), step.cell.tobytes(), numbers.tobytes())
    return (step.number, step.calls, step.accepted, step.reason, *arrays)


@pytest.mark.parametrize("seed", range(4))
def test_thirteen_lennard_jones_atoms_find_the_icosahedron(seed):
    walker = cluster_walker(seed)
    while walker.calls < 40_000 and walker.best > LJ13 + 1e-3:
        step = walker.step()
        assert step.reason is None, step.reason
    assert walker.best == pytest.approx(LJ13, abs=1e-4)
    assert walker.calls == walker.surface.calls == step.calls


@pytest.mark.parametrize("seed", [0, 4])
def test_fifty_five_lennard_jones_atoms_find_the_mackay_icosahedron(seed):
    """With the preset; 200 walks need 7400 calls on average, the slowest 28 500."""
    walker = cluster_walker(seed, settings=cluster_settings("lj"), count=55)
    while walker.calls < 40_000 and walker.best > LJ55 + 0.05:
        walker.step()
    tight = Tolerance(force=1e-5, steps=3000, longest=0.02, curvature=60)
    found = relax_atoms(walker.surface, walker.positions, NO_CELL, tight)
    assert found.evaluation.energy == pytest.approx(LJ55, abs=1e-4)


def test_the_first_step_quenches_the_start():
    walker = cluster_walker(5)
    assert not walker.started and walker.number == 0
    step = walker.step()
    assert walker.started and step.accepted and step.reason is None and step.number == 0
    assert walker.energy == step.energy == walker.surface(step.positions, NO_CELL).energy
    assert np.linalg.norm(walker.surface(step.positions, NO_CELL).forces, axis=1).max() < 0.01


def test_minima_and_acceptance_are_those_of_the_surface():
    """At T = 0 the walk never rises; what it reports are minima; a refused step leaves the walker where it was."""
    walker = cluster_walker(6, settings=reduced(temperature=0.0))
    walker.step()
    accepted = 0
    for _ in range(25):
        before, where = walker.energy, walker.positions
        step = walker.step()
        found = walker.surface(step.positions, NO_CELL)
        walker.surface.calls -= 1
        assert found.energy == step.energy
        assert np.linalg.norm(found.forces, axis=1).max() < walker.settings.quench.force
        assert step.accepted == (step.energy <= before)
        assert walker.energy == min(before, step.energy)
        if not step.accepted:
            assert walker.positions is where
        accepted += step.accepted
    assert 0 < accepted < 25


def check_continuation(make, steps: int, stop: int) -> list:
    whole = make()
    expected = [signature(whole.step()) for _ in range(steps)]
    first = make()
    done = [signature(first.step()) for _ in range(stop)]
    text = json.dumps(first.state())
    second = make()
    second.restore(json.loads(text))
    assert json.dumps(second.state()) == text
    done += [signature(second.step()) for _ in range(steps - stop)]
    assert done == expected
    return expected


@pytest.mark.parametrize("stop", [0, 1, 7])
def test_a_cluster_continues_bit_for_bit(stop):
    check_continuation(lambda: cluster_walker(7), 12, stop)


@pytest.mark.parametrize("stop", [0, 5])
def test_a_cluster_with_refills_continues_bit_for_bit(stop):
    check_continuation(lambda: cluster_walker(7, settings=reduced(refills=8)), 10, stop)


@pytest.mark.parametrize("stop", [1, 4])
def test_a_crystal_continues_bit_for_bit(stop):
    found = check_continuation(lambda: crystal_walker(8), 8, stop)
    assert sum(s[3] is None for s in found) > 3  # most steps found minima


def test_a_crystal_walks_in_reduced_cells():
    """From a cell sheared to a third of its height, and through strains that shear it further."""
    walker = crystal_walker(8)
    least = heights(walker.cell).min()
    walker.cell = np.array([[1, 0, 0], [3, 1, 0], [-2, 4, 1]]) @ walker.cell
    assert heights(walker.cell).min() < 0.4 * least
    for _ in range(6):
        step = walker.step()
        assert step.reason is None
        reduced_cell, _ = minkowski_reduce(step.cell)
        np.testing.assert_allclose(reduced_cell, step.cell, atol=1e-9)
        assert heights(step.cell).min() > 0.5 * least


def test_the_enthalpy_of_a_crystal_contains_the_pressure():
    walker = crystal_walker(9, swap_share=0.0)
    step = walker.step()
    volume = abs(np.linalg.det(step.cell))
    assert step.enthalpy == pytest.approx(step.energy + 0.01 * volume, abs=1e-9)
    virial = walker.surface(step.positions, step.cell).virial
    assert np.abs(virial / volume + 0.01 * np.eye(3)).max() < 0.003


class Failing(PairwiseSurface):
    """Lennard-Jones atoms whose evaluation fails between two numbers of calls."""

    def __init__(self, first: int, last: int, error: Exception):
        super().__init__("lj", 13)
        self.first, self.last, self.error = first, last, error

    def __call__(self, positions, cell):
        found = super().__call__(positions, cell)
        if self.first <= self.calls < self.last:
            raise self.error
        return found


@pytest.mark.parametrize(
    "error", [StructureError("no convergence"), np.linalg.LinAlgError("no convergence")]
)
def test_a_step_that_fails_is_told_and_the_walk_goes_on(error):
    walker = cluster_walker(10, Failing(700, 1300, error))
    steps = [walker.step() for _ in range(12)]
    failed = [s for s in steps if s.reason]
    assert failed and len(failed) < 700
    for step in failed:
        assert step.reason == "failed: no convergence" and not step.accepted
        assert np.isnan(step.energy) and np.isnan(step.enthalpy)
    while walker.surface.calls < 1300:
        walker.step()
    assert walker.step().reason is None
    assert walker.calls == walker.surface.calls


def test_forces_that_are_not_finite_fail_the_step():
    class NotFinite(PairwiseSurface):
        def __init__(self, call):
            super().__init__("lj", 13)
            self.call = call

        def __call__(self, positions, cell):
            found = super().__call__(positions, cell)
            return (
                found._replace(forces=found.forces * np.nan) if self.calls == self.call else found
            )

    for call, message in ((3, "force on point 0 is not finite"), (400, "")):
        walker = cluster_walker(11, NotFinite(call))
        reasons = [walker.step().reason for _ in range(5)]
        (reason,) = [r for r in reasons if r]
        assert reason.startswith("failed: ") and message in reason
        assert np.isfinite(walker.positions).all()


def test_programming_errors_are_not_swallowed():
    walker = cluster_walker(12, Failing(300, 10**9, KeyError("a mistake")))
    with pytest.raises(KeyError):
        for _ in range(5):
            walker.step()


def test_a_quench_that_does_not_end_is_not_reported():
    walker = cluster_walker(
        13, settings=reduced(quench=Tolerance(force=1e-6, steps=3, longest=0.1))
    )
    step = walker.step()
    assert step.reason == "not converged in 3 steps" and not step.accepted and not walker.started
    assert walker.stuck


def test_the_guard_names_what_it_refuses():
    atoms = prototype("licl_rocksalt")
    surface = PotentialSurface("LiZrCl", atoms.numbers)
    x, cell = atoms.positions, atoms.cell.array
    reason, uncertainty = Guard().reason(surface, x, cell)
    assert reason is None and uncertainty > 0
    lithium, chlorine = (np.flatnonzero(atoms.numbers == z)[0] for z in (3, 17))
    close = x.copy()
    close[lithium] = x[chlorine] + [0.4, 0.3, 0.0]
    reason, _ = Guard().reason(surface, close, cell)
    assert reason in (
        f"hole: {pair} 0.50 A, 0.22 of the covalent radii's sum, least 0.70"
        for pair in ("Li-Cl", "Cl-Li")
    )
    assert Guard(least_contact=0.2).reason(surface, close, cell)[0] is None
    across = x.copy()  # the same contact through the boundary
    across[lithium] = close[lithium] + cell[0] - 2 * cell[2]
    assert Guard().reason(surface, across, cell)[0] == reason
    reason, _ = Guard().reason(surface, 3 * x, 3 * cell)
    assert (
        reason
        == f"fallen apart: {27 * atoms.get_volume() / len(atoms):.0f} A^3 per atom, largest 100"
    )
    strict = Guard(uncertainty=uncertainty / 2)
    reason, same = strict.reason(surface, x, cell)
    assert (
        reason == f"uncertainty {uncertainty:.2f} eV/A above {uncertainty / 2:.2f}"
        and same == uncertainty
    )
    assert Guard(uncertainty=2 * uncertainty).reason(surface, x, cell)[0] is None
    cluster = PairwiseSurface("lj", 13)
    assert "hole: Ar-Ar 1.07 A" in Guard().reason(cluster, icosahedron(), NO_CELL)[0]
    assert Guard(least_contact=0).reason(cluster, icosahedron(), NO_CELL) == (None, None)


def test_crystals_whose_parts_stand_apart_have_fallen_apart():
    """Layers, chains and molecules with wide gaps, in skewed cells and in cells of one atom."""
    for name in ("licl_rocksalt", "li2zrcl6_c2m_4g", "zrcl4_p2c", "zrcl2_1t"):
        atoms = prototype(name)
        sheared = np.array([[1, 0, 0], [2, 1, 0], [-1, 3, 1]]) @ atoms.cell.array
        assert holds_together(atoms.positions, atoms.cell.array, 5.0)
        assert holds_together(atoms.positions + 7.0 * sheared[0], sheared, 5.0)
    for vectors in (1, 2, 3):  # a layer, a chain, an atom
        cell = np.diag([2.8] * 3)
        cell[3 - vectors :] *= 2.5
        assert not holds_together(np.zeros((1, 3)), cell, 5.0)
        assert holds_together(np.zeros((1, 3)), cell, 7.1)
    interwoven = np.diag([4.0, 4.0, 30.0])  # two nets, each in two dimensions, that do not touch
    assert not holds_together(np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 15.0]]), interwoven, 5.0)

    layer = prototype("zrcl2_1t")
    cell = layer.cell.array.copy()
    cell[2] *= 2
    apart = np.where(layer.get_scaled_positions()[:, 2] > 0.75, 1, 0)
    positions = layer.positions - apart[:, None] * layer.cell.array[2]
    surface = PotentialSurface("LiZrCl", layer.numbers)
    reason, _ = Guard().reason(surface, positions, cell)
    assert reason == "fallen apart: parts with gaps wider than 5.8 A"
    assert Guard(widest_gap=0.0).reason(surface, positions, cell)[0] is None


def test_what_the_guard_refuses_is_never_accepted():
    walker = crystal_walker(14, guard=Guard(uncertainty=1e-6))
    for _ in range(3):
        step = walker.step()
        assert step.reason.startswith("uncertainty") and not step.accepted and step.uncertainty > 0
        assert np.isfinite(step.energy)
    assert not walker.started and walker.stuck and walker.best == np.inf


def test_swaps_exchange_two_elements():
    walker = crystal_walker(15, swap_share=1.0)
    walker.step()
    numbers, before = walker.surface.numbers, walker.positions
    after = walker._swapped()
    moved = np.flatnonzero((after != before).any(axis=1))
    assert len(moved) == 2 and len(set(numbers[moved])) == 2
    np.testing.assert_array_equal(after[moved], before[moved[::-1]])
    one = cluster_walker(16, settings=reduced(swap_share=1.0))
    one.step()
    assert one.step().reason == "failed: swap moves need two elements"


def test_refills_end_the_step_in_a_lower_minimum():
    """The same starts settle lower, for calls that count; what is reported is still a minimum."""
    lower = 0
    for seed in range(6):
        plain, settled = (cluster_walker(seed, settings=reduced(refills=k), count=30) for k in (0, 8))
        first, second = plain.step(), settled.step()
        assert second.energy <= first.energy
        assert second.calls == settled.surface.calls >= first.calls
        largest = np.linalg.norm(settled.surface(second.positions, NO_CELL).forces, axis=1).max()
        assert largest < settled.settings.quench.force
        assert settled.energy == second.energy and second.accepted and second.reason is None
        lower += second.energy < first.energy - 0.5
    assert lower >= 3


def test_a_quench_that_does_not_end_is_not_settled():
    short = Tolerance(force=1e-6, steps=3, longest=0.1)
    walker = cluster_walker(13, settings=reduced(quench=short, refills=8))
    assert walker.step().calls == 4


def test_refills_are_refused_for_crystals_and_several_elements():
    with pytest.raises(ConfigError, match=r"walk\.refills is 3, but only clusters of one element"):
        crystal_walker(15, refills=3)
    two = PairwiseSurface("lj", 13)
    two.numbers[0] = 10
    with pytest.raises(ConfigError, match=r"walk\.refills is 3"):
        cluster_walker(15, two, reduced(refills=3))


def test_a_walk_starts_anew_after_steps_without_progress():
    walker = cluster_walker(17, settings=reduced(restart_after=5, temperature=0.0))
    seen = 0
    while not walker.stuck:
        step = walker.step()
        seen += 1
        assert walker.since_best <= 5 and seen < 500
    assert walker.since_best == 5
    number, calls, best = walker.number, walker.calls, walker.best
    walker.restart(random_cluster(walker.rng, 13).positions, NO_CELL)
    assert not walker.started and walker.number == number
    step = walker.step()
    assert not walker.stuck
    assert step.accepted and step.number == number and step.calls > calls
    assert walker.best == step.enthalpy and step.enthalpy >= best - 1e-6
    never = cluster_walker(18, settings=reduced(restart_after=0))
    never.step()
    never.since_best = 10**6
    assert not never.stuck

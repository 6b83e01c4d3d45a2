"""Vacancies on a cluster are where three spheres meet and nobody stands; refills fill them and never raise the energy."""

from itertools import combinations

import numpy as np
import pytest
from ssw_tools import LJ13, NO_CELL, icosahedron

from sswnn.ssw.minimise import Relaxed, Tolerance, relax_atoms
from sswnn.ssw.surface import Evaluation, PairwiseSurface
from sswnn.ssw.vacancies import (
    CLOSED,
    ROOM,
    TOUCHING,
    bond_length,
    contacts,
    refilled,
    settle,
    vacancies,
)

QUENCH = Tolerance(force=1e-4, longest=0.1, curvature=60)
SQUARE = np.array([[0.0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
FACE = np.array([1, 1, 1]) / np.sqrt(3)  # through the middle of a face of the icosahedron


def quench(x: np.ndarray) -> Relaxed:
    return relax_atoms(PairwiseSurface("lj", len(x)), x, NO_CELL, QUENCH)


def misplaced() -> np.ndarray:
    """The icosahedron of 13 Lennard-Jones atoms with a vertex moved to a face on the other side, relaxed."""
    x = quench(icosahedron()).positions
    away = int((x @ FACE).argmin())
    x[away] = 1.75 * FACE
    return quench(x).positions


def distinct(points: np.ndarray) -> np.ndarray:
    """The points without repetitions, in a fixed order."""
    return np.unique(np.round(points, 6) + 0.0, axis=0)


def test_an_icosahedron_has_a_vacancy_over_every_face():
    x = quench(icosahedron()).positions
    bond = bond_length(x)
    touching = contacts(x, bond)
    assert sorted(touching.sum(axis=1)) == [6] * 12 + [12]
    assert not touching.diagonal().any() and (touching == touching.T).all()
    sites, gained = vacancies(x, bond)
    assert len(distinct(sites)) == len(sites) == 20
    assert (gained == 3).all()
    distances = np.sort(np.linalg.norm(sites[:, None] - x, axis=2), axis=1)
    np.testing.assert_allclose(distances[:, :3], bond, rtol=1e-9)


def test_a_square_has_a_hollow_on_each_side():
    """Each of the four triples names it, and it touches all four atoms."""
    sites, gained = vacancies(SQUARE, 1.0)
    assert len(sites) == 8 and (gained == 4).all()
    height = np.sqrt(0.5)
    np.testing.assert_allclose(
        distinct(sites), [[0.5, 0.5, -height], [0.5, 0.5, height]], atol=1e-6
    )


@pytest.mark.parametrize("seed", range(3))
def test_vacancies_are_those_of_all_triples(seed):
    """Against three spheres that are intersected one triple at a time."""
    rng = np.random.default_rng(seed)
    x = quench(rng.uniform(0, 3.0, (24, 3))).positions
    bond = bond_length(x)
    touch = np.linalg.norm(x[:, None] - x, axis=2) < TOUCHING * bond
    outside = touch.sum(axis=1) - 1 < CLOSED
    expected = []
    for triple in combinations(np.flatnonzero(outside), 3):
        if touch[np.ix_(triple, triple)].sum() - 3 < 4:  # fewer than two pairs touch
            continue
        a, b, c = x[list(triple)]
        along = (b - a) / np.linalg.norm(b - a)
        across = (c - a) - ((c - a) @ along) * along
        across /= np.linalg.norm(across)
        p = np.linalg.norm(b - a) / 2
        q = ((c - a) @ (c - a) - 2 * p * ((c - a) @ along)) / (2 * (c - a) @ across)
        if bond**2 > p**2 + q**2:
            rise = np.sqrt(bond**2 - p**2 - q**2) * np.cross(along, across)
            expected += [a + p * along + q * across + rise, a + p * along + q * across - rise]
    free = [s for s in expected if np.linalg.norm(x - s, axis=1).min() >= ROOM * bond]
    sites, gained = vacancies(x, bond)
    assert 10 < len(free) == len(sites)
    order, same = np.lexsort(np.round(sites, 6).T), np.lexsort(np.round(free, 6).T)
    np.testing.assert_allclose(sites[order], np.array(free)[same], atol=1e-6)
    for site, count in zip(sites, gained, strict=True):
        assert count == (np.linalg.norm(x - site, axis=1) < TOUCHING * bond).sum() >= 3


def test_a_misplaced_atom_fills_the_hole():
    x = misplaced()
    energy = quench(x).evaluation.energy
    assert energy > LJ13 + 2
    kept = x.copy()
    out = refilled(np.random.default_rng(0), x)
    np.testing.assert_array_equal(x, kept)
    assert (out != x).any(axis=1).sum() == 1
    assert quench(out).evaluation.energy == pytest.approx(LJ13, abs=1e-5)


@pytest.mark.parametrize(
    "x",
    [
        quench(icosahedron()).positions,
        np.zeros((1, 3)),
        SQUARE[:2],
        np.arange(5)[:, None] * SQUARE[1],
    ],
    ids=["no better place", "one atom", "two", "in a line"],
)
def test_no_refill_where_none_helps(x):
    assert refilled(np.random.default_rng(1), x) is None


def test_settling_ends_in_the_icosahedron():
    found = settle(np.random.default_rng(2), quench(misplaced()), quench, 8)
    assert found.evaluation.energy == pytest.approx(LJ13, abs=1e-5)


def test_settling_never_rises_and_ends_with_the_first_failure():
    x = misplaced()
    energy = quench(x).evaluation.energy
    before = Relaxed(x, NO_CELL, Evaluation(energy, np.zeros_like(x), NO_CELL), True)
    seen = []

    def result(rise: float, converged: bool = True) -> Relaxed:
        def stub(y: np.ndarray) -> Relaxed:
            seen.append(y)
            return Relaxed(
                y, NO_CELL, Evaluation(energy + rise, np.zeros_like(y), NO_CELL), converged
            )

        return settle(np.random.default_rng(3), before, stub, 8)

    for rise, converged in ((0.1, True), (0.0, True), (-0.1, False)):
        seen.clear()
        assert result(rise, converged) is before and len(seen) == 1
    assert result(-0.1).evaluation.energy < energy
    seen.clear()
    assert settle(np.random.default_rng(4), before, lambda y: pytest.fail("no refill"), 0) is before


def test_settling_lowers_random_minima():
    """Most relaxed random clusters have an atom with a better place; none is the worse for it."""
    rng = np.random.default_rng(5)
    lower = 0
    for _ in range(10):
        before = quench(rng.uniform(0, 3.0, (24, 3)))
        after = settle(rng, before, quench, 8)
        assert after.evaluation.energy <= before.evaluation.energy and after.converged
        lower += after.evaluation.energy < before.evaluation.energy - 0.5
    assert lower >= 6

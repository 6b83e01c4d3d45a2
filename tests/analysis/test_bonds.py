"""Pairs under periodic boundaries against brute force, and bonds that flicker."""

import numpy as np
import pytest

from sswnn.analysis import BondTracker, Frame, detached_atoms, pairs_within
from sswnn.analysis.interface.bonds import pair_vectors
from sswnn.analysis.trajectories.frame import without_periods
from sswnn.errors import AnalysisError

CELLS = {
    "cube": np.eye(3) * 9.0,
    "tilted": np.array([[9.0, 0, 0], [-4.4, 8.0, 0], [2.0, -3.0, 7.5]]),
    "flat": np.array([[12.0, 0, 0], [0, 3.0, 0], [1.0, 0.5, 10.0]]),
}


def brute_force(a, b, cell, pbc, cutoff):
    """Rows i, j, distance of all pairs, sorted, by trying all images."""
    found = []
    reach = [range(-6, 7) if p else range(1) for p in pbc]
    inverse = np.linalg.inv(cell)
    a = a - np.floor(a @ inverse) * pbc @ cell
    b = b - np.floor(b @ inverse) * pbc @ cell
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            for u in reach[0]:
                for v in reach[1]:
                    for w in reach[2]:
                        d = np.linalg.norm(y + np.array([u, v, w]) @ cell - x)
                        if d <= cutoff:
                            found.append((i, j, d))
    return np.array(sorted(found)).reshape(-1, 3)


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
@pytest.mark.parametrize("pbc", [(True, True, True), (True, False, True), (False, False, False)])
def test_pairs_are_those_of_brute_force(cell, pbc):
    random = np.random.default_rng(3)
    a = random.uniform(-1, 2, size=(7, 3)) @ cell
    b = random.uniform(-1, 2, size=(9, 3)) @ cell
    i, j, d = pairs_within(a, b, cell, np.array(pbc), 3.3)
    got = np.array(sorted(zip(i, j, d, strict=True)))
    np.testing.assert_allclose(got, brute_force(a, b, cell, np.array(pbc), 3.3), atol=1e-9)


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_vectors_of_pairs_end_at_images(cell):
    random, pbc = np.random.default_rng(4), np.ones(3, bool)
    a, b = (random.uniform(-1, 2, size=(n, 3)) @ cell for n in (7, 9))
    i, j, vectors = pair_vectors(a, b, cell, pbc, 3.3)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), pairs_within(a, b, cell, pbc, 3.3)[2])
    periods = (b[j] - a[i] - vectors) @ np.linalg.inv(cell)
    np.testing.assert_allclose(periods, np.rint(periods), atol=1e-9)
    frame = Frame(0, 0, 0.0, np.array(["Li"]), a[:1], cell, pbc=np.array([True, True, False]))
    short = np.array([[0.3, -0.2, 0.1]])
    np.testing.assert_allclose(without_periods(short + [2, -1, 0] @ cell, frame), short, atol=1e-9)
    assert np.abs(without_periods(short + [0, 0, 1] @ cell, frame) - short).max() > 1


def test_no_atoms_and_bad_cutoff():
    none = np.empty((0, 3))
    i, j, d = pairs_within(none, np.zeros((1, 3)), np.eye(3), np.ones(3, bool), 1.0)
    assert len(i) == len(j) == len(d) == 0
    with pytest.raises(AnalysisError, match="cutoff is -1"):
        pairs_within(none, none, np.eye(3), np.ones(3, bool), -1)


def _pair(distance: float, index: int = 0) -> Frame:
    """One Zr and one Cl this far apart, across the periodic boundary."""
    positions = np.array([[0.5, 5.0, 5.0], [0.5 - distance, 5.0, 5.0]])
    return Frame(index, index, 0.1 * index, np.array(["Zr", "Cl"]), positions, np.eye(3) * 10.0)


def test_one_cutoff_follows_every_flicker_and_two_do_not():
    distances = [2.5, 2.7, 2.6, 3.1, 2.65, 3.3, 3.1, 2.7, 2.6]
    single, pair = BondTracker(), BondTracker(break_=3.2)
    frames = [_pair(d, k) for k, d in enumerate(distances)]
    assert [int(single.update(f)[0]) for f in frames] == [1, 0, 1, 0, 1, 0, 0, 0, 1]
    assert [int(pair.update(f)[0]) for f in frames] == [1, 1, 1, 1, 1, 0, 0, 0, 1]


def test_detached_atoms():
    positions = np.array([[0.5, 5, 5], [9.0, 5, 5], [4.5, 5, 5], [4.5, 5, 0.5]])
    frame = Frame(0, 0, 0.0, np.array(["Li"] * 4), positions, np.eye(3) * 10.0)
    assert detached_atoms(frame, 3.0).tolist() == [2, 3]
    assert detached_atoms(frame, 4.2).tolist() == [3]


def test_impossible_trackers():
    with pytest.raises(AnalysisError, match="break at 2"):
        BondTracker(form=2.68, break_=2.0)
    with pytest.raises(AnalysisError, match="no Hf"):
        BondTracker("Hf").update(_pair(2.5))

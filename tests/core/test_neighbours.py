"""The core's neighbour list against the plain definition: all pairs of atoms and images, one by one."""

import itertools

import numpy as np
import pytest

from sswnn import _core

CUTOFF = 6.0
CELLS = {
    "orthogonal": np.diag([17.0, 19.0, 21.0]),
    "smaller than the cutoff": np.array([[3.1, 0.0, 0.0], [0.4, 3.3, 0.0], [-0.2, 0.5, 2.9]]),
    "strongly triclinic": np.array([[9.0, 0.0, 0.0], [8.0, 4.5, 0.0], [7.0, 3.0, 5.0]]),
    "left-handed": np.array([[0.0, 12.0, 0.0], [13.0, 0.0, 0.0], [0.0, 1.0, 14.0]]),
    "sheared to a height of 1.2": np.array([[5.0, 0.0, 0.0], [15.5, 5.2, 0.0], [-21.0, 21.3, 5.5]]),
    "flat": np.diag([4.0, 4.0, 60.0]),
}


def plain(positions: np.ndarray, cell: np.ndarray, pbc: np.ndarray) -> set[tuple]:
    """(i, j, displacement rounded to 1e-8 A) of all pairs closer than the cutoff."""
    height = abs(np.linalg.det(cell)) / np.linalg.norm(
        np.cross(np.roll(cell, -1, axis=0), np.roll(cell, -2, axis=0)), axis=1
    )
    fractional = np.linalg.solve(cell.T, positions.T).T
    reach = np.ceil(CUTOFF / height + np.ptp(fractional, axis=0)).astype(int) * pbc
    found = set()
    for shift in itertools.product(*(range(-n, n + 1) for n in reach)):
        delta = positions[None, :, :] - positions[:, None, :] + np.array(shift) @ cell
        distance = np.linalg.norm(delta, axis=2)
        for i, j in zip(*np.nonzero((distance < CUTOFF) & (distance > 1e-6)), strict=True):
            found.add((int(i), int(j), *(round(float(x), 8) + 0.0 for x in delta[i, j])))
    return found


@pytest.mark.parametrize("pbc", list(itertools.product([True, False], repeat=3)), ids=str)
@pytest.mark.parametrize("name", CELLS)
def test_equals_the_plain_definition(name, pbc):
    rng = np.random.default_rng(3)
    cell = CELLS[name]
    count = 4 if name.startswith("smaller") else 40
    positions = rng.uniform(-0.7, 1.6, size=(count, 3)) @ cell
    i, j, displacement = _core.neighbor_list(positions, cell, pbc, CUTOFF)
    found = {
        (int(a), int(b), *(round(float(x), 8) + 0.0 for x in d))
        for a, b, d in zip(i, j, displacement, strict=True)
    }
    assert len(found) == len(i) > 0
    assert found == plain(positions, cell, np.array(pbc))
    assert (np.diff(i) >= 0).all()


def pairs(positions, cell, pbc=(True, True, True)) -> set[tuple]:
    i, j, displacement = _core.neighbor_list(positions, cell, list(pbc), CUTOFF)
    return {(int(a), int(b), *np.round(d, 6)) for a, b, d in zip(i, j, displacement, strict=True)}


@pytest.mark.parametrize("pbc", [(True, True, True), (True, True, False), (False, True, True)], ids=str)
def test_another_basis_of_the_lattice_changes_nothing(pbc):
    rng = np.random.default_rng(4)
    cell = np.array([[4.0, 0.3, 0.1], [0.2, 5.0, -0.4], [0.5, 0.1, 6.0]])
    positions = rng.uniform(0, 1, size=(3, 3)) @ cell
    basis = np.eye(3)
    periodic = np.flatnonzero(pbc)
    for k in range(6):
        a, b = periodic[k % len(periodic)], periodic[(k + 1) % len(periodic)]
        basis[a] += (-7) ** (k % 2 + 1) // 4 * basis[b]
    assert np.abs(basis).max() > 1000
    assert pairs(positions, basis @ cell, pbc) == pairs(positions, cell, pbc)


def test_atoms_of_a_cluster_far_away():
    rng = np.random.default_rng(5)
    near = rng.uniform(0, 12, size=(60, 3))
    shifts = np.array([[3e5, 0.0, 0.0], [3e5, -2e6, 40.0]])
    positions = np.concatenate([near, *(near[:20] + shift for shift in shifts)])
    found = pairs(positions, np.eye(3), (False, False, False))
    alone = pairs(near, np.eye(3), (False, False, False))
    copies = {(i, j, *d) for i, j, *d in alone if max(i, j) < 20}
    for shift in (60, 80):
        alone |= {(i + shift, j + shift, *d) for i, j, *d in copies}
    assert len(found) == len(alone)
    assert {pair[:2] for pair in found} == {pair[:2] for pair in alone}


def test_pairs_within_rounding_of_the_cutoff():
    """Both sides of the cutoff, in a large cell and across its boundary, at every bin."""
    for offset in np.linspace(0.0, 30.0, 61):
        for delta, inside in ((-1e-10, True), (1e-10, False)):
            positions = np.array([[offset, 1.0, 1.0], [offset + CUTOFF + delta, 1.0, 1.0]])
            i, _, _ = _core.neighbor_list(positions, np.eye(3) * 30.0, [True] * 3, CUTOFF)
            assert (len(i) == 2) == inside


@pytest.mark.parametrize(
    ("positions", "cell", "cutoff", "message"),
    [
        ([[0, 0, 0], [0, 0, np.nan]], np.eye(3) * 9, 6.0, "atom 1 is not finite"),
        ([[0, 0, 0], [9, 0, 0]], np.eye(3) * 9, 6.0, "atoms 0 and 1 stand at the same place"),
        ([[0, 0, 0]], np.zeros((3, 3)), 6.0, "cell vector 0 is zero"),
        ([[0, 0, 0]], [[1, 0, 0], [2, 0, 0], [0, 0, 1]], 6.0, "singular"),
        ([[0, 0, 0]], [[1, 0, 0], [1, 2e-9, 0], [0, 0, 1]], 6.0, "too small for the cutoff"),
        ([[0, 0, 0]], np.full((3, 3), np.inf), 6.0, "not finite"),
        ([[0, 0, 0]], np.eye(3), -1.0, "cutoff"),
        ([[0, 0]], np.eye(3), 6.0, "expected"),
    ],
)
def test_bad_input_is_named(positions, cell, cutoff, message):
    with pytest.raises(ValueError, match=message):
        _core.neighbor_list(positions, cell, [True] * 3, cutoff)

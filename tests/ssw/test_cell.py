"""Cell moves: their length, no rotation, atoms that follow, and cells that are too flat."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from ase.data import atomic_numbers
from ssw_tools import distorted, numeric_virial

from sswnn.data.cells import compact
from sswnn.data.prototypes import prototype
from sswnn.ssw import cell as module
from sswnn.ssw.cell import CellMoves, deform, heights, symmetric
from sswnn.ssw.minimise import Tolerance
from sswnn.ssw.mode import Rotation
from sswnn.ssw.surface import PairwiseSurface, PotentialSurface


def licl():
    atoms = distorted(prototype("licl_rocksalt"), seed=1, strain=0.02, width=0.03)
    return PotentialSurface("LiZrCl", atoms.numbers), atoms.positions, atoms.cell.array


@pytest.mark.parametrize("step", [0.05, 0.15])
def test_one_move_is_a_symmetric_strain_of_the_given_length(step):
    surface, x, cell = licl()
    for seed in range(5):
        settings = CellMoves(moves=1, step=step, least_height=0.1)
        _, new = deform(np.random.default_rng(seed), surface, x, cell, 0.0, settings)
        assert np.linalg.norm(new - cell) / np.linalg.norm(cell) == pytest.approx(step, rel=1e-9)
        strain = np.linalg.solve(cell, new)
        np.testing.assert_allclose(strain, strain.T, atol=1e-12)
        assert np.linalg.det(new) * np.linalg.det(cell) > 0


def test_every_move_of_a_block_has_the_length(monkeypatch):
    surface, x, cell = licl()
    cells = [cell]
    relax = module.relax_atoms

    def recorded(surface, positions, box, tolerance):
        cells.append(box)
        return relax(surface, positions, box, tolerance)

    monkeypatch.setattr(module, "relax_atoms", recorded)
    _, new = deform(np.random.default_rng(2), surface, x, cell, 0.0, CellMoves(moves=4, step=0.05))
    assert len(cells) == 5
    np.testing.assert_array_equal(new, cells[-1])
    for a, b in pairwise(cells):
        assert np.linalg.norm(b - a) / np.linalg.norm(a) == pytest.approx(0.05, rel=1e-9)
        strain = np.linalg.solve(a, b)
        np.testing.assert_allclose(strain, strain.T, atol=1e-12)


def test_atoms_follow_the_cell_and_relax_in_it():
    """Fractional coordinates are kept by the strain; what the relaxation does after it lowers the forces."""
    surface, x, cell = licl()
    settings = CellMoves(moves=1, step=0.1, relax=Tolerance(force=1e9))
    y, new = deform(np.random.default_rng(3), surface, x, cell, 0.0, settings)
    np.testing.assert_allclose(
        np.linalg.solve(new.T, y.T), np.linalg.solve(cell.T, x.T), atol=1e-12
    )
    relaxing = replace(settings, relax=Tolerance(force=0.02, steps=100))
    z, same = deform(np.random.default_rng(3), surface, x, cell, 0.0, relaxing)
    np.testing.assert_array_equal(same, new)
    before, after = (np.linalg.norm(surface(r, new).forces, axis=1).max() for r in (y, z))
    assert before > 0.1 and after < 0.02


def test_a_move_is_soft_and_feels_the_pressure():
    """With all six strains the direction is the lowest mode of the biased Hessian of the enthalpy."""
    surface, x, cell = licl()
    pressure, step = 0.1, 1e-3
    settings = CellMoves(
        moves=1,
        step=step,
        rotation=Rotation(iterations=6, torque=1e-9, bias=1.0),
        relax=Tolerance(force=1e9),
    )
    start = symmetric(np.random.default_rng(4))
    _, new = deform(np.random.default_rng(4), surface, x, cell, pressure, settings)
    direction = np.linalg.solve(cell, new) - np.eye(3)
    direction /= np.linalg.norm(direction)

    def curvature(strain):  # of the force that the move feels, W + pV, along a symmetric strain
        values = []
        for s in (1e-4, -1e-4):
            box = cell @ (np.eye(3) + s * strain)
            found = surface(np.linalg.solve(cell.T, x.T).T @ box, box)
            pull = found.virial + pressure * abs(np.linalg.det(box)) * np.eye(3)
            values.append((pull * strain).sum())
        return (values[0] - values[1]) / 2e-4

    def biased(strain):
        return curvature(strain) - curvature(start) * (strain * start).sum() ** 2

    rng = np.random.default_rng(5)
    others = [symmetric(rng) for _ in range(40)]
    assert biased(direction) < min(biased(other) for other in [*others, start]) + 1e-2


def test_heights():
    cell = np.array([[4.0, 0, 0], [1.0, 3.0, 0], [0.5, -0.7, 2.0]])
    volume = np.linalg.det(cell)
    areas = [np.linalg.norm(np.cross(cell[(k + 1) % 3], cell[(k + 2) % 3])) for k in range(3)]
    np.testing.assert_allclose(heights(cell), volume / np.array(areas), rtol=1e-12)
    np.testing.assert_allclose(heights(-cell), heights(cell), rtol=1e-12)


def test_a_sheared_cell_becomes_compact_and_its_crystal_stays():
    surface, x, cell = licl()
    sheared = np.array([[1, 0, 0], [3, 1, 0], [-2, 4, 1]]) @ cell
    assert heights(sheared).min() < 0.5 * heights(cell).min()
    positions, reduced = compact(x, sheared)
    assert heights(reduced).min() > 0.9 * heights(cell).min()
    assert np.linalg.det(reduced) == pytest.approx(np.linalg.det(sheared))
    fractional = np.linalg.solve(reduced.T, positions.T).T
    assert np.all((fractional > -1e-6) & (fractional < 1))
    before, after = surface(x, sheared), surface(positions, reduced)
    assert after.energy == pytest.approx(before.energy, abs=1e-9)
    np.testing.assert_allclose(after.forces, before.forces, atol=1e-9)
    np.testing.assert_allclose(after.virial, before.virial, atol=1e-9)


def test_flat_cells_are_not_entered():
    """Large moves would flatten or invert a cell sooner or later; the block ends before."""
    surface = PairwiseSurface("lj", 4, cutoff=2.5, pbc=True, number=atomic_numbers["Ar"])
    cell = np.eye(3) * 1.6
    x = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]) * 0.8
    settings = CellMoves(moves=8, step=0.4, least_height=1.0, relax=Tolerance(force=1.0, steps=5))
    kept = 0
    for seed in range(20):
        y, new = deform(np.random.default_rng(seed), surface, x, cell, 0.0, settings)
        assert heights(new).min() >= 1.0 and np.linalg.det(new) > 0
        assert np.isfinite(y).all()
        kept += np.array_equal(new, cell)
    assert kept < 20
    never = replace(settings, least_height=1.7)
    y, new = deform(np.random.default_rng(0), surface, x, cell, 0.0, never)
    np.testing.assert_array_equal(new, cell)
    np.testing.assert_array_equal(y, x)


def test_directions_are_symmetric_and_isotropic():
    rng = np.random.default_rng(6)
    sample = np.array([symmetric(rng) for _ in range(4000)])
    np.testing.assert_array_equal(sample, sample.transpose(0, 2, 1))
    np.testing.assert_allclose(np.linalg.norm(sample, axis=(1, 2)), 1, atol=1e-12)
    trace = np.trace(sample, axis1=1, axis2=2)
    assert abs(trace.mean()) < 0.05 and abs(sample[:, 0, 1].mean()) < 0.02
    # Diagonal elements have twice the variance of the others, as rotation invariance asks.
    assert (sample[:, 0, 0] ** 2).mean() / (sample[:, 0, 1] ** 2).mean() == pytest.approx(
        2, rel=0.1
    )


def test_the_force_on_a_strain_is_that_of_the_enthalpy():
    surface, x, cell = licl()
    np.testing.assert_allclose(
        surface(x, cell).virial, numeric_virial(surface, x, cell, 1e-3), atol=2e-3
    )

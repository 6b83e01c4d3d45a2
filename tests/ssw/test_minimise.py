"""Minimisation: known minima of atoms, and of atoms and cell together at zero and at high pressure."""

import numpy as np
import pytest
from ase import units
from finite_difference import assert_derivative
from ssw_tools import LJ7, LJ13, NO_CELL, Quadratic, bipyramid, distorted, icosahedron

from sswnn import _core
from sswnn.data.prototypes import prototype
from sswnn.errors import StructureError
from sswnn.ssw.minimise import (
    IDENTITY,
    Tolerance,
    heights,
    minimise_atoms,
    relax_atoms,
    relax_crystal,
)
from sswnn.ssw.surface import Evaluation, PairwiseSurface, PotentialSurface
from sswnn.ssw.symmetry import refined, space_group

REDUCED = Tolerance(force=1e-5, longest=0.1, curvature=60)
TIGHT = Tolerance(force=2e-3, stress=2e-5)


def quadratic(n: int = 8, seed: int = 0) -> Quadratic:
    """A bowl with curvatures from 1 to 100 eV/Å² along random axes."""
    rng = np.random.default_rng(seed)
    axes = np.linalg.qr(rng.normal(size=(3 * n, 3 * n)))[0]
    return Quadratic(axes * np.geomspace(1, 100, 3 * n) @ axes.T, rng.normal(size=(n, 3)))


def test_the_bottom_of_a_bowl():
    surface = quadratic()
    start = surface.centre + np.random.default_rng(1).normal(0, 0.5, surface.centre.shape)
    kept = start.copy()
    x, converged = minimise_atoms(
        lambda r: surface(r)[:2], start, Tolerance(force=1e-8, steps=200, longest=10), memory=24
    )
    assert converged and surface.calls < 100  # steepest descent needs about a thousand
    np.testing.assert_allclose(x, surface.centre, atol=1e-8)
    np.testing.assert_array_equal(start, kept)


def test_no_atom_moves_further_than_allowed():
    surface = quadratic()
    tolerance = Tolerance(force=1e-6, steps=400, longest=0.05, curvature=1.0)
    seen = []

    def evaluate(r):
        seen.append(r.copy())
        return surface(r)[:2]

    _, converged = minimise_atoms(evaluate, surface.centre + 1.0, tolerance)
    assert converged
    moved = np.linalg.norm(np.diff(seen, axis=0), axis=2).max(axis=1)
    assert moved.max() == pytest.approx(0.05, abs=1e-12)


def test_the_last_evaluation_belongs_to_what_is_returned():
    for steps in (3, 500):
        seen = []
        surface = PairwiseSurface("lj", 7)

        def evaluate(r, seen=seen, surface=surface):
            seen.append(r.copy())
            return surface(r, NO_CELL)[:2]

        tolerance = Tolerance(force=1e-3, steps=steps, longest=0.1, curvature=60)
        x, converged = minimise_atoms(evaluate, 1.05 * bipyramid(), tolerance)
        assert converged == (steps == 500)
        np.testing.assert_array_equal(x, seen[-1])


@pytest.mark.parametrize(
    ("form", "x", "energy"), [("lj", icosahedron(), LJ13), ("lj", bipyramid(), LJ7)]
)
def test_lennard_jones_clusters(form, x, energy):
    surface = PairwiseSurface(form, len(x))
    x = x + np.random.default_rng(2).normal(0, 0.03, x.shape)
    found = relax_atoms(surface, x, NO_CELL, REDUCED)
    assert found.converged and np.abs(found.evaluation.forces).max() < 1e-5
    assert found.evaluation.energy == pytest.approx(energy, abs=2e-6)
    assert surface.calls < 120


def test_a_step_without_descent_is_forgotten():
    """On a maximum L-BFGS must not follow the wrong sign of the curvature: y·s < 0 restarts it along the force."""
    lbfgs = _core.Lbfgs(1, 5, 0.1, 10.0)
    x = np.array([[0.01, 0.0, 0.0]])
    for _ in range(30):
        lbfgs.advance(x, 4 * x - 4 * x**3, 1e-6)  # V = x⁴ - 2 x²
    assert abs(x[0, 0]) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_forces_that_are_not_finite_are_an_error(bad):
    def surface(positions, cell):
        forces = np.ones_like(positions)
        forces[1, 2] = bad
        return Evaluation(0.0, forces, np.zeros((3, 3)))

    x = np.zeros((3, 3))
    with pytest.raises(ValueError, match="force on point 1 is not finite"):
        relax_atoms(surface, x, NO_CELL, Tolerance())
    with np.errstate(invalid="ignore"), pytest.raises(ValueError, match="not finite"):
        relax_crystal(surface, x, np.eye(3), Tolerance())


def licl(seed: int):
    return distorted(prototype("licl_rocksalt"), seed, strain=0.07, width=0.08)


@pytest.mark.parametrize("pressure", [0.0, 20.0])
def test_a_sheared_rock_salt_returns_to_cubic(pressure):
    atoms = licl(seed=3)
    pressure *= units.GPa
    surface = PotentialSurface("LiZrCl", atoms.numbers)
    assert space_group(atoms, 0.1).number == 1
    found = relax_crystal(surface, atoms.positions, atoms.cell.array, TIGHT, pressure)
    assert found.converged and surface.calls < 150
    virial = found.evaluation.virial
    volume = abs(np.linalg.det(found.cell))
    assert np.abs(virial / volume + pressure * IDENTITY).max() < TIGHT.stress
    assert np.linalg.norm(found.evaluation.forces, axis=1).max() < TIGHT.force
    again = surface(found.positions, found.cell)
    assert again.energy == found.evaluation.energy
    atoms.set_cell(found.cell)
    atoms.positions = found.positions
    group = space_group(atoms, 0.02)
    assert (group.symbol, group.number) == ("Fm-3m", 225)
    lengths = refined(atoms, 0.02).cell.lengths()
    if pressure == 0:
        assert lengths == pytest.approx(5.13, abs=0.1)  # Å, measured at room temperature

    def enthalpy(
        h,
    ):  # of a uniform compression; its slope is zero at the minimum, its curvature not
        scale = (1 + h) ** (1 / 3)
        energy = surface(found.positions * scale, found.cell * scale).energy
        return energy + pressure * volume * (1 + h)

    h = 0.01
    slope = (enthalpy(h) - enthalpy(-h)) / (2 * h)
    curvature = (enthalpy(h) - 2 * enthalpy(0) + enthalpy(-h)) / h**2
    assert 20 * units.GPa < curvature / volume < 300 * units.GPa  # the bulk modulus
    assert abs(slope) < 2e-3 * curvature


def test_compression_shortens_the_lattice():
    volumes = []
    for gigapascal in (0.0, 10.0, 30.0):
        atoms = licl(seed=4)
        surface = PotentialSurface("LiZrCl", atoms.numbers)
        found = relax_crystal(
            surface, atoms.positions, atoms.cell.array, TIGHT, gigapascal * units.GPa
        )
        volumes.append(abs(np.linalg.det(found.cell)))
    assert volumes[0] > 1.05 * volumes[1] > 1.1 * volumes[2]


@pytest.mark.parametrize("pressure", [0.0, 0.1])
def test_the_gradient_of_the_lattice(pressure):
    """dH/dL = L⁻ᵀ (W + pV I) at fixed fractional coordinates, which relax_crystal uses as -F⁻ᵀ (W + pV) / κ."""
    atoms = licl(seed=5)
    cell = atoms.cell.array
    surface = PotentialSurface("LiZrCl", atoms.numbers)
    fractional = atoms.get_scaled_positions(wrap=False)

    def enthalpy(lattice):
        return surface(fractional @ lattice, lattice).energy + pressure * abs(
            np.linalg.det(lattice)
        )

    virial = surface(atoms.positions, cell).virial
    gradient = np.linalg.inv(cell).T @ (virial + pressure * atoms.get_volume() * IDENTITY)
    rng = np.random.default_rng(6)
    for _ in range(3):
        change = rng.normal(size=(3, 3))
        assert_derivative(
            lambda h, d=change: enthalpy(cell + h * d), float((gradient * change).sum())
        )


def test_the_unknowns_of_a_crystal_have_the_forces_that_they_say():
    """A first step is force / curvature: with the lattice of a deformed crystal it shows -F⁻ᵀ (W + pV) / κ at F = 1."""
    atoms = licl(seed=7)
    n, pressure, cell = len(atoms), 0.05, atoms.cell.array
    surface = PotentialSurface("LiZrCl", atoms.numbers)
    found = surface(atoms.positions, cell)
    curvature = 1e6
    stepper = _core.CrystalLbfgs(atoms.positions, cell, pressure, 5, 0.2, curvature)
    x, box, height = stepper.place()
    np.testing.assert_allclose(x, atoms.positions, rtol=1e-14)
    np.testing.assert_allclose(box, cell, rtol=1e-14)
    assert height == pytest.approx(heights(cell).min())
    assert not stepper.advance(found.forces, found.virial, 1e-9, 1e-9)
    x, box, _ = stepper.place()
    kappa = np.sqrt(n) * atoms.get_volume() ** (1 / 3)
    deformation = np.linalg.solve(cell, box)
    virial = found.virial + pressure * atoms.get_volume() * IDENTITY
    assert np.abs(virial).max() > 1
    np.testing.assert_allclose((deformation - IDENTITY) * kappa**2 * curvature, -virial, atol=1e-5)
    moved = (x @ np.linalg.inv(deformation) - atoms.positions) * curvature
    np.testing.assert_allclose(moved, found.forces, atol=1e-5)


def test_a_quiet_crystal_does_not_move():
    atoms = licl(seed=8)
    stepper = _core.CrystalLbfgs(atoms.positions, atoms.cell.array, 0.0, 5, 0.2, 30.0)
    forces, virial = np.full((len(atoms), 3), 0.01), np.full((3, 3), 0.01)
    before = stepper.place()[0]
    assert stepper.advance(forces, virial, 0.018, 0.011 / atoms.get_volume())
    np.testing.assert_array_equal(stepper.place()[0], before)
    assert not stepper.advance(forces, virial, 0.017, 0.011 / atoms.get_volume())
    assert not stepper.advance(forces, virial, 0.018, 0.009 / atoms.get_volume())
    with pytest.raises(ValueError, match="no volume"):
        _core.CrystalLbfgs(atoms.positions, np.ones((3, 3)), 0.0, 5, 0.2, 30.0)
    with pytest.raises(ValueError, match=r"virial has shape \(3\), expected \(3, 3\)"):
        stepper.advance(forces, np.zeros(3), 0.1, 0.1)


def test_a_cell_that_collapses_is_an_error():
    def surface(positions, cell):
        return Evaluation(0.0, np.zeros_like(positions), 1e3 * np.diag([0.0, 0.0, 1.0]))

    with pytest.raises(StructureError, match=r"collapsed to a height of 1\.\d\d A, least 2"):
        relax_crystal(surface, np.zeros((2, 3)), 4 * IDENTITY, Tolerance(), least_height=2.0)

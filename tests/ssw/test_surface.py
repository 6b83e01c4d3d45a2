"""Every surface: forces and virial against differences of the energy, independent energies, counters, errors by name."""

import time

import numpy as np
import pytest
from ase import Atoms, units
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.calculators.lj import LennardJones
from finite_difference import assert_derivative
from ssw_tools import LJ13, NO_CELL, SILICON, distorted, icosahedron, numeric_virial

from sswnn.data.prototypes import prototype
from sswnn.errors import ConfigError, SSWNNError, StructureError
from sswnn.ssw.config import SurfaceConfig
from sswnn.ssw.minimise import Tolerance, relax_atoms
from sswnn.ssw.surface import (
    CalculatorSurface,
    LammpsSurface,
    PairwiseSurface,
    PotentialSurface,
)
from sswnn.ssw.surfaces import make_surface

STILLINGER_WEBER = ["pair_style sw", f"pair_coeff * * {SILICON} Si"]


def silicon(repeat=(2, 1, 1)) -> Atoms:
    return distorted(bulk("Si") * repeat, seed=3)


def argon_atoms(seed=4) -> Atoms:
    return distorted(bulk("Ar", "fcc", a=1.6, cubic=True), seed, strain=0.04, width=0.04)


def made(name: str):
    """A surface and a structure on it, triclinic and distorted if it is a crystal."""
    if name == "model":
        atoms = distorted(prototype("li2zrcl6_p-3m1_6g"), seed=1, strain=0.03)
        return PotentialSurface("LiZrCl", atoms.numbers), atoms
    if name == "emt":
        atoms = distorted(bulk("Cu", cubic=True), seed=2)
        atoms.numbers[0] = 47
        return CalculatorSurface(EMT(), atoms.numbers), atoms
    if name == "lammps":
        atoms = silicon()
        return LammpsSurface(STILLINGER_WEBER, atoms.numbers, ["Si"]), atoms
    form, kind = name.split()
    if kind == "crystal":
        atoms = argon_atoms()
        return PairwiseSurface(form, len(atoms), rho=6.0, cutoff=2.7, pbc=True), atoms
    atoms = Atoms("Ar13", 0.95 * icosahedron())
    atoms.positions += np.random.default_rng(5).normal(0, 0.04, (13, 3))
    cutoff = 2.0 if kind == "cut" else 0.0
    return PairwiseSurface(form, 13, rho=6.0, cutoff=cutoff), atoms


CRYSTALS = ["model", "emt", "lammps", "lj crystal", "morse crystal"]
CLUSTERS = ["lj cluster", "morse cluster", "lj cut", "morse cut"]


@pytest.mark.parametrize("name", CRYSTALS + CLUSTERS)
def test_forces_are_the_slope_of_the_energy(name):
    surface, atoms = made(name)
    rng = np.random.default_rng(6)
    x, cell = atoms.positions, atoms.cell.array
    forces = surface(x, cell).forces
    assert forces.shape == x.shape and forces.flags.c_contiguous
    np.testing.assert_allclose(forces.sum(axis=0), 0, atol=1e-7 * np.abs(forces).max())
    reach = 0.3 if atoms.numbers[0] == 18 else 1.0  # reduced units are a third of an Å
    for _ in range(3):
        direction = reach * rng.normal(size=x.shape) / np.sqrt(x.size)
        assert_derivative(
            lambda h, d=direction: surface(x + h * d, cell).energy,
            -float((forces * direction).sum()),
        )


@pytest.mark.parametrize("name", CRYSTALS)
def test_the_virial_is_the_slope_against_strain(name):
    surface, atoms = made(name)
    x, cell = atoms.positions, atoms.cell.array
    virial = surface(x, cell).virial
    assert np.abs(virial - np.diag(np.diag(virial))).max() > 0.05 * np.abs(virial).max()
    errors = [np.abs(numeric_virial(surface, x, cell, h) - virial).max() for h in (1e-3, 5e-4)]
    assert errors[1] < 1e-4 * np.abs(virial).max()
    assert 3 < errors[0] / errors[1] < 5, errors


@pytest.mark.parametrize("name", CRYSTALS)
def test_energies_do_not_know_rotation_handedness_or_images(name):
    surface, atoms = made(name)
    before = surface(atoms.positions, atoms.cell.array)
    turned = atoms.copy()
    turned.rotate(71, (3, -1, 2), rotate_cell=True)
    images = np.random.default_rng(7).integers(-3, 4, (len(atoms), 3))
    cell = turned.cell.array
    after = surface(turned.positions + images @ cell, cell)
    assert after.energy == pytest.approx(before.energy, abs=1e-8)
    forces = Atoms(positions=before.forces)
    forces.rotate(71, (3, -1, 2))
    np.testing.assert_allclose(after.forces, forces.positions, atol=1e-7)
    left = surface(atoms.positions, atoms.cell.array[[1, 0, 2]])  # the same lattice, left-handed
    assert left.energy == pytest.approx(before.energy, abs=1e-8)
    np.testing.assert_allclose(left.forces, before.forces, atol=1e-7)
    np.testing.assert_allclose(left.virial, before.virial, atol=1e-6)


@pytest.mark.parametrize("name", CRYSTALS + CLUSTERS)
def test_calls_are_counted_and_depend_on_nothing_before(name):
    surface, atoms = made(name)
    first = surface(atoms.positions, atoms.cell.array)
    surface(1.02 * atoms.positions, 1.02 * atoms.cell.array)
    again = surface(atoms.positions, atoms.cell.array)
    assert surface.calls == 3
    assert again.energy == pytest.approx(first.energy, abs=1e-9)
    if name != "emt":  # its list of neighbours keeps an order from earlier calls
        assert again.energy == first.energy
        np.testing.assert_array_equal(again.forces, first.forces)
    uncertainty = surface.uncertainty(atoms.positions, atoms.cell.array)
    assert surface.calls == 3
    assert uncertainty > 0.01 if name == "model" else uncertainty is None


def test_pairwise_energies_are_those_of_ase():
    cluster = Atoms("Ar13", icosahedron())
    cluster.calc = LennardJones(rc=100.0)
    found = PairwiseSurface("lj", 13)(cluster.positions, NO_CELL)
    # ASE shifts by the value at its cutoff, 4e-12 here
    assert found.energy == pytest.approx(cluster.get_potential_energy(), abs=1e-8)
    np.testing.assert_allclose(found.forces, cluster.get_forces(), atol=1e-8)
    crystal = argon_atoms()
    crystal.calc = LennardJones(rc=2.5)
    surface = PairwiseSurface("lj", len(crystal), cutoff=2.5, pbc=True)
    found = surface(crystal.positions, crystal.cell.array)
    assert found.energy == pytest.approx(crystal.get_potential_energy(), abs=1e-9)
    stress = crystal.get_stress(voigt=False) * crystal.get_volume()
    np.testing.assert_allclose(found.virial, stress, atol=1e-9)


def test_a_pair_of_morse_atoms():
    r = np.array([0.8, 1.0, 1.3])
    surface = PairwiseSurface("morse", 2, rho=6.0)
    energies = [surface(np.array([[0, 0, 0], [0, 0, d]]), NO_CELL).energy for d in r]
    e = np.exp(6.0 * (1 - r))
    np.testing.assert_allclose(energies, e * (e - 2), atol=1e-14)


def test_the_icosahedron_of_13_lennard_jones_atoms():
    surface = PairwiseSurface("lj", 13)
    tight = Tolerance(force=1e-6, longest=0.1, curvature=60)
    found = relax_atoms(surface, icosahedron(), NO_CELL, tight)
    assert found.converged
    assert found.evaluation.energy == pytest.approx(LJ13, abs=1e-6)


def test_silicon_of_stillinger_and_weber():
    """Phys. Rev. B 1985, 31, 5262: -4.3363 eV/atom (ε = 2.1683 eV) at a = 5.431 Å; a force by hand is zero there."""
    atoms = bulk("Si", a=5.431) * (2, 2, 2)
    surface = LammpsSurface(STILLINGER_WEBER, atoms.numbers, ["Si"])
    found = surface(atoms.positions, atoms.cell.array)
    assert found.energy / len(atoms) == pytest.approx(-2 * 2.1683, abs=1e-3)
    np.testing.assert_allclose(found.forces, 0, atol=1e-9)
    pressure = -np.trace(found.virial) / 3 / atoms.get_volume() / units.GPa
    assert abs(pressure) < 0.05


def test_lammps_and_this_code_agree_on_a_lennard_jones_crystal():
    atoms = argon_atoms()
    commands = ["pair_style lj/cut 2.5", "pair_coeff * * 1 1", "pair_modify shift yes"]
    one = LammpsSurface(commands, atoms.numbers, ["Li", "Ar"])(atoms.positions, atoms.cell.array)
    pairwise = PairwiseSurface("lj", len(atoms), cutoff=2.5, pbc=True)
    two = pairwise(atoms.positions, atoms.cell.array)
    assert one.energy == pytest.approx(two.energy, rel=1e-12)
    np.testing.assert_allclose(one.forces, two.forces, atol=1e-9)
    np.testing.assert_allclose(one.virial, two.virial, rtol=1e-6, atol=1e-6)


def test_what_cannot_be_evaluated_is_a_structure_error():
    atoms = silicon()
    surface = LammpsSurface(STILLINGER_WEBER, atoms.numbers, ["Si"])
    good = surface(atoms.positions, atoms.cell.array).energy
    for positions, cell in (
        (atoms.positions * np.nan, atoms.cell.array),
        (atoms.positions, np.diag([0.0, 1.0, 2.0])),
        (atoms.positions, np.diag([1e-3, 1.0, 2.0])),
        (atoms.positions, atoms.cell.array * 1e5),
    ):
        with pytest.raises(StructureError):
            surface(positions, cell)
        assert surface(atoms.positions, atoms.cell.array).energy == good
    model, atoms = made("model")
    with pytest.raises(StructureError, match="finite"):
        model(atoms.positions * np.nan, atoms.cell.array)
    with pytest.raises(StructureError):
        model(np.zeros_like(atoms.positions), atoms.cell.array)


@pytest.mark.parametrize(
    ("commands", "elements", "numbers", "message"),
    [
        (STILLINGER_WEBER, ["Si"], [14, 3, 17], r"Cl, Li: not among the elements \['Si'\]"),
        (["pair_style nonesuch"], ["Si"], [14], "LAMMPS refuses .*nonesuch"),
        (["pair_style sw"], ["Si"], [14, 14], "LAMMPS refuses .*coeffs are not set"),
        (["pair_style sw", "pair_coeff * * absent.sw Si"], ["Si"], [14], "absent.sw"),
    ],
)
def test_commands_that_lammps_refuses(commands, elements, numbers, message):
    with pytest.raises(ConfigError, match=message):
        LammpsSurface(commands, numbers, elements)


def test_surfaces_that_cannot_be():
    with pytest.raises(SSWNNError, match="Na"):
        PotentialSurface("LiZrCl", [11, 17])
    with pytest.raises(SSWNNError, match="absent"):
        PotentialSurface("absent", [3])
    with pytest.raises(ConfigError, match="'buckingham', expected 'lj' or 'morse'"):
        PairwiseSurface("buckingham", 2)
    with pytest.raises(ConfigError, match="needs a cutoff"):
        PairwiseSurface("lj", 2, pbc=True)
    with pytest.raises(ConfigError, match="for crystals"):
        make_surface(SurfaceConfig(kind="lammps", commands=["x"], elements=["Si"]), [14], False)
    with pytest.raises(SSWNNError, match="nosuch"):
        make_surface(SurfaceConfig(kind="calculator", calculator="nosuch.Engine"), [14], True)
    emt = SurfaceConfig(kind="calculator", calculator="ase.calculators.emt.EMT")
    assert isinstance(make_surface(emt, [29], True), CalculatorSurface)


def test_a_call_of_38_lennard_jones_atoms_is_fast():
    surface = PairwiseSurface("lj", 38)
    x = np.random.default_rng(8).uniform(0, 4, (38, 3))
    durations = []
    for _ in range(200):
        start = time.perf_counter()
        surface(x, NO_CELL)
        durations.append(time.perf_counter() - start)
    assert min(durations) < 50e-6  # 703 pairs; a few µs where nothing else runs

"""The ASE calculator as users meet it: models, errors, caching, sums, stress, uncertainty, files."""

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import PropertyNotImplementedError
from ase.db import connect
from ase.io import read, write
from ase.stress import full_3x3_to_voigt_6_stress
from finite_difference import assert_derivative

from sswnn import SSWNN, _core
from sswnn.errors import ConfigError, ModelError, StructureError
from sswnn.potential import models


def salt(seed: int = 3) -> Atoms:
    """Dense, rattled, sheared LiCl with one Zr: forces and stresses are large and none vanishes by symmetry."""
    atoms = bulk("LiCl", "rocksalt", a=4.2, cubic=True)
    atoms.symbols[0] = "Zr"
    shear = np.array([[1, 0.03, 0], [0, 1, -0.02], [0.01, 0, 1]])
    atoms.set_cell(atoms.cell.array @ shear, scale_atoms=True)
    atoms.rattle(0.15, seed=seed)
    return atoms


@pytest.fixture
def atoms(model_file: Path) -> Atoms:
    """`salt()` with a calculator."""
    made = salt()
    made.calc = SSWNN(model_file)
    return made


class Counted:
    """A potential that counts its evaluations and remembers whether uncertainty was asked for."""

    def __init__(self, potential: _core.Potential):
        self.potential, self.uncertainty = potential, []

    def compute(self, species, positions, cell, pbc, uncertainty=False, virials=False):
        self.uncertainty.append(bool(uncertainty))
        return self.potential.compute(species, positions, cell, pbc, uncertainty, virials)


@pytest.fixture
def counted(atoms: Atoms) -> Counted:
    """The evaluations of the calculator of `atoms`."""
    atoms.calc._potential = Counted(atoms.calc._potential)
    return atoms.calc._potential


# ------------------------------------------------------------------------------- models


def test_model_by_path_and_text(model_file: Path) -> None:
    for given in (model_file, str(model_file)):
        calculator = SSWNN(given)
        assert calculator.elements == ["Li", "Zr", "Cl"]
        assert calculator.cutoff == 5.0
        assert calculator.path == model_file


def test_the_default_model_is_shipped() -> None:
    assert "LiZrCl" in models.shipped()


@pytest.mark.parametrize("name", models.shipped())
def test_every_shipped_model_loads_by_name(name: str) -> None:
    calculator = SSWNN(name)
    assert calculator.path == models.path(name)
    assert set(calculator.elements) >= {"Li", "Cl"}


def test_all_instruction_sets_agree(model_file: Path) -> None:
    energies = []
    for isa in _core.available_isas():
        atoms = salt()
        atoms.calc = SSWNN(model_file, isa=isa)
        energies.append(atoms.get_potential_energy())
    assert np.ptp(energies) < 1e-10 * abs(energies[0])


def test_unknown_instruction_set_is_named(model_file: Path) -> None:
    with pytest.raises(ConfigError, match="sse9"):
        SSWNN(model_file, isa="sse9")


def test_missing_model_is_named_with_the_shipped_ones(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nowhere\.safetensors.*shipped"):
        SSWNN(tmp_path / "nowhere.safetensors")


def test_folder_is_not_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such file"):
        SSWNN(tmp_path)


def test_damaged_model_says_so(model_file: Path, tmp_path: Path) -> None:
    raw = bytearray(model_file.read_bytes())
    raw[-1] ^= 1
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(raw)
    with pytest.raises(ModelError, match=r"damaged\.safetensors.*checksum"):
        SSWNN(damaged)


# ------------------------------------------------------------------------------- structures that cannot be evaluated


def test_unknown_element_is_named_with_its_atom(atoms: Atoms) -> None:
    atoms.symbols[5] = "Hf"
    with pytest.raises(StructureError, match=r"atom 5 is Hf.*Li, Zr, Cl"):
        atoms.get_potential_energy()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_position_that_is_no_number_is_refused(atoms: Atoms, value: float) -> None:
    atoms.positions[2, 1] = value
    with pytest.raises(StructureError, match=r"atom 2|position"):
        atoms.get_forces()


def test_coincident_atoms_are_refused(atoms: Atoms) -> None:
    atoms.positions[3] = atoms.positions[1]
    with pytest.raises(StructureError, match=r"\b1\b.*\b3\b|\b3\b.*\b1\b"):
        atoms.get_forces()


def test_singular_cell_is_refused(atoms: Atoms) -> None:
    cell = atoms.cell.array.copy()
    cell[2] = cell[0] + cell[1]
    atoms.set_cell(cell)
    with pytest.raises(StructureError, match="cell"):
        atoms.get_potential_energy()


def test_an_error_leaves_no_result_of_the_structure_before(atoms: Atoms) -> None:
    atoms.get_potential_energy()
    atoms.symbols[0] = "Hf"
    for _ in range(2):
        with pytest.raises(StructureError):
            atoms.get_potential_energy()


def test_unknown_property_is_refused(atoms: Atoms) -> None:
    with pytest.raises(PropertyNotImplementedError, match="dipole"):
        atoms.calc.get_property("dipole", atoms)


# ------------------------------------------------------------------------------- caching


def test_one_evaluation_serves_all_properties(atoms: Atoms, counted: Counted) -> None:
    atoms.get_potential_energy()
    atoms.get_forces()
    atoms.get_stress()
    atoms.get_potential_energies()
    assert len(counted.uncertainty) == 1


def test_any_change_is_evaluated_anew(atoms: Atoms, counted: Counted) -> None:
    def moved() -> None:
        atoms.positions[0, 0] += 1e-9

    def strained() -> None:
        atoms.set_cell(1.001 * atoms.cell.array)

    def exchanged() -> None:
        atoms.symbols[1], atoms.symbols[0] = atoms.symbols[0], atoms.symbols[1]

    def opened() -> None:
        atoms.pbc = (True, True, False)

    energies = [atoms.get_potential_energy()]
    for count, change in enumerate((moved, strained, exchanged, opened), start=2):
        change()
        energies.append(atoms.get_potential_energy())
        assert len(counted.uncertainty) == count
    assert np.abs(np.diff(energies[1:])).min() > 1e-6


def test_what_no_energy_depends_on_is_not_evaluated_anew(atoms: Atoms, counted: Counted) -> None:
    atoms.get_potential_energy()
    atoms.set_initial_charges(np.ones(len(atoms)))
    atoms.set_initial_magnetic_moments(np.ones(len(atoms)))
    atoms.get_forces()
    assert len(counted.uncertainty) == 1


def test_results_are_copies(atoms: Atoms) -> None:
    forces = atoms.get_forces()
    first = forces.copy()
    forces[:] = 7.0
    assert np.array_equal(atoms.get_forces(), first)


def test_one_calculator_serves_several_structures(atoms: Atoms) -> None:
    other = salt(seed=8)
    other.calc = atoms.calc
    separate = [atoms.get_potential_energy(), other.get_potential_energy()]
    assert separate == [atoms.get_potential_energy(), other.get_potential_energy()]
    assert separate[0] != separate[1]


# ------------------------------------------------------------------------------- numbers


def test_energy_is_the_sum_of_energies(atoms: Atoms) -> None:
    energy = atoms.get_potential_energy()
    assert atoms.get_potential_energies().sum() == pytest.approx(energy, rel=1e-12)
    assert atoms.get_potential_energy(force_consistent=True) == energy


def test_forces_are_minus_the_gradient_of_the_energy(atoms: Atoms) -> None:
    forces = atoms.get_forces()
    for atom, axis in ((0, 0), (3, 1), (6, 2)):
        assert abs(forces[atom, axis]) > 1e-2

        def displaced(step: float, atom: int = atom, axis: int = axis) -> float:
            moved = atoms.copy()
            moved.calc = atoms.calc
            moved.positions[atom, axis] += step
            return moved.get_potential_energy()

        assert_derivative(displaced, -forces[atom, axis])


def test_stress_is_the_strain_derivative_of_the_energy(atoms: Atoms) -> None:
    stress = atoms.get_stress(voigt=False)
    assert np.array_equal(full_3x3_to_voigt_6_stress(stress), atoms.get_stress())
    for a, b in ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)):
        assert abs(stress[a, b]) > 1e-3

        def strained(step: float, a: int = a, b: int = b) -> float:
            strain = np.zeros((3, 3))
            strain[a, b] += step / 2
            strain[b, a] += step / 2
            deformed = atoms.copy()
            deformed.calc = atoms.calc
            deformed.set_cell(atoms.cell.array @ (np.eye(3) + strain), scale_atoms=True)
            return deformed.get_potential_energy()

        assert_derivative(strained, atoms.get_volume() * stress[a, b])


def test_no_stress_without_three_periodic_directions(atoms: Atoms) -> None:
    atoms.pbc = (True, True, False)
    assert np.isfinite(atoms.get_forces()).all()
    with pytest.raises(PropertyNotImplementedError, match="stress"):
        atoms.get_stress()


def test_cluster_without_a_cell_and_a_single_atom(model_file: Path) -> None:
    pair = Atoms("LiCl", [[0, 0, 0], [0, 0, 2.1]], calculator=SSWNN(model_file))
    forces = pair.get_forces()
    assert forces[0] == pytest.approx(-forces[1], abs=1e-12)
    assert abs(forces[0, 2]) > 1e-3
    single = Atoms("Zr", calculator=SSWNN(model_file))
    assert np.abs(single.get_forces()).max() == 0.0
    assert np.isfinite(single.get_potential_energy())


# ------------------------------------------------------------------------------- uncertainty and files


def test_uncertainty_is_evaluated_only_on_request(atoms: Atoms, counted: Counted) -> None:
    atoms.get_forces()
    assert "uncertainty" not in atoms.calc.results
    spread = atoms.calc.get_property("uncertainty", atoms)
    assert spread.shape == (len(atoms),)
    assert (spread > 0).all()
    atoms.calc.get_property("uncertainty", atoms)
    atoms.get_stress()
    assert counted.uncertainty == [False, True]


def test_results_survive_extended_xyz(atoms: Atoms, tmp_path: Path) -> None:
    energy, forces, stress = atoms.get_potential_energy(), atoms.get_forces(), atoms.get_stress()
    write(tmp_path / "frame.extxyz", atoms)
    again = read(tmp_path / "frame.extxyz")
    assert again.get_potential_energy() == pytest.approx(energy, abs=1e-7)
    assert again.get_forces() == pytest.approx(forces, abs=1e-7)
    assert again.get_stress() == pytest.approx(stress, abs=1e-7)


def test_results_survive_a_database(atoms: Atoms, tmp_path: Path) -> None:
    energy, forces, stress = atoms.get_potential_energy(), atoms.get_forces(), atoms.get_stress()
    with connect(tmp_path / "frames.db") as database:
        number = database.write(atoms)
    row = connect(tmp_path / "frames.db").get(number)
    assert row.energy == energy
    assert np.array_equal(row.forces, forces)
    assert np.array_equal(row.stress, stress)


# ------------------------------------------------------------------------------- copies and bad arguments


def test_a_copy_and_a_pickle_give_the_same(atoms: Atoms) -> None:
    forces = atoms.get_forces()
    for twin in (copy.deepcopy(atoms), pickle.loads(pickle.dumps(atoms))):
        twin.calc.results = {}
        twin.rattle(0.0)
        np.testing.assert_array_equal(twin.get_forces(), forces)
        assert twin.calc.todict() == atoms.calc.todict() != {}


def test_stresses_add_up_to_the_stress(atoms: Atoms) -> None:
    stresses = atoms.get_stresses()
    assert stresses.shape == (len(atoms), 6)
    np.testing.assert_allclose(stresses.sum(axis=0), atoms.get_stress(), rtol=0, atol=1e-12)
    assert np.abs(stresses).max() > 1e-4


def test_wrong_arguments_are_refused(model_file) -> None:
    with pytest.raises(TypeError, match="modle"):
        SSWNN(modle=model_file)
    with pytest.raises(ModelError, match="expected a shipped name"):
        SSWNN(42)
    with pytest.raises(ConfigError, match="avx2048"):
        SSWNN(model_file, isa="avx2048")
    with pytest.raises(ConfigError, match="cutoff"):
        SSWNN(model_file).set(cutoff=3)


def test_impossible_atomic_numbers_are_named(atoms: Atoms) -> None:
    for number in (200, -1):
        atoms.numbers[1] = number
        with pytest.raises(StructureError, match=f"atom 1 has atomic number {number}"):
            atoms.get_potential_energy()

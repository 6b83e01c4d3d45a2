"""What any potential must satisfy, on the PyTorch twin, on the core with each instruction set, and on LAMMPS."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from backends import Backend, core_backend, lammps_backend, twin_backend
from finite_difference import assert_derivative
from random_model import random_model
from scipy.spatial.transform import Rotation

from sswnn import _core
from sswnn.potential import model_file as files

BACKENDS = ["twin", *(f"core-{isa}" for isa in _core.available_isas()), "lammps-1"]
SEVERAL_RANKS = ["lammps-2", "lammps-4"]
# The twin shares no code with the other evaluators; without PyTorch these are compared with each other.
REFERENCE = "twin" if find_spec("torch") else "core-baseline"
COMPARED = [name for name in BACKENDS if name not in ("twin", REFERENCE)]
# The kernels work on groups of eight channels: one to three of them, full or not, and all lmax.
SHAPES = {
    "lmax 0": {"channels": 5, "lmax": 0, "triples": (), "hidden": (10,)},
    "lmax 1": {"channels": 10, "lmax": 1, "triples": ((0, 1, 1),), "hidden": (9, 17, 12)},
    "8 channels": {
        "channels": 8,
        "lmax": 4,
        "triples": ((1, 1, 2), (2, 2, 2), (1, 3, 4), (4, 4, 4)),
    },
    "12 channels": {"channels": 12, "lmax": 4, "triples": ((1, 2, 3), (2, 3, 3), (2, 4, 4))},
    "20 channels": {"channels": 20, "lmax": 3, "triples": ((1, 1, 2), (2, 2, 2), (1, 2, 3))},
}


@pytest.fixture(scope="module", params=BACKENDS)
def backend(request, model_file, tmp_path_factory) -> Backend:
    """The evaluator under test."""
    return make(request.param, model_file, tmp_path_factory.mktemp("backend"))


def make(name: str, model_file, folder) -> Backend:
    """`twin`, `core-ISA` or `lammps-RANKS`."""
    kind, _, detail = name.partition("-")
    if kind == "twin":
        pytest.importorskip("torch")
        return twin_backend(model_file)
    if kind == "core":
        return core_backend(model_file, detail)
    return lammps_backend(model_file, folder, int(detail))


@pytest.fixture
def crystal() -> Atoms:
    """Nine atoms in a triclinic cell smaller than the cutoff, one pair inside the core repulsion."""
    rng = np.random.default_rng(8)
    cell = np.array([[5.3, 0.4, -0.3], [0.9, 5.6, 0.4], [-0.5, 0.7, 7.9]])
    grid = np.array(
        [(i, j, k) for i in (0.1, 0.6) for j in (0.1, 0.6) for k in (0.1, 0.6)]
        + [(0.35, 0.35, 0.30)]
    )
    atoms = Atoms(
        "LiZrCl2Li2Cl2Zr", grid @ cell + rng.normal(scale=0.1, size=(9, 3)), cell=cell, pbc=True
    )
    assert len(atoms) == 9
    return atoms


def close(a: np.ndarray, b: np.ndarray) -> None:
    """Equal to 1e-10 of the largest element of b, which is not zero."""
    scale = np.abs(b).max()
    assert scale > 1e-3
    np.testing.assert_allclose(a, b, rtol=0, atol=1e-10 * scale)


@pytest.mark.parametrize(("atom", "axis"), [(0, 0), (3, 1), (8, 2)])
def test_forces_are_the_gradient_of_the_energy(backend, crystal, atom, axis):
    def moved(step: float) -> float:
        atoms = crystal.copy()
        atoms.positions[atom, axis] += step
        return backend(atoms).energy

    assert_derivative(moved, -backend(crystal).forces[atom, axis])


@pytest.mark.parametrize(("a", "b"), [(0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)])
def test_virial_is_the_strain_derivative(backend, crystal, a, b):
    def strained(step: float) -> float:
        strain = np.eye(3)
        strain[a, b] += step / 2
        strain[b, a] += step / 2
        atoms = crystal.copy()
        atoms.set_cell(crystal.cell.array @ strain, scale_atoms=True)
        return backend(atoms).energy

    virial = backend(crystal).virial
    close(virial, virial.T)
    assert_derivative(strained, virial[a, b])


def test_translation_permutation_and_image_wraps_change_nothing(backend, crystal):
    before = backend(crystal)
    assert np.abs(before.forces.sum(axis=0)).max() < 1e-10 * np.abs(before.forces).max()
    order = np.random.default_rng(0).permutation(9)
    moved = crystal.copy()
    moved.positions += np.random.default_rng(1).integers(
        -2, 3, size=(9, 3)
    ) @ crystal.cell.array + [0.3, -0.7, 1.9]
    after = backend(moved[order])
    assert after.energy == pytest.approx(before.energy, rel=1e-10)
    close(after.forces, before.forces[order])
    close(after.virial, before.virial)


def test_rotation_turns_forces_and_virial(backend, crystal):
    before = backend(crystal)
    turn = Rotation.random(rng=np.random.default_rng(4)).as_matrix()
    turned = crystal.copy()
    turned.set_cell(crystal.cell.array @ turn.T, scale_atoms=True)
    after = backend(turned)
    assert after.energy == pytest.approx(before.energy, rel=1e-10)
    close(after.forces, before.forces @ turn.T)
    close(after.virial, turn @ before.virial @ turn.T)


def test_energy_is_extensive(backend, crystal):
    single, double = backend(crystal), backend(crystal * (2, 1, 1))
    assert double.energy == pytest.approx(2 * single.energy, rel=1e-10)
    close(double.forces, np.tile(single.forces, (2, 1)))
    close(double.virial, 2 * single.virial)


def test_cluster_and_far_apart_parts_add_up(backend, crystal):
    cluster = Atoms(crystal.symbols, crystal.positions, pbc=False)
    far = Atoms("Zr", [[80.0, 0.0, 0.0]])
    alone, apart, together = backend(cluster), backend(far), backend(cluster + far)
    assert np.abs(apart.forces).max() == 0
    assert together.energy == pytest.approx(alone.energy + apart.energy, rel=1e-10)
    close(together.forces[:-1], alone.forces)


def test_energy_is_smooth_at_the_cutoff(backend):
    cutoff = 5.0

    def pair(r: float):
        return backend(Atoms("LiCl", [[0, 0, 0], [0, 0, r]]))

    inside, edge, outside = pair(cutoff - 0.5), pair(cutoff - 1e-5), pair(cutoff + 0.3)
    assert abs(inside.energy - outside.energy) > 1e-6
    assert np.abs(outside.forces).max() == 0
    assert edge.energy == pytest.approx(outside.energy, abs=1e-8)
    assert np.abs(edge.forces).max() < 1e-3 * np.abs(inside.forces).max()


@pytest.fixture(scope="module", params=SHAPES)
def shaped_model(request, tmp_path_factory) -> Path:
    """A random model of one of `SHAPES`."""
    path = tmp_path_factory.mktemp("shape") / "shaped.safetensors"
    files.write(path, random_model(["Li", "Zr", "Cl"], **SHAPES[request.param]))
    return path


def assert_agrees(name: str, model: Path, folder: Path, atoms: Atoms) -> None:
    """All that an evaluator answers is what the reference answers, for 36 rattled atoms."""
    large = atoms * (2, 2, 1)
    large.rattle(0.05, seed=3)
    ours, reference = (make(which, model, folder)(large) for which in (name, REFERENCE))
    assert ours.energy == pytest.approx(reference.energy, rel=1e-10)
    for part in ("energies", "forces", "virial", "uncertainty"):
        close(getattr(ours, part), getattr(reference, part))


@pytest.mark.parametrize("name", COMPARED + SEVERAL_RANKS)
def test_agrees_with_the_reference(name, model_file, tmp_path, crystal):
    assert_agrees(name, model_file, tmp_path, crystal)


@pytest.mark.parametrize("name", COMPARED)
def test_models_of_all_shapes_agree_with_the_reference(name, shaped_model, tmp_path, crystal):
    assert_agrees(name, shaped_model, tmp_path, crystal)

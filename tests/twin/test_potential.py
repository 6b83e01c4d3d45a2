"""What any potential must satisfy, on the PyTorch twin, and its agreement with the compiled core."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from sswnn.potential import model_file
from sswnn.twin.model import Potential, from_file


def energy(potential, species, positions, cell, pbc) -> float:
    return potential.energy_forces_virial(species, positions, cell, pbc)["energy"]


def central_difference(function, step: float) -> float:
    return (function(step) - function(-step)) / (2 * step)


def assert_second_order(function, analytic: float) -> None:
    """Errors of central differences fall by 4 when the step halves, and the derivative is not just zero."""
    errors = [abs(central_difference(function, h) - analytic) for h in (1e-3, 5e-4)]
    assert abs(analytic) > 1e-3
    assert errors[1] < 1e-3 * abs(analytic) + 1e-4
    assert 3.0 < errors[0] / errors[1] < 5.0


@pytest.mark.parametrize(("atom", "axis"), [(0, 0), (1, 2), (3, 1), (6, 2)])
def test_forces_are_the_gradient_of_the_energy(potential, frame, atom, axis):
    species, positions, cell, pbc = frame
    forces = potential.energy_forces_virial(*frame)["forces"]

    def moved(step: float) -> float:
        shifted = positions.copy()
        shifted[atom, axis] += step
        return energy(potential, species, shifted, cell, pbc)

    assert_second_order(moved, -forces[atom, axis])


@pytest.mark.parametrize(("a", "b"), [(0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)])
def test_virial_is_the_strain_derivative(potential, frame, a, b):
    species, positions, cell, pbc = frame
    virial = potential.energy_forces_virial(*frame)["virial"]
    np.testing.assert_allclose(virial, virial.T, atol=1e-10)

    def strained(step: float) -> float:
        strain = np.eye(3)
        strain[a, b] += step / 2
        strain[b, a] += step / 2
        return energy(potential, species, positions @ strain, cell @ strain, pbc)

    assert_second_order(strained, virial[a, b])


def test_translation_permutation_and_image_wraps_change_nothing(potential, frame):
    species, positions, cell, pbc = frame
    before = potential.energy_forces_virial(*frame)
    assert np.abs(before["forces"].sum(axis=0)).max() < 1e-10
    order = np.random.default_rng(0).permutation(7)
    shift = np.random.default_rng(1).integers(-2, 3, size=(7, 3)) @ cell + [0.3, -0.7, 1.9]
    after = potential.energy_forces_virial(species[order], (positions + shift)[order], cell, pbc)
    assert after["energy"] == pytest.approx(before["energy"], rel=1e-12)
    np.testing.assert_allclose(after["forces"], before["forces"][order], atol=1e-9)


def test_rotation_turns_forces_and_virial(potential, frame):
    species, positions, cell, pbc = frame
    before = potential.energy_forces_virial(*frame)
    turn = Rotation.random(rng=np.random.default_rng(4)).as_matrix()
    after = potential.energy_forces_virial(species, positions @ turn.T, cell @ turn.T, pbc)
    assert after["energy"] == pytest.approx(before["energy"], rel=1e-12)
    np.testing.assert_allclose(after["forces"], before["forces"] @ turn.T, atol=1e-9)
    np.testing.assert_allclose(after["virial"], turn @ before["virial"] @ turn.T, atol=1e-9)


def test_energy_is_extensive(potential, frame):
    species, positions, cell, pbc = frame
    doubled = np.concatenate([positions, positions + cell[0]])
    long_cell = cell * [[2], [1], [1]]
    twice = energy(potential, np.tile(species, 2), doubled, long_cell, pbc)
    assert twice == pytest.approx(2 * energy(potential, *frame), rel=1e-12)


def test_isolated_atom_has_no_force(potential):
    result = potential.energy_forces_virial([1], np.zeros((1, 3)), np.zeros((3, 3)), [False] * 3)
    assert np.isfinite(result["energy"])
    assert np.abs(result["forces"]).max() == 0


def test_energy_is_smooth_at_the_cutoff(potential):
    def pair(r: float) -> float:
        return energy(
            potential, [0, 2], np.array([[0, 0, 0], [0, 0, r]]), np.zeros((3, 3)), [False] * 3
        )

    assert abs(pair(5.0) - pair(6.5)) > 1e-6
    assert pair(6.0 - 1e-6) == pytest.approx(pair(6.5), abs=1e-9)


def test_batched_training_path_equals_single_frames(model, frame):
    """The float path with several frames at once gives the sums of single frames in double precision."""
    from sswnn.twin.neighbours import neighbour_list

    single, precise = Potential(model, torch.float32), Potential(model, torch.float64)
    species, positions, cell, pbc = frame
    first, second, displacement = neighbour_list(positions, cell, pbc, 6.0)
    batch = single.make_batch(
        np.tile(species, 2), np.repeat([0, 1], 7), np.concatenate([first, first + 7]),
        np.concatenate([second, second + 7]), np.tile(displacement, (2, 1)).astype(np.float32),
    )  # fmt: skip
    both = single(batch, create_graph=False)
    expected = precise.energy_forces_virial(*frame)
    reference = single.reference(batch)
    total = (both.energy + reference.energy).numpy()
    np.testing.assert_allclose(total, expected["energy"], rtol=1e-5)
    np.testing.assert_allclose(
        (both.virial + reference.virial).numpy()[1], expected["virial"], atol=1e-3
    )


def test_core_agrees_with_the_twin(tmp_path, model, potential, frame):
    core = pytest.importorskip("sswnn._core")
    path = tmp_path / "model.safetensors"
    model_file.write(path, model)
    species, positions, cell, pbc = frame
    for isa in core.available_isas():
        ours = core.Potential(str(path), isa=isa).compute(
            species.astype(np.int32), positions, cell, pbc, uncertainty=True
        )
        twin = from_file(path).energy_forces_virial(*frame)
        for name in ("energy", "energies", "forces", "virial", "uncertainty"):
            scale = np.abs(twin[name]).max()
            assert scale > 0
            np.testing.assert_allclose(
                ours[name], twin[name], rtol=0, atol=1e-10 * scale, err_msg=name
            )

"""What is taken out of labels, the loss, and the schedule."""

import math
from copy import deepcopy

import numpy as np
import pytest
import torch

from sswnn.training.config import LossConfig, OptimizerConfig, from_dict
from sswnn.training.dataset import Frame
from sswnn.training.loss import set_frame_weights, squared_or_linear
from sswnn.training.reference import align_energies, fit_atom_energies
from sswnn.training.schedule import Progress, learning_rate
from sswnn.training.trainer import Trainer


def bare_frame(species: list[int], energy: float) -> Frame:
    nothing = np.zeros(0, dtype=np.int32)
    return Frame(np.array(species), nothing, nothing, np.zeros((0, 3)), 100.0, energy, np.zeros((len(species), 3)),
                 np.zeros((3, 3)), {"largest_force": 0.0})  # fmt: skip


def test_atom_energies_of_an_additive_law_are_found():
    rng = np.random.default_rng(0)
    truth = np.array([-1.9, -8.5, -1.8])
    compositions = [rng.integers(0, 3, size=8).tolist() for _ in range(200)]
    found = fit_atom_energies([bare_frame(s, truth[s].sum()) for s in compositions], 3)
    np.testing.assert_allclose(found, truth, atol=0.02)


@pytest.mark.parametrize("zeros", [[-200.0, -450.0, -1340.0], [-203.0, -12550.0, -97900.0]])
def test_atom_energies_of_any_zero_are_found_to_the_noise(zeros):
    """Plane-wave codes and those of all electrons; cells of one composition give or take an atom, noise of 20 meV/atom."""
    rng, truth = np.random.default_rng(0), np.array(zeros)
    frames = []
    for _ in range(300):
        counts = np.array([4, 12, 2])
        counts[rng.integers(3)] += rng.integers(-1, 2)
        species = np.repeat(np.arange(3), counts)
        frames.append(bare_frame(species.tolist(), truth[species].sum() + 0.02 * len(species) * rng.standard_normal()))
    found = fit_atom_energies(frames, 3)
    left = [(f.energy - found[f.species].sum()) / f.atoms for f in frames]
    assert np.std(left) < 0.025


def test_an_element_without_frames_gets_the_mean_energy():
    found = fit_atom_energies([bare_frame([0, 0], -4.0), bare_frame([0], -2.0)], 2)
    np.testing.assert_allclose(found, [-2.0, -2.0], atol=1e-9)


def test_atoms_are_calm_by_the_whole_force_of_the_label():
    frames = [bare_frame([0, 1, 1], 0.0)]
    frames[0].forces[1] = [0, 8.0, 8.0]
    set_frame_weights(frames, LossConfig())
    assert frames[0].info["calm"].tolist() == [True, False, True]


def test_the_weight_of_a_frame_is_half_that_of_its_kind_at_the_given_force():
    frames = [bare_frame([0, 1], 0.0) for _ in range(3)]
    frames[1].forces[1, 2] = -7.0
    frames[2].forces[0, 0] = 700.0
    frames[2].info["kind"] = "dimer"
    set_frame_weights(frames, LossConfig(force_half=7.0, kinds={"dimer": 0.5}))
    np.testing.assert_allclose([f.info["weight"] for f in frames], [1.0, 0.5, 0.5 / 10001])


def test_the_engine_of_a_label_multiplies_the_weight():
    frames = [bare_frame([0], 0.0) for _ in range(2)]
    frames[0].info |= {"engine": "dft", "kind": "md"}
    set_frame_weights(frames, LossConfig(kinds={"md": 0.5}, engines={"dft": 20.0}))
    np.testing.assert_allclose([f.info["weight"] for f in frames], [10.0, 1.0])


def test_offsets_between_engines_are_found_and_taken_off(settings):
    """The same frames from two engines that agree but for their zeros."""
    trainer = Trainer(from_dict(settings), report=lambda _: None)
    shift = np.array([0.8, -1.7])  # eV, of the potential's elements
    own = trainer.frames["train"]
    other = [deepcopy(f) for f in own]
    for frame in other:
        frame.info["engine"] = "dft"
        frame.energy += float(shift[frame.species].sum())
    offsets = align_energies(trainer.potential, own + other, own + other)
    np.testing.assert_allclose(offsets["dft"] - offsets["emt"], shift, atol=1e-6)
    np.testing.assert_allclose([f.energy for f in other], [f.energy for f in own], atol=1e-6)


def test_large_errors_count_linearly():
    errors = torch.tensor([0.5, -1.0, 3.0])
    torch.testing.assert_close(squared_or_linear(errors, 1.0), torch.tensor([0.25, 1.0, 5.0]))
    torch.testing.assert_close(squared_or_linear(errors, 0.0), errors**2)


def test_the_learning_rate_warms_up_and_decays():
    config = OptimizerConfig(learning_rate=1.0, warmup=0.1, final_fraction=0.0)
    assert learning_rate(0.05, config) == pytest.approx(0.5)
    assert learning_rate(0.1, config) == pytest.approx(1.0)
    assert learning_rate(0.55, config) == pytest.approx(0.5)
    assert learning_rate(1.0, config) == pytest.approx(0.0, abs=1e-12)
    assert learning_rate(0.9, OptimizerConfig(learning_rate=1.0, schedule="constant")) == 1.0


def test_progress_ends_at_one_also_when_the_number_of_epochs_changes():
    progress = Progress(epochs=10)
    while progress.epoch < progress.epochs:
        for _ in range(7):
            progress.advance(7)
        progress.epoch, progress.step = progress.epoch + 1, 0
        if progress.epoch == 4:
            before = progress.fraction
            progress.seconds = 40.0
            progress.plan(100.0, 10.0)
    assert math.isclose(before, 0.4)
    assert progress.total_steps == 70
    assert math.isclose(progress.fraction, 1.0)

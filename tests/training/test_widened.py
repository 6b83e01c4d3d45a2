"""Channels and units added to a trained potential: it says the same before the first step, and learns with them."""

import numpy as np
import pytest
import torch

from sswnn import SSWNN
from sswnn.errors import ConfigError, ModelError
from sswnn.potential import model_file
from sswnn.training.config import from_dict
from sswnn.training.finish import finish
from sswnn.training.trainer import Trainer
from sswnn.twin.initial import widened_model


def quiet(_line: str) -> None:
    """Report nothing."""


@pytest.fixture
def base(settings):
    """A potential after three epochs."""
    trainer = Trainer(from_dict(settings), quiet)
    finish(trainer, trainer.run())
    return trainer.folder / "model.safetensors"


@pytest.fixture
def wide(settings, base, tmp_path):
    """Keys of a training that starts with more of everything."""
    settings["init_from"] = str(base)
    settings["run"] = str(tmp_path / "wide")
    settings["model"] = {"widen": {"channels": 5, "hidden": [9, 6]}}
    return settings


def forces(path, frames) -> np.ndarray:
    """Of all frames."""
    calculator = SSWNN(path)
    return np.concatenate([calculator.get_property("forces", atoms) for atoms in frames])


def test_the_wider_model_says_the_same(base, frames, tmp_path):
    old = model_file.read(base)
    model, new = widened_model(old, 5, [9, 6], seed=1)
    assert (model.channels, model.hidden, new.sum()) == (5, [9, 6], model.invariants - old.invariants)
    model_file.write(tmp_path / "wide.safetensors", model)
    assert forces(tmp_path / "wide.safetensors", frames) == pytest.approx(forces(base, frames), abs=1e-12)


def test_a_training_begins_there_standardises_what_is_new_and_uses_it(wide, base, frames):
    trainer = Trainer(from_dict(wide), quiet)
    old = model_file.read(base)
    begun = trainer.potential.to_model_file()
    _, new = widened_model(old, 5, [9, 6])
    assert np.array_equal(begun.arrays["invariant.mean"][:, ~new], old.arrays["invariant.mean"].astype(np.float32))
    assert (begun.arrays["invariant.scale"][:, new] != 1).all()
    finish(trainer, trainer.run())
    done = model_file.read(trainer.folder / "model.safetensors")
    assert (done.channels, done.hidden) == (5, [9, 6])
    assert np.abs(done.arrays["network.Cu.weight0"][:8, new]).max() > 1e-4
    truth = np.concatenate([atoms.arrays["forces"] for atoms in frames])
    before, after = (np.abs(forces(path, frames) - truth).mean() for path in (base, trainer.folder / "model.safetensors"))
    assert after < before


def test_stopped_training_of_a_wider_model_goes_on_to_the_same_end(wide, tmp_path):
    whole = Trainer(from_dict(wide), quiet)
    whole.run()
    wide["run"] = str(tmp_path / "stopped")
    wide["checkpoint_steps"] = 4
    Trainer(from_dict(wide), quiet).run(stop_after_steps=8)
    resumed = Trainer(from_dict(wide), quiet)
    resumed.run()
    for a, b in zip(whole.potential.parameters(), resumed.potential.parameters(), strict=True):
        assert torch.equal(a, b)


def test_fewer_channels_units_or_layers_are_refused(wide, base):
    for widen in ({"channels": 2}, {"hidden": [8, 5]}, {"hidden": [8]}):
        wide["model"]["widen"] = widen
        with pytest.raises(ModelError, match=r"cannot be grown from channels 3 and hidden \[8, 6\]"):
            Trainer(from_dict(wide), quiet)


def test_there_must_be_a_model_to_widen(settings):
    settings["model"]["widen"] = {"channels": 4}
    with pytest.raises(ConfigError, match=r"model\.widen .*init_from"):
        from_dict(settings)

"""Training: it learns, it resumes bit for bit, it keeps groups apart, it ends on time, it exports what it trained."""

import csv
import json
import time

import numpy as np
import pytest
import torch

from sswnn import SSWNN
from sswnn.cli.train import draw
from sswnn.data.frames import write_frames
from sswnn.errors import ConfigError, DataError
from sswnn.potential import model_file
from sswnn.training import checkpoint
from sswnn.training.calibration import FEWEST, fit_uncertainty
from sswnn.training.config import from_dict
from sswnn.training.dataset import CALM_FORCE
from sswnn.training.finish import finish
from sswnn.training.trainer import Trainer
from sswnn.twin.model import element_indices, from_file


def quiet(_line: str) -> None:
    """Report nothing."""


def parameters(potential) -> list[torch.Tensor]:
    return [p.detach().clone() for p in potential.parameters()]


def test_training_learns_and_exports(settings, frames):
    settings["optimizer"]["epochs"] = 40
    trainer = Trainer(from_dict(settings), quiet)
    errors = finish(trainer, trainer.run(), draw)
    with (trainer.folder / "metrics.csv").open() as stream:
        table = list(csv.DictReader(stream))
    assert len(table) == 40
    assert float(table[-1]["train_force_rmse"]) < 0.2 * float(table[0]["train_force_rmse"])
    for name in (
        "model.safetensors",
        "errors.json",
        "predictions.csv",
        "parity.png",
        "learning.png",
        "split.json",
    ):
        assert (trainer.folder / name).stat().st_size > 100

    model = model_file.read(trainer.folder / "model.safetensors")
    assert model.metadata["training"]["data_sha256"] == trainer.data_hash
    assert model.metadata["training"]["engines"] == ["emt"]
    assert np.all(model.arrays["uncertainty.scale"] > 0)
    # The file predicts total energies of held-out frames as well as the reported errors say.
    potential = from_file(trainer.folder / "model.safetensors")
    held = json.loads((trainer.folder / "split.json").read_text())["test"]
    energy_errors, force_errors = [], []
    for entry in held:
        atoms = frames[entry["frame"]]
        species = element_indices(potential, atoms.get_chemical_symbols())
        out = potential.energy_forces_virial(species, atoms.positions, atoms.cell[:], atoms.pbc)
        energy_errors.append(1000 * (out["energy"] - atoms.info["energy"]) / len(atoms))
        force_errors.append(out["forces"] - atoms.arrays["forces"])
    assert np.sqrt(np.mean(np.square(energy_errors))) == pytest.approx(
        errors["all"]["energy_mev_per_atom"], rel=1e-2
    )
    assert np.sqrt(np.mean(np.square(force_errors))) == pytest.approx(
        errors["all"]["force_ev_per_a"], rel=1e-2
    )


@pytest.mark.parametrize(
    ("method", "stops"), [("soap", [4]), ("soap", [6]), ("soap", [7, 3]), ("adam", [7, 3])]
)
def test_resumed_training_equals_the_uninterrupted_one(settings, tmp_path, method, stops):
    settings["optimizer"]["method"] = method
    whole = parameters(Trainer(from_dict(settings), quiet).run())
    settings["run"] = str(tmp_path / "interrupted")
    for stop in stops:
        Trainer(from_dict(settings), quiet).run(stop_after_steps=stop)
    resumed = Trainer(from_dict(settings), quiet)
    assert resumed.progress.total_steps == sum(stops)
    for a, b in zip(whole, parameters(resumed.run()), strict=True):
        assert torch.equal(a, b)
    metrics = []
    for run in ("run", "interrupted"):
        with (tmp_path / run / "metrics.csv").open() as stream:
            metrics.append(
                [{k: v for k, v in row.items() if k != "seconds"} for row in csv.DictReader(stream)]
            )
    assert metrics[0] == metrics[1]


def test_another_seed_gives_another_model(settings, tmp_path):
    first = parameters(Trainer(from_dict(settings), quiet).run())
    settings |= {"seed": 1, "run": str(tmp_path / "other")}
    second = parameters(Trainer(from_dict(settings), quiet).run())
    assert not torch.equal(first[0], second[0])


def test_a_group_never_stands_in_two_parts(settings):
    trainer = Trainer(from_dict(settings), quiet)
    parts = json.loads((trainer.folder / "split.json").read_text())
    groups = [{entry["group"] for entry in part} for part in parts.values()]
    assert all(groups)
    assert len(set.union(*groups)) == sum(len(g) for g in groups) == 12


def test_a_time_limit_sets_the_number_of_epochs(settings):
    settings["optimizer"] |= {"max_minutes": 0.08, "epochs": 100000}
    started = time.perf_counter()
    trainer = Trainer(from_dict(settings), quiet)
    trainer.run()
    assert time.perf_counter() - started < 15
    assert trainer.progress.epoch == trainer.progress.epochs < 100000
    assert trainer.progress.fraction == pytest.approx(1, abs=1e-6)


def test_the_last_epoch_is_exported_where_that_is_asked_for(settings):
    settings["optimizer"]["keep"] = "last"
    trainer = Trainer(from_dict(settings), quiet)
    trainer.best = -np.inf  # no epoch can have a lower validation loss
    exported = parameters(trainer.run())
    average = checkpoint.load(trainer.folder / "checkpoint.pt")["average"]
    for parameter, last in zip(exported, average, strict=True):
        torch.testing.assert_close(parameter, last)


def test_atoms_pushed_into_each_other_do_not_set_the_scale_of_the_uncertainty(settings):
    trainer = Trainer(from_dict(settings), quiet)
    potential = trainer.potential.double()
    frames, elements = trainer.frames["validation"], trainer.selection.elements
    fit_uncertainty(potential, trainer.frames["train"], frames, elements)
    before = potential.uncertainty_scale.clone()
    frames[0].forces[0] = [100 * CALM_FORCE, 0, 0]
    frames[0].info["calm"][0] = False
    counted = fit_uncertainty(potential, trainer.frames["train"], frames, elements)["validation_atoms"]
    assert sum(counted.values()) == sum(frame.atoms for frame in frames) - 1
    np.testing.assert_allclose(potential.uncertainty_scale, before, rtol=0.3)


def test_an_element_of_few_validation_atoms_has_the_scale_of_all(settings):
    """Not zero, which would mean certain; the elements of this data have 18 and 6 atoms there."""
    settings["model"]["elements"] = ["Cu", "Ag", "Au"]  # the last in no frame
    trainer = Trainer(from_dict(settings), quiet)
    potential = trainer.potential.double()
    made = fit_uncertainty(potential, trainer.frames["train"], trainer.frames["validation"], [0, 1, 2])
    assert max(made["validation_atoms"].values()) < FEWEST
    scale = potential.uncertainty_scale.numpy()
    assert scale[0] > 0
    np.testing.assert_array_equal(scale, scale[0])


def test_warm_start_takes_all_parameters_from_the_file(settings, tmp_path):
    trainer = Trainer(from_dict(settings), quiet)
    finish(trainer, trainer.run())
    path = trainer.folder / "model.safetensors"
    settings |= {"run": str(tmp_path / "second"), "init_from": str(path)}
    warm = Trainer(from_dict(settings), quiet)
    before = model_file.read(path).arrays
    for name, array in warm.potential.to_model_file().arrays.items():
        fitted = name.startswith("uncertainty")  # anew after a training; rounded to single precision here
        rtol, atol = (1e-7, 1e-5) if fitted else (0.0, 0.0)
        np.testing.assert_allclose(array, before[name], rtol=rtol, atol=atol, err_msg=name)
    settings |= {"run": str(tmp_path / "third"), "init_from": str(tmp_path / "absent")}
    with pytest.raises(ConfigError, match="absent"):
        Trainer(from_dict(settings), quiet)


@pytest.mark.parametrize(
    ("part", "key", "value"), [("data", "split_seed", 1), ("loss", "energy", 1.0), ("optimizer", "betas", [0.8, 0.9])]
)
def test_settings_do_not_change_half_way(settings, part, key, value):
    """Frames would change from training to test, or the optimiser ignore what is asked for."""
    Trainer(from_dict(settings), quiet).run(stop_after_steps=2)
    settings.setdefault(part, {})[key] = value
    with pytest.raises(ConfigError, match=rf"{part}\.{key} was .* and is .*; give the run another folder"):
        Trainer(from_dict(settings), quiet)


def test_a_training_that_has_ended_is_not_prolonged(settings):
    Trainer(from_dict(settings), quiet).run(stop_after_steps=2)
    settings["optimizer"]["epochs"] = 4  # before the end it may
    trainer = Trainer(from_dict(settings), quiet)
    trainer.run()
    Trainer(from_dict(settings), quiet).run()
    settings["optimizer"]["epochs"] = 6
    with pytest.raises(ConfigError, match="has ended after 4 epochs"):
        Trainer(from_dict(settings), quiet)


def test_other_data_under_a_checkpoint_are_refused(settings, data_file, tmp_path):
    Trainer(from_dict(settings), quiet).run(stop_after_steps=2)
    other = tmp_path / "other.extxyz"
    other.write_text(data_file.read_text() + data_file.read_text())
    settings["data"]["frames"] = [str(other)]
    with pytest.raises(DataError, match="other data"):
        Trainer(from_dict(settings), quiet)


def test_a_damaged_checkpoint_is_named(settings):
    trainer = Trainer(from_dict(settings), quiet)
    (trainer.folder / "checkpoint.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(DataError, match=r"checkpoint\.pt"):
        Trainer(from_dict(settings), quiet)


def test_a_model_of_data_without_stress_can_be_used(settings, frames, tmp_path):
    bare = [atoms.copy() for atoms in frames]
    for atoms in bare:
        del atoms.info["stress"]
    write_frames(tmp_path / "bare.extxyz", bare)
    settings["data"]["frames"] = [str(tmp_path / "bare.extxyz")]
    trainer = Trainer(from_dict(settings), quiet)
    errors = finish(trainer, trainer.run())
    assert errors["all"]["stress_gpa"] is None
    atoms = frames[0].copy()
    atoms.calc = SSWNN(trainer.folder / "model.safetensors")
    assert np.isfinite(atoms.get_potential_energy())

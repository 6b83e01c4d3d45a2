"""Elements added to a trained potential: what they start from, that they learn, and that nothing else moves by a bit."""

import csv

import numpy as np
import pytest
import torch
from ase.calculators.emt import EMT

from sswnn import SSWNN
from sswnn.data.frames import write_frames
from sswnn.data.prototypes import prototype
from sswnn.data.sampling import rattled
from sswnn.errors import ConfigError, ModelError
from sswnn.potential import model_file, models
from sswnn.training.config import LossConfig, from_dict
from sswnn.training.dataset import prepare
from sswnn.training.finish import finish
from sswnn.training.loss import set_frame_weights
from sswnn.training.reference import fit_added_energies, subtract_repulsion
from sswnn.training.trainer import Trainer
from sswnn.twin.initial import extended_model, initial_model
from sswnn.twin.model import Potential, element_indices, from_file


def quiet(_line: str) -> None:
    """Report nothing."""


@pytest.fixture(scope="module")
def base(data_file, tmp_path_factory):
    """A potential of Cu and Ag."""
    settings = {
        "run": str(tmp_path_factory.mktemp("base") / "run"),
        "data": {"frames": [str(data_file)], "validation": 0.15, "test": 0.15},
        "model": {"cutoff": 4.5, "channels": 3, "lmax": 2, "couplings": [[1, 1, 2]], "radial_functions": 6,
                  "intervals": 30, "hidden": [8, 6], "name": "Cu-Ag"},
        "optimizer": {"epochs": 20, "batch_atoms": 16, "learning_rate": 0.01},
    }  # fmt: skip
    trainer = Trainer(from_dict(settings), quiet)
    finish(trainer, trainer.run())
    return trainer.folder / "model.safetensors"


@pytest.fixture(scope="module")
def gold(frames, tmp_path_factory):
    """The same frames with Au in place of all or, in every third, of one Ag."""
    out = []
    for k, frame in enumerate(frames):
        atoms = frame.copy()
        silver = np.flatnonzero(atoms.symbols == "Ag")
        if not len(silver):
            continue
        atoms.symbols[silver if k % 3 else silver[:1]] = "Au"
        atoms.calc = EMT()
        atoms.info.update(energy=atoms.get_potential_energy(), stress=atoms.get_stress())
        atoms.arrays["forces"] = atoms.get_forces()
        atoms.calc = None
        out.append(atoms)
    path = tmp_path_factory.mktemp("gold") / "gold.extxyz"
    write_frames(path, out)
    return path


@pytest.fixture
def added(settings, base, gold):
    """Keys of a training that adds Au to the potential and trains nothing else."""
    settings["data"]["frames"] = [str(gold)]
    settings["init_from"] = str(base)
    settings["model"]["like"] = {"Au": "Ag"}
    settings["optimizer"] |= {"train_only": ["Au"], "epochs": 15}
    return settings


def everything(path, atoms) -> list[dict]:
    """All that twin and compiled core say about a structure."""
    potential = from_file(path)
    species = element_indices(potential, atoms.get_chemical_symbols())
    twin = potential.energy_forces_virial(species, atoms.positions, atoms.cell[:], atoms.pbc)
    atoms = atoms.copy()
    atoms.calc = SSWNN(path)
    atoms.get_forces()
    return [twin, dict(atoms.calc.results)]


@pytest.mark.parametrize("method", ["soap", "adam"])
def test_only_the_new_element_is_trained(added, base, frames, method):
    added["optimizer"] |= {"method": method, "weight_decay": 0.1}
    trainer = Trainer(from_dict(added), quiet)
    finish(trainer, trainer.run())
    with (trainer.folder / "metrics.csv").open() as stream:
        table = list(csv.DictReader(stream))
    assert float(table[-1]["train_loss"]) < 0.6 * float(table[0]["train_loss"])

    path = trainer.folder / "model.safetensors"
    old, new = model_file.read(base), model_file.read(path)
    assert new.elements == ["Cu", "Ag", "Au"]
    for name in ("energy.atom", "radial.mixing", "invariant.mean", "uncertainty.factor"):
        part = new.arrays[name][:2, :2] if name == "radial.mixing" else new.arrays[name][:2]
        np.testing.assert_array_equal(part, old.arrays[name], err_msg=name)
    start = extended_model(old, {"Au": "Ag"})
    moved = new.arrays["radial.mixing"] != start.arrays["radial.mixing"]
    np.testing.assert_array_equal(moved.all(axis=(2, 3)), np.add.outer([0, 0, 1], [0, 0, 1]) > 0)
    for layer in ("weight0", "bias0", "weight2"):
        assert np.all(new.arrays[f"network.Au.{layer}"] != start.arrays[f"network.Au.{layer}"])
    assert new.arrays["uncertainty.scale"][2] > 0
    assert new.metadata["training"]["only"] == ["Au"]
    assert new.metadata["base"]["name"] == "Cu-Ag"
    for atoms in (frames[0], frames[10]):
        for before, after in zip(everything(base, atoms), everything(path, atoms), strict=True):
            for key, value in before.items():
                np.testing.assert_array_equal(after[key], value, err_msg=key)


def test_without_train_only_the_old_elements_move_too(added, base):
    added["optimizer"] |= {"train_only": [], "epochs": 1}
    potential = Trainer(from_dict(added), quiet).run()
    old = torch.from_numpy(model_file.read(base).arrays["radial.mixing"]).float()
    assert torch.all(potential.mixing[:2, :2] != old)


def test_resumed_training_of_one_element_equals_the_uninterrupted_one(added, tmp_path):
    added["optimizer"]["epochs"] = 3
    whole = Trainer(from_dict(added), quiet).run().state_dict()
    added["run"] = str(tmp_path / "interrupted")
    Trainer(from_dict(added), quiet).run(stop_after_steps=4)
    resumed = Trainer(from_dict(added), quiet).run().state_dict()
    for name, value in whole.items():
        assert torch.equal(resumed[name], value), name


def test_a_new_element_starts_as_its_pattern(base, frames):
    atoms = next(f for f in frames if set(f.symbols) == {"Cu", "Ag"})
    other = atoms.copy()
    other.symbols[atoms.symbols == "Ag"] = "Au"
    extended = Potential(extended_model(model_file.read(base), {"Au": "Ag"}))
    found = [
        extended.energy_forces_virial(
            element_indices(extended, a.get_chemical_symbols()), a.positions, a.cell[:], a.pbc
        )
        for a in (atoms, other)
    ]
    for key, value in found[0].items():
        np.testing.assert_allclose(found[1][key], value, rtol=0, atol=1e-10, err_msg=key)
    outer = extended.repulsion_outer.numpy()
    assert outer[2, 2] == pytest.approx(0.8 * 2 * 1.36)  # of Au, not of Ag (1.45)
    assert outer[2, 0] == outer[0, 2] == pytest.approx(0.8 * (1.36 + 1.32))


def test_hafnium_beside_the_shipped_elements_changes_nothing_of_them(tmp_path):
    shipped = models.path("LiZrCl-l3i5")
    path = tmp_path / "extended.safetensors"
    model_file.write(path, extended_model(model_file.read(shipped), {"Hf": "Zr"}))
    atoms = rattled(prototype("li2zrcl6_p-31m_2d"), np.random.default_rng(0), 0.1)
    found = everything(shipped, atoms)
    for before, after in zip(found, everything(path, atoms), strict=True):
        for key, value in before.items():
            np.testing.assert_array_equal(after[key], value, err_msg=key)
    atoms.symbols[atoms.symbols == "Zr"] = "Hf"
    for before, after in zip(found, everything(path, atoms), strict=True):
        assert after["energy"] == pytest.approx(before["energy"], abs=1e-8)  # only the core differs


def test_the_energy_of_the_new_atom_is_what_the_rest_leaves(base, frames):
    potential = Potential(extended_model(model_file.read(base), {"Au": "Ag"}))
    labelled = []
    for frame in frames:
        atoms = frame.copy()
        atoms.symbols[atoms.symbols == "Ag"] = "Au"
        species = element_indices(potential, atoms.get_chemical_symbols())
        out = potential.energy_forces_virial(species, atoms.positions, atoms.cell[:], atoms.pbc)
        atoms.info["energy"] = out["energy"] - 3.25 * int((species == 2).sum())
        labelled.append(prepare(atoms, potential))
    set_frame_weights(labelled, LossConfig())
    subtract_repulsion(potential, labelled)
    np.testing.assert_allclose(fit_added_energies(potential, labelled, [2]), [-3.25], atol=1e-5)
    np.testing.assert_array_equal(fit_added_energies(potential, labelled, [1]), [0.0])  # no Ag left


@pytest.mark.parametrize(
    ("like", "only", "error", "message"),
    [
        ({}, ["Au"], ConfigError, r"has no Au; .* one of Cu, Ag: model\.like: \{Au: \.\.\.\}"),
        ({"Au": "Pt"}, ["Au"], ModelError, "Au like Pt cannot be added"),
        ({"Au": "Ag", "Cu": "Ag"}, [], ConfigError, r"model\.like names Cu; .*lacks: Au"),
        ({"Au": "Ag"}, ["Ni"], ConfigError, r"train_only names Ni; the model has Cu, Ag, Au"),
    ],
)
def test_mistakes_are_named(added, like, only, error, message):
    added["model"]["like"], added["optimizer"]["train_only"] = like, only
    with pytest.raises(error, match=message):
        Trainer(from_dict(added), quiet)


def test_an_element_whose_bonds_the_radial_functions_do_not_see_is_refused():
    """H-H bonds are shorter than where the functions of a model of metals begin to change; F-F and O-O bonds are not."""
    model = initial_model(["Li", "Zr", "Cl"])
    with pytest.raises(ModelError, match=r"H cannot be added: .* constant below 1\.10 A, and H-H bonds are about 0\.62 A long"):
        extended_model(model, {"H": "Li"})
    assert extended_model(model, {"O": "Cl", "F": "Cl"}).elements == ["Li", "Zr", "Cl", "O", "F"]
    assert extended_model(initial_model(["H", "O"]), {"N": "O"}).elements == ["H", "O", "N"]

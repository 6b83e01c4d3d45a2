"""A small labelled data set with a known law, and the configuration of a tiny training on it."""

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT

pytest.importorskip("torch")

from sswnn.data.frames import write_frames


@pytest.fixture(scope="session")
def frames():
    """Rattled, strained Cu-Ag crystals in 12 groups of 3 frames, labelled with effective medium theory."""
    rng = np.random.default_rng(0)
    out = []
    for group in range(12):
        parent = bulk("Cu", "fcc", 3.7 + 0.2 * rng.random(), cubic=True)
        parent.set_chemical_symbols(list(rng.choice(["Cu", "Ag"], 4)))
        for _ in range(3):
            atoms = parent.copy()
            atoms.set_cell(
                atoms.cell[:] @ (np.eye(3) + rng.normal(0, 0.02, (3, 3))), scale_atoms=True
            )
            atoms.positions += rng.normal(0, 0.1, atoms.positions.shape)
            atoms.calc = EMT()
            atoms.info.update(
                energy=atoms.get_potential_energy(), stress=atoms.get_stress(), group=f"g{group}",
                origin=f"alloy{group % 2}", kind="rattle", engine="emt",
            )  # fmt: skip
            atoms.arrays["forces"] = atoms.get_forces()
            atoms.calc = None
            out.append(atoms)
    return out


@pytest.fixture(scope="session")
def data_file(frames, tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "alloys.extxyz"
    write_frames(path, frames)
    return path


@pytest.fixture
def settings(data_file, tmp_path):
    """Keys of a training of three epochs with six steps each."""
    return {
        "run": str(tmp_path / "run"),
        "data": {"frames": [str(data_file)], "validation": 0.15, "test": 0.15},
        "model": {"cutoff": 4.5, "channels": 3, "lmax": 2, "couplings": [[1, 1, 2]], "radial_functions": 6,
                  "intervals": 30, "hidden": [8, 6]},
        "optimizer": {"epochs": 3, "batch_atoms": 16, "learning_rate": 0.01},
    }  # fmt: skip

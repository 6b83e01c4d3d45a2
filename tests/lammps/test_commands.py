"""What pair_style, pair_coeff and the model file refuse: by name, with an exit code, on any number of ranks."""

import os
import shutil

import numpy as np
import pytest
from lammps_tools import OUTPUTS, Atoms, core, make_atoms, preamble
from random_model import random_model

from sswnn.potential import model_file as files


def refused(lammps, script, *words, ranks=1, atoms=None):
    """Run a script that must fail with an error of LAMMPS' that holds all `words`."""
    run = lammps(script, atoms or make_atoms(2), fails=True, ranks=ranks)
    lines = [line for line in run.output.splitlines() if line.startswith("ERROR")]
    assert lines, run.output
    for word in words:
        assert any(word in line for line in lines), f"{word!r} is not in {lines}"


def test_units_other_than_metal(lammps, model_file):
    script = preamble(model_file).replace("units metal", "units real")
    refused(lammps, script, "units metal", "units real")


def test_newton_off(lammps, model_file):
    refused(lammps, preamble(model_file, before="newton off") + "run 0\n", "newton on")


@pytest.mark.parametrize(
    "style", ["sswnn cutoff 6", "sswnn model.safetensors", "sswnn isa", "sswnn isa sse9"]
)
def test_unknown_keywords(lammps, model_file, style):
    refused(lammps, preamble(model_file, style=style), style.split()[-1])


@pytest.mark.parametrize("elements", ["Li Zr", "Li Zr Cl Cl", ""])
def test_wrong_number_of_elements(lammps, model_file, elements):
    refused(lammps, preamble(model_file, elements), "3 atom types")


def test_element_that_the_model_has_not(lammps, model_file):
    refused(lammps, preamble(model_file, "Li Hf Cl"), "Hf", "type 2", "Li Zr Cl")


@pytest.mark.parametrize("elements", ["li Zr Cl", "LI Zr Cl"])
def test_elements_are_case_sensitive(lammps, model_file, elements):
    refused(lammps, preamble(model_file, elements), elements.split()[0])


def test_pair_coeff_for_some_types(lammps, model_file):
    script = preamble(model_file).replace("pair_coeff * *", "pair_coeff 1 2")
    refused(lammps, script, "* *")


def test_missing_pair_coeff(lammps, model_file):
    script = "\n".join(
        line for line in preamble(model_file).splitlines() if "pair_coeff" not in line
    )
    refused(lammps, script + "\nrun 0\n", "coeffs are not set")


def test_null_without_another_style(lammps, model_file):
    refused(lammps, preamble(model_file, "Li NULL Cl") + "run 0\n", "coeffs are not set")


def test_only_nulls(lammps, model_file):
    refused(lammps, preamble(model_file, "NULL NULL NULL"), "no atom type has an element")


def test_excluded_neighbours_are_warned_of(lammps, model_file):
    script = preamble(model_file) + "group half id < 10\nneigh_modify exclude group half half\nrun 0\n"
    assert "takes neighbours away from atoms" in lammps(script, make_atoms(2)).output


def damaged(good: bytes, how: str) -> bytes:
    """The bytes of a bad model file."""
    if how == "empty":
        return b""
    if how == "text":
        return b"Li Zr Cl 6.0\n" * 40
    if how == "truncated":
        return good[: len(good) // 2]
    if how == "huge header":
        return (2**62).to_bytes(8, "little") + good[8:]
    if how == "one bit":
        middle = len(good) * 3 // 4
        return good[:middle] + bytes([good[middle] ^ 4]) + good[middle + 1 :]
    raise ValueError(how)


@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.parametrize("how", ["empty", "text", "truncated", "huge header", "one bit"])
def test_bad_model_file(lammps, model_file, tmp_path, how, ranks):
    bad = tmp_path / "bad.safetensors"
    bad.write_bytes(damaged(model_file.read_bytes(), how))
    refused(lammps, preamble(bad) + "run 0\n", "bad.safetensors", ranks=ranks)


@pytest.mark.parametrize("ranks", [1, 2])
def test_missing_model_file(lammps, ranks):
    refused(lammps, preamble("no-such-model"), "no-such-model", ranks=ranks)


def test_folder_as_model_file(lammps, tmp_path):
    refused(lammps, preamble(tmp_path), str(tmp_path))


@pytest.mark.parametrize("folder_of_that_name", [False, True])
def test_shipped_model_is_found_by_name(lammps, model_file, tmp_path, folder_of_that_name):
    """A name without a slash is looked up in models/ beside the plugin, unless a file has it in the working folder."""
    import sswnn.lammps_plugin

    folder = tmp_path / "plugin"
    (folder / "models").mkdir(parents=True)
    shutil.copy(os.path.join(sswnn.lammps_plugin.folder(), "sswnnplugin.so"), folder)
    shutil.copy(model_file, folder / "models" / "Example.safetensors")
    script = f"plugin unload pair sswnn\nplugin load {folder}/sswnnplugin.so\n"
    atoms, work = make_atoms(3), tmp_path / "work"
    work.mkdir()
    if folder_of_that_name:
        (work / "Example").mkdir()
    run = lammps(script + preamble("Example") + OUTPUTS + "run 0\n", atoms, folder=work)
    np.testing.assert_allclose(
        run.thermo()["PotEng"][0], core(model_file, atoms)["energy"], rtol=1e-10
    )


@pytest.mark.parametrize("ranks", [1, 2])
def test_atoms_at_the_same_place_are_named(lammps, model_file, ranks):
    atoms = Atoms(
        np.array([[1.0, 1, 1], [5, 5, 5], [5, 5, 5]]), np.array([1, 2, 3]), 12.0 * np.eye(3)
    )
    script = preamble(model_file) + "run 0\n"
    refused(lammps, script, "atom 2", "atom 3", "same place", atoms=atoms, ranks=ranks)


def test_energy_that_is_not_a_number_names_the_atom(lammps, tmp_path):
    model = random_model(["Li", "Zr", "Cl"])
    for k in (1, 2):
        model.arrays[f"network.Zr.weight{k}"][:] = 1e200
    path = tmp_path / "overflow.safetensors"
    files.write(path, model)
    atoms = Atoms(
        np.array([[1.0, 1, 1], [5, 5, 5], [5, 5, 7]]), np.array([1, 2, 3]), 12.0 * np.eye(3)
    )
    refused(
        lammps,
        preamble(path) + "run 0\n",
        "atom 2",
        "not a finite number",
        "atom 3 (type 3) at 2 A",
        atoms=atoms,
    )


def test_uncertainty_must_be_triggered(lammps, model_file):
    script = preamble(model_file) + "fix u all pair 1 sswnn uncertainty 0\nrun 0\n"
    refused(lammps, script, "cannot extract", "uncertainty")


def test_unknown_field_of_fix_pair(lammps, model_file):
    script = preamble(model_file) + "fix u all pair 1 sswnn error 1\nrun 0\n"
    refused(lammps, script, "cannot extract", "error_flag")

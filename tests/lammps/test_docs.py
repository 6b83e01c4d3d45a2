"""The LAMMPS commands that the documentation shows run as they stand."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from lammps_tools import make_atoms

DOCS = Path(__file__).parents[2] / "docs"


def blocks(page: str, heading: str) -> list[str]:
    """Groups of commands (separated by empty lines) in the first code block below a heading."""
    text = (DOCS / page).read_text().split(heading, 1)[1]
    return re.search(r"```\n(.*?)```", text, re.DOTALL).group(1).strip().split("\n\n")


def in_folder(model_file, tmp_path: Path) -> Path:
    """A folder with the models that the pages name: small random ones, whose names come before shipped ones."""
    folder = tmp_path / "docs"
    folder.mkdir()
    for name in ("LiZrCl", "my_model.safetensors"):
        shutil.copy(model_file, folder / name)
    return folder


def script(commands: str) -> str:
    """The commands between the least that LAMMPS needs and a short run."""
    return f"""
units metal
atom_style atomic
read_data atoms.data
{commands}
run 2
"""


@pytest.mark.parametrize("commands", blocks("pair_sswnn.md", "## Examples"))
def test_examples_of_the_command_page(lammps, model_file, tmp_path, commands):
    ntypes = 4 if "NULL" in commands else 3
    atoms = make_atoms(3)
    atoms.types[:5] = ntypes
    folder = in_folder(model_file, tmp_path)
    atoms.write(folder / "atoms.data", ntypes)
    energy = lammps(script(commands), folder=folder).thermo()["E_pair"]
    assert np.all(np.isfinite(energy)) and energy[0] < 0


def test_uncertainty_as_the_command_page_shows_it(lammps, model_file, tmp_path):
    (commands,) = blocks("pair_sswnn.md", "### Output of the uncertainty")
    folder = in_folder(model_file, tmp_path)
    start = "pair_style sswnn\npair_coeff * * LiZrCl Li Zr Cl\n"
    run = lammps(script(start + commands), make_atoms(3), folder=folder)
    assert run.thermo()["c_worst"][0] == pytest.approx(
        run.dump("out.dump")[0]["f_u"].max(), rel=1e-4
    )
    assert run.dump("out.dump")[0]["f_u"].min() > 0

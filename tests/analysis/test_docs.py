"""docs/interface_analysis.md: its example runs as it stands, on real molecular dynamics; what the numbers must be."""

import csv
import json
import re
import shutil

import numpy as np
import pages
import pytest
from ase.io.cube import read_cube
from pages import Page

from sswnn.analysis import read_trajectory
from sswnn.analysis.trajectories.moments import frames_at
from sswnn.workflow.inputs import environment, input_script, program

PAGE = Page("interface_analysis.md")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Folder in which the commands of the page have run, and what they said."""
    folder = tmp_path_factory.mktemp("page")
    shutil.copy(input_script("in.interface"), folder)
    programs = {"lmp": [str(program("lmp"))], "sswnn": pages.PROGRAMS["sswnn"]}
    said = {}
    for line in PAGE.commands():
        name = line.split()[0]
        done = pages.run(
            line, folder, programs=programs, environment=environment() if name == "lmp" else None
        )
        assert not done.stderr or name == "lmp", line + done.stderr
        said[line] = done.stdout
    return folder, said


def test_all_files_are_written(run):
    names = re.findall(r"--(?:json|csv|plot|fates|hops|grid) (\S+)", PAGE.block("sh"))
    assert len(names) > 14
    for name in names:
        assert (run[0] / name).stat().st_size > 40, name


def test_nothing_dissolves_in_a_fifth_of_a_picosecond(run):
    folder, said = run
    numbers = json.loads((folder / "dissolution.json").read_text())
    assert numbers["zr_atoms"] == 48 and numbers["layer_size"] == [24, 24]
    assert (
        numbers["lasting"]["dissolved"] == [0] * 21 and min(numbers["lasting"]["mean_bonds"]) > 4.5
    )
    assert numbers["fates"] == [] and numbers["onset_ps"] is None
    text = next(x for line, x in said.items() if "second.dump --plot" in line)
    assert text.startswith("2 runs, 0 to 0.2 ps") and "onset in 0 of 2 runs" in text


def test_film_of_a_run_without_reaction(run):
    numbers = json.loads((run[0] / "film.json").read_text())
    assert numbers["sides"] == [-1, 1] and np.max(numbers["layers_at_end"]) < 0.1
    np.testing.assert_allclose(numbers["anions_per_centre_first"], 6.0)
    np.testing.assert_allclose(numbers["anions_per_centre_last"], 6.0, atol=0.3)
    assert np.abs(numbers["stoichiometry"]["charge_e"]).max() < 25  # of 156 atoms of the metal
    with open(run[0] / "lithium.csv") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 21
    assert all(
        sum(int(row[x]) for x in ("metal", "interface", "film", "A", "B")) == 356 for row in rows
    )


def test_density_of_a_run(run):
    with open(run[0] / "density.cube") as stream:
        read = read_cube(stream)
    voxel = read["atoms"].cell.volume / read["data"].size / 0.529177210903**3
    assert 90 < read["data"].sum() * voxel < 260  # Li+, of 356 Li
    assert len(read["atoms"]) == 48 + 288


def test_frames_of_a_real_dump(run):
    frames = list(read_trajectory(run[0] / "first.dump"))
    assert len(frames) == 21 and frames[-1].time_ps == pytest.approx(0.2)
    assert [f.time_ps for f in frames_at(run[0] / "first.dump", [0.0, 0.1, 35.0])] == pytest.approx(
        [0, 0.1, 0.2]
    )
    text = (run[0] / "first.dump").read_bytes()
    (run[0] / "cut.dump").write_bytes(text[:-1000])
    assert len(list(read_trajectory(run[0] / "cut.dump"))) == 20


def test_the_python_of_the_page(run, tmp_path):
    script = tmp_path / "page.py"
    script.write_text(PAGE.block("python"))
    done = pages.run(f"python {script}", run[0])
    assert done.stdout.startswith("21 frames, 0 Zr dissolved")

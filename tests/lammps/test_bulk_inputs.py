"""inputs/in.bulk_*: run, are continued from a restart file without a gap, and can be analysed; the relaxed cell."""

import numpy as np
import pytest
from ase.io import read
from lammps_tools import run_lammps

from sswnn.analysis import read_trajectory
from sswnn.analysis.trajectories.lammps_log import joined, read_log
from sswnn.data.prototypes import prototype
from sswnn.interface.files import TYPE_ORDER, write_lammps_data
from sswnn.workflow.inputs import input_script

SETTINGS = {
    "in.bulk_nvt": {"temperature": 300, "settle": 20, "dump_every": 10, "thermo_every": 10},
    "in.bulk_heat": {"cold": 200, "hot": 400, "dump_every": 10, "thermo_every": 10},
}


def script_with(script: str, values: dict[str, object]) -> str:
    """The script with variables set before it, as `-var` does."""
    head = "\n".join(f"variable {key} index {value}" for key, value in values.items())
    return f"{head}\n{input_script(script).read_text()}"


@pytest.mark.parametrize("name", SETTINGS)
def test_runs_and_continues(name, tmp_path):
    atoms = prototype("li2zrcl6_p-3m1_6g").repeat((1, 1, 2))
    write_lammps_data(tmp_path / "bulk.data", atoms, TYPE_ORDER)
    settings = SETTINGS[name] | {"steps": 60, "restart_every": 20, "name": "a"}
    run_lammps(script_with(name, settings), tmp_path, 1, fails=False)
    whole = list(read_trajectory(tmp_path / "a.dump"))
    assert [f.step for f in whole] == list(range(0, 61, 10))

    # a is of step 20 or 60, b of step 40: go on from it as after a kill
    run_lammps(script_with(name, settings | {"continue": "b"}), tmp_path, 1, fails=False)
    again = list(read_trajectory(tmp_path / "a.dump"))
    assert [f.step for f in again] == list(range(0, 61, 10))
    assert np.allclose(np.diff([f.time_ps for f in again]), again[1].time_ps)
    table = joined(read_log(tmp_path / "a.log"))
    assert table["Step"][-1] == 60 and (np.diff(table["Step"]) > 0).all()
    assert np.isfinite(table["PotEng"]).all() and 50 < table["Temp"][-1] < 1000


def test_relaxed_cell_with_dispersion_is_that_of_the_measured_layers(tmp_path):
    # measured: a / sqrt(3) = 6.33 A, c = 5.93 A a layer; PBE alone leaves the layers some 7 A apart
    write_lammps_data(tmp_path / "bulk.data", prototype("li2zrcl6_p-31c_2d2a"), TYPE_ORDER)
    heights = {}
    for dispersion in ("yes", "no"):
        settings = {"dispersion": dispersion, "name": dispersion, "model": "LiZrCl"}
        run_lammps(script_with("in.bulk_relax", settings), tmp_path, 1, fails=False)
        text = (tmp_path / f"{dispersion}.relaxed.data").read_text()
        low, high = next(line.split()[:2] for line in text.splitlines() if line.endswith("zlo zhi"))
        heights[dispersion] = (float(high) - float(low)) / 2
    assert 5.7 < heights["yes"] < 6.05
    assert heights["no"] > 6.5


def test_relaxing_refuses_an_unknown_choice(tmp_path):
    write_lammps_data(tmp_path / "bulk.data", prototype("licl_rocksalt"), TYPE_ORDER)
    run = run_lammps(script_with("in.bulk_relax", {"dispersion": "maybe"}), tmp_path, 1, fails=True)
    assert "dispersion is maybe, expected yes or no" in run.output


def test_constant_pressure_ends_in_the_mean_cell(tmp_path):
    write_lammps_data(tmp_path / "bulk.data", prototype("li2zrcl6_p-3m1_6g").repeat((1, 1, 2)), TYPE_ORDER)
    settings = {"settle": 20, "steps": 100, "temperature": 100, "dump_every": 10}
    run_lammps(script_with("in.bulk_npt", settings), tmp_path, 1, fails=False)
    boxes = [frame.cell for frame in read_trajectory(tmp_path / "bulk.dump")][1:]
    mean = read(tmp_path / "bulk.mean.data", format="lammps-data", atom_style="atomic")
    assert np.allclose(mean.cell.array, np.mean(boxes, axis=0), atol=2e-5)
    assert len(mean) == 54
    assert not np.allclose(mean.cell.array, boxes[-1], atol=1e-4)

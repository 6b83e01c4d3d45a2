"""inputs/in.bulk_nvt and in.bulk_heat: run, are continued from a restart file without a gap, and can be analysed."""

import numpy as np
import pytest
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

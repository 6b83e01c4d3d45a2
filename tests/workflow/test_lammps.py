"""Driving LAMMPS: progress from its output, its errors on failure, a real run."""

import os

import pytest

from sswnn.errors import WorkflowError
from sswnn.workflow.lammps import Progress, errors_in, newest_restart, run_lammps

OUTPUT = """\
sswnn stage minimise 300
   Step Time Temp PotEng
      0 0 0 -10.5
     10 0 0 -12.25
Loop time of 1 on 2 procs
12345 this is no table
sswnn stage dynamics 1000
   Step Time Temp PotEng
      0 0 300 -12
    250 0.25 290 -11
    500 0.5 301.4 -11
Loop time of 2 on 2 procs
"""


def test_progress_tells_stage_percent_speed_and_time_left():
    seconds = iter([0.0, 1.0, 10.0, 12.5, 15.0])
    progress = Progress(1.0, clock=lambda: next(seconds))
    news = [n for n in map(progress.line, OUTPUT.splitlines()) if n]
    assert news == [
        "minimise: iteration 10 (at most 300), energy -12.250 eV",
        "dynamics:  25 %  0.2 ps, 290 K, 8.6 ns/day, 8 s left",
        "dynamics:  50 %  0.5 ps, 301 K, 8.6 ns/day, 5 s left",
    ]


def test_errors_are_picked_out_with_the_input_line():
    text = "Setting up\nERROR: Unrecognized pair style 'x' (src/force.cpp:275)\nLast input line: pair_style x\n\nmore\n"
    assert errors_in(text) == [
        "ERROR: Unrecognized pair style 'x' (src/force.cpp:275)",
        "Last input line: pair_style x",
    ]


SCRIPT = """\
units lj
lattice fcc 0.8442
region box block 0 3 0 3 0 3
create_box 1 box
create_atoms 1 box
mass 1 1.0
velocity all create 1.0 1
pair_style lj/cut 2.5
pair_coeff 1 1 1.0 1.0
fix 1 all nve
thermo 10
thermo_style custom step time temp pe
thermo_modify flush yes
print "sswnn stage dynamics ${steps}"
run ${steps}
"""


def test_a_run_on_two_ranks_shows_its_progress(tmp_path):
    script, shown = tmp_path / "in.lj", []
    script.write_text(SCRIPT)
    seconds = run_lammps(
        script, tmp_path, {"steps": 50}, ranks=2, timestep_fs=1.0, show=shown.append
    )
    assert seconds > 0
    assert len(shown) == 5 and shown[-1].startswith("dynamics: 100 %")
    assert (
        "2 MPI" in (tmp_path / "lammps.out").read_text()
        or "on 2 procs" in (tmp_path / "lammps.out").read_text()
    )


def test_a_failure_shows_what_lammps_said(tmp_path):
    script = tmp_path / "in.lj"
    script.write_text(SCRIPT.replace("lj/cut 2.5", "no/such/style"))
    with pytest.raises(WorkflowError, match=r"no/such/style") as caught:
        run_lammps(script, tmp_path, {"steps": 50}, ranks=2, timestep_fs=1.0, show=lambda _: None)
    assert "lammps.out" in str(caught.value)


def test_the_restart_file_to_continue_from(tmp_path):
    assert newest_restart(tmp_path, "md") is None
    a, b = tmp_path / "md.restart.a", tmp_path / "md.restart.b"
    a.write_bytes(b"x" * 1000)
    assert newest_restart(tmp_path, "md") == "a"
    b.write_bytes(b"x" * 1000)
    os.utime(a, ns=(0, 10))
    os.utime(b, ns=(0, 20))
    assert newest_restart(tmp_path, "md") == "b"
    b.write_bytes(b"x" * 100)  # killed while writing
    assert newest_restart(tmp_path, "md") == "a"

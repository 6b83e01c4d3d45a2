"""inputs/in.interface_minimize, _nvt and _large and the Slurm script: run, go on after a kill without gap or repeat, and watch
the uncertainty."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from ase.io import read
from lammps_tools import environment, programs

from sswnn.analysis.trajectories.lammps_log import joined, read_log
from sswnn.analysis.trajectories.trajectory import read_trajectory
from sswnn.interface import build
from sswnn.workflow.inputs import input_script

NAMES = ("in.interface_minimize", "in.interface_nvt", "in.interface_large")
SHORT = {"dump_every": 5, "thermo_every": 5, "check_every": 5, "restart_every": 20}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tiny interface, as if minimised, and the scripts."""
    paths = build("paper", film_layers=2, substrate_layers=1).write(tmp_path)
    shutil.copy(paths["data"], tmp_path / "interface.minimised.data")
    for name in NAMES:
        shutil.copy(input_script(name), tmp_path)
    return tmp_path


def command(script: str, settings: dict[str, object]) -> list[str]:
    """`lmp -in SCRIPT -var ...`."""
    made = [programs()[0], "-in", script, "-log", "none"]
    for key, value in settings.items():
        made += ["-var", key, *str(value).split()]
    return made


def lmp(script: str, folder: Path, code: int = 0, /, **settings: object) -> str:
    """Output of one run, which must end with that code."""
    done = subprocess.run(
        command(script, settings if script == "in.interface_minimize" else SHORT | settings),
        cwd=folder, env=environment(), capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def steps_written(path: Path) -> list[int]:
    """Steps of all frames in a dump, repeated ones too."""
    lines = path.read_text().splitlines()
    return [int(lines[k + 1]) for k, line in enumerate(lines) if line == "ITEM: TIMESTEP"]


def test_minimize_keeps_the_lattice(folder):
    before = read(folder / "interface.data", format="lammps-data", units="metal")
    output = lmp("in.interface_minimize", folder, iterations=15, dump_every=5, thermo_every=5)
    after = read(folder / "interface.minimised.data", format="lammps-data", units="metal")
    np.testing.assert_allclose(after.cell.array, before.cell.array, atol=1e-6)
    assert "largest force component" in output and "largest uncertainty" in output
    energy = joined(read_log(folder / "interface.minimise.log"))["PotEng"]
    assert energy[-1] < energy[0] - 0.1
    assert steps_written(folder / "interface.minimise.dump")[:3] == [0, 5, 10]


@pytest.mark.parametrize(
    ("script", "name", "thermostat"),
    [("in.interface_nvt", "300K_1", "nose"), ("in.interface_large", "interface_large", "langevin")],
)
def test_goes_on_without_gap_or_repeat(folder, script, name, thermostat):
    dump = folder / f"{name}.dump"
    lmp(script, folder, name=name, thermostat=thermostat, steps=20)
    text = dump.read_text()
    last = text[text.rindex("ITEM: TIME\n") :]
    beyond = last.replace("TIMESTEP\n20\n", "TIMESTEP\n25\n")
    assert beyond != last
    with dump.open(
        "a"
    ) as file:  # as a kill leaves it: beyond the restart file, the last frame cut short
        file.write(beyond + beyond[:300])
    lmp(script, folder, name=name, thermostat=thermostat, steps=43)
    lmp(script, folder, name=name, thermostat=thermostat, steps=50)
    assert steps_written(dump) == list(range(0, 51, 5))
    frames = list(read_trajectory(dump))
    assert np.allclose([f.time_ps for f in frames], np.arange(11) * 0.005)
    table = joined(read_log(folder / f"{name}.log"))
    assert table["Step"][-1] == 50 and 50 < table["Temp"][-1] < 900 and table["f_worst"][-1] > 0
    assert len(list(folder.glob(f"{name}.bytes.*"))) == 1
    assert (folder / f"{name}.end.data").is_file()


def test_goes_on_after_a_kill(folder):
    settings = SHORT | {"name": "killed", "steps": 100000}
    process = subprocess.Popen(
        command("in.interface_nvt", settings), cwd=folder, env=environment(), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        end = time.monotonic() + 200
        # A file lasts until the next one, so the first of them may come and go unseen.
        while not any(int(path.suffix[1:]) >= 40 for path in folder.glob("killed.bytes.*")) and time.monotonic() < end:
            assert process.poll() is None
            time.sleep(0.01)
    finally:  # `lmp` of the wheel starts the real one, and both must go
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    done = steps_written(folder / "killed.dump")[-1]
    assert done >= 40
    lmp("in.interface_nvt", folder, name="killed", steps=done + 20)
    assert steps_written(folder / "killed.dump") == list(range(0, done + 21, 5))


def test_uncertainty_stops_or_warns(folder):
    output = lmp("in.interface_nvt", folder, 1, name="a", steps=20, limit=0.001, beyond="stop")
    assert "WARNING: the uncertainty of a force is" in output
    assert "ERROR: stopped" in output and "a.uncertain.dump" in output
    (frame,) = read_trajectory(folder / "a.uncertain.dump")
    assert frame.step == 5
    output = lmp("in.interface_nvt", folder, name="b", steps=20, limit=0.001, beyond="warn")
    assert "WARNING: the uncertainty" in output and "ERROR" not in output
    assert steps_written(folder / "b.dump") == [0, 5, 10, 15, 20]
    output = lmp("in.interface_nvt", folder, name="c", steps=20, limit=1000, beyond="stop")
    assert "uncertainty of a force" not in output


def test_nothing_is_overwritten_silently(folder):
    lmp("in.interface_nvt", folder, name="a", steps=5)
    (folder / "a.restart").rename(folder / "kept")
    assert "ERROR: a.dump exists" in lmp("in.interface_nvt", folder, 1, name="a", steps=10)
    (folder / "kept").rename(folder / "a.restart")
    (folder / "a.dump").rename(folder / "kept")
    assert "is not here" in lmp("in.interface_nvt", folder, 1, name="a", steps=10)
    assert "expected nose or langevin" in lmp(
        "in.interface_nvt", folder, 1, name="d", thermostat="berendsen"
    )


def test_slurm_script_runs_what_it_says(folder):
    """With `mpirun` left out; then with a `scontrol` of our own, told that its time is up."""
    (folder / "interface.minimised.data").unlink()
    tools = folder / "bin"
    tools.mkdir()
    (tools / "scontrol").write_text('#!/bin/sh\necho "$@" > queued.txt\n')
    (tools / "scontrol").chmod(0o755)
    (tools / "lmp").symlink_to(programs()[0])
    script = input_script("slurm_interface.sh")
    own = environment()
    own |= {"PATH": f"{tools}:{own['PATH']}", "RUN": "env", "NAME": "s", "SLURM_JOB_ID": "17"}
    own |= {"STEPS": "100000", "EXTRA": " ".join(f"-var {k} {v}" for k, v in SHORT.items())}
    process = subprocess.Popen(
        ["bash", str(script)],
        cwd=folder,
        env=own,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        end = time.monotonic() + 200
        while not (folder / "s.bytes.20").is_file() and time.monotonic() < end:
            time.sleep(0.01)
        process.send_signal(signal.SIGUSR1)
        assert process.wait(timeout=60) == 0
    finally:  # what is left if that did not happen: groups of this session
        subprocess.run(["pkill", "-KILL", "-s", str(process.pid)], check=False)
    assert (folder / "queued.txt").read_text() == "requeue 17\n"
    assert (folder / "interface.minimised.data").is_file()
    own["STEPS"] = str(steps_written(folder / "s.dump")[-1] + 5)
    subprocess.run(
        ["bash", str(script)], cwd=folder, env=own, stdout=subprocess.DEVNULL, check=True
    )
    assert set(np.diff(steps_written(folder / "s.dump"))) == {5}

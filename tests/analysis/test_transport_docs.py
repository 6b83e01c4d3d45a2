"""docs/transport.md: its example runs as it stands, with LAMMPS."""

import csv
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import sswnn
from sswnn.workflow.inputs import environment, input_script, program

PAGE = (Path(__file__).parents[2] / "docs" / "transport.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Folder in which the commands of the page have run, and what they printed."""
    folder = tmp_path_factory.mktemp("page")
    variables = {**environment(), "PYTHONPATH": str(Path(sswnn.__file__).parents[1])}
    shutil.copy(input_script("in.bulk_nvt"), folder)
    (folder / "measured.csv").write_text(*blocks("csv"))
    (folder / "first.py").write_text(blocks("python")[0])
    lines = ["python first.py", *blocks("sh")[0].strip().splitlines()]
    printed = ""
    for line in lines:
        name, *arguments = shlex.split(line)
        command = {"python": [sys.executable], "sswnn": [sys.executable, "-m", "sswnn"]}.get(name) or [str(program(name))]
        done = subprocess.run([*command, *arguments], cwd=folder, env=variables, capture_output=True, text=True)
        assert done.returncode == 0, line + done.stdout + done.stderr
        printed += done.stdout
    return folder, printed


def test_the_commands_write_what_they_name(run):
    folder, printed = run
    for name in re.findall(r"--(?:csv|json|plot) (\S+)", "\n".join(blocks("sh"))):
        assert (folder / name).stat().st_size, name
    assert "Haven ratio" in printed and "Li2ZrCl6, measured: 4 values" in printed


def test_measured_and_simulated_lines(run):
    folder, _ = run
    rows = {row["measured"]: row for row in csv.DictReader((folder / "lines.csv").open())}
    assert float(rows["1"]["activation_eV"]) == pytest.approx(0.326, abs=0.005)
    assert float(rows["1"]["sigma_s_per_cm"]) == pytest.approx(1e-3, rel=0.01)
    assert float(rows["0"]["sigma_s_per_cm_low"]) < float(rows["0"]["sigma_s_per_cm_high"])


def test_the_python_of_the_page(run, monkeypatch, capsys):
    monkeypatch.chdir(run[0])
    exec(compile(blocks("python")[1], "transport.md", "exec"), {})
    first, second = capsys.readouterr().out.splitlines()
    assert "cm^2/s (95 %" in first and "S/cm (95 %" in second

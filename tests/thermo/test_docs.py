"""docs/phase_diagram.md: its example runs as it stands."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import sswnn
from sswnn.cli.main import main

PAGE = (Path(__file__).parents[2] / "docs" / "phase_diagram.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (text,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return text


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Folder in which the commands of the page have run."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "search.yaml").write_text(block("yaml"))
    path = str(Path(sswnn.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    for line in block("sh").strip().splitlines():
        program, *arguments = shlex.split(line)
        assert program == "sswnn"
        done = subprocess.run(
            [sys.executable, "-m", "sswnn", *arguments],
            cwd=folder, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, line + done.stdout + done.stderr
    return folder


def test_the_commands_write_what_the_page_says(run):
    named = [name for row in re.findall(r"^\| (`[^|]*) \|", PAGE, re.MULTILINE) for name in re.findall(r"`([^`]*)`", row)]
    files = [n for n in named if re.fullmatch(r"\w+\.(csv|json|png|svg|extxyz)", n) and n != "minima.sqlite"]
    assert len(files) >= 8
    for name in files:
        assert (run / "hull" / name).stat().st_size, name
    for name in ("near.cif", "structures.csv", "lines.csv", "xrd.png", "map.csv", "map.png", "stackings.csv"):
        assert (run / name).stat().st_size, name


def test_the_python_of_the_page(run, monkeypatch, capsys):
    monkeypatch.chdir(run)
    exec(compile(block("python"), "phase_diagram.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["LiCl", "Li2ZrCl6", "LiZrCl5", "ZrCl4"]


def test_the_table_of_the_page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("alloys.csv").write_text(block("csv"))
    assert main(["hull", "alloys.csv"]) == 0
    assert "along Cu - Au" in capsys.readouterr().out

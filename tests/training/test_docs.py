"""The tutorial: its commands run as they stand, and its tables name all files, keys and defaults."""

import dataclasses
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import sswnn
from sswnn.training.config import TrainConfig

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
PROGRAMS = {"python": [sys.executable], "sswnn": [sys.executable, "-m", "sswnn.cli"]}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def rows(heading: str) -> list[list[str]]:
    """Cells of the table below a heading, without its head."""
    section = re.split(r"^## ", PAGE.split(f"## {heading}\n", 1)[1], flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]*)`", cell)


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The folder in which all commands have run, and what each of them printed."""
    folder = tmp_path_factory.mktemp("tutorial")
    frames, use = blocks("python")
    (folder / "make_frames.py").write_text(frames)
    (folder / "use.py").write_text(use)
    (settings,) = blocks("yaml")
    (folder / "train.yaml").write_text(settings)
    (commands,) = blocks("sh")
    path = str(Path(sswnn.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    printed = []
    for line in commands.strip().splitlines():
        program, *arguments = shlex.split(line)
        done = subprocess.run(
            [*PROGRAMS[program], *arguments],
            cwd=folder, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        printed.append(done.stdout)
    return folder, printed


def test_the_trained_potential_gives_the_lattice_constant_that_the_page_states(example):
    _, printed = example
    assert float(printed[-1].split()[0]) == pytest.approx(3.59, rel=0.02)


def test_the_page_names_every_file_of_the_run(example):
    folder, _ = example
    named = {name for row in rows("The run's folder") for name in quoted(row[0])}
    assert named == {path.name for path in (folder / "run").iterdir()}


def test_the_table_holds_every_key_with_its_default():
    described = {}
    for key, _, default, _ in rows("Configuration"):
        for name, value in zip(quoted(key), quoted(default), strict=True):
            described[name] = yaml.safe_load(value)
    expected = {}
    for name, value in dataclasses.asdict(TrainConfig()).items():
        if dataclasses.is_dataclass(getattr(TrainConfig(), name)):
            expected |= {f"{name}.{key}": inner for key, inner in value.items()}
        else:
            expected[name] = value
    assert described == expected

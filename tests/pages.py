"""A page of docs/ as tests see it: its code, its tables, and its commands run as they stand."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import sswnn
from sswnn.workflow.inputs import environment as lammps_environment
from sswnn.workflow.inputs import input_script, program

PROGRAMS = {"python": [sys.executable], "sswnn": [sys.executable, "-m", "sswnn"]}


def run(
    line: str,
    folder: Path,
    *,
    programs: Mapping[str, list[str]] = PROGRAMS,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess:
    """A command that must succeed, in a folder and with this sswnn; the environment is by default that of the tests."""
    program, *arguments = shlex.split(line)
    done = subprocess.run(
        [*programs[program], *arguments],
        cwd=folder,
        env={
            **(environment or os.environ),
            "PYTHONPATH": str(Path(sswnn.__file__).parents[1]),
            "OMP_NUM_THREADS": "1",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done


def follow(lines: Iterable[str], folder: Path, *, scripts: Iterable[str] = ()) -> list[str]:
    """Run commands, also of LAMMPS, one after the other, with scripts of inputs/ in the folder; what each printed."""
    for name in scripts:
        shutil.copy(input_script(name), folder)
    programs = PROGRAMS | {"lmp": [str(program("lmp"))]}
    return [
        run(line, folder, programs=programs, environment=lammps_environment()).stdout
        for line in lines
    ]


def quoted(cell: str) -> list[str]:
    """What stands between backticks."""
    return re.findall(r"`([^`]*)`", cell)


def cells(lines: list[str]) -> list[list[str]]:
    """Cells of a table, without its head."""
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


class Page:
    """A page by the name of its file."""

    def __init__(self, name: str):
        self.text = (Path(__file__).parents[1] / "docs" / name).read_text(encoding="utf-8")

    def blocks(self, language: str) -> list[str]:
        """All code of a language."""
        return re.findall(rf"```{language}\n(.*?)```", self.text, re.DOTALL)

    def block(self, language: str) -> str:
        """The only code of a language."""
        (text,) = self.blocks(language)
        return text

    def commands(self) -> list[str]:
        """Lines of its only shell code."""
        return self.block("sh").strip().splitlines()

    def rows(self, head: str) -> list[list[str]]:
        """Cells of the table whose first column is headed so."""
        return cells(self.text[self.text.index(f"| {head} |") :].split("\n\n", 1)[0].splitlines())

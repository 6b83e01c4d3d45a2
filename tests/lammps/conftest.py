"""Fixture that runs `lmp` as a user does, under `mpirun` where asked."""

from collections.abc import Callable
from pathlib import Path

import pytest
from lammps_tools import Atoms, Run, run_lammps


@pytest.fixture
def lammps(tmp_path: Path) -> Callable[..., Run]:
    """`lammps(script, atoms, ranks=1, fails=False)` runs LAMMPS in a folder of its own."""
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
        return run_lammps(script, folder, ranks, fails=fails)

    return run

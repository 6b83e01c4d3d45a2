"""Files of one hop for `inputs/in.neb` (fix neb of LAMMPS), and the barriers in what LAMMPS logs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ase import Atoms

from sswnn.errors import AnalysisError
from sswnn.files import replace_file
from sswnn.interface.files import type_order, write_lammps_data

_HEAD = ("Step", "MaxReplicaForce", "MaxAtomForce")


def write_neb(folder: Path, images: Sequence[Atoms]) -> tuple[str, ...]:
    """Write `neb.data` (first image), `neb.final` (last one) and `neb.image.0`, 1, ... (all, by replica).

    Parameters
    ----------
    folder
        Made if absent.
    images
        Structures with the same atoms, order and cell; it is turned so that a lies along x and b in the xy plane.

    Returns
    -------
    tuple of str
        Elements of the atom types 1, 2, ...
    """
    cell, turn = images[0].cell.standard_form()
    if np.linalg.det(images[0].cell.array) < 0:
        raise AnalysisError("the cell is left-handed, LAMMPS needs a right-handed one")
    folder.mkdir(parents=True, exist_ok=True)
    turned = [Atoms(x.numbers, x.positions @ turn.T, cell=cell, pbc=True) for x in images]
    types = type_order(turned[0].get_chemical_symbols())
    write_lammps_data(folder / "neb.data", turned[0], types)
    replace_file(folder / "neb.final", _coordinates(turned[-1]))
    for k, image in enumerate(turned):
        replace_file(folder / f"neb.image.{k}", _coordinates(image))
    return types


def _coordinates(atoms: Atoms) -> str:
    """Number of atoms, then id and position of each."""
    rows = [f"{k} {x:.10f} {y:.10f} {z:.10f}" for k, (x, y, z) in enumerate(atoms.positions, 1)]
    return "\n".join([str(len(atoms)), *rows]) + "\n"


def read_barriers(log: str | Path) -> tuple[float, float]:
    """Forward and backward barrier (eV) of the last line of a log of all replicas, such as `neb.log`.

    Raises
    ------
    AnalysisError
        If the file has no table of the command `neb`.
    """
    try:
        text = Path(log).read_text(errors="replace")
    except OSError as problem:
        raise AnalysisError(f"{log}: cannot be read: {problem}") from problem
    names: list[str] = []
    last: list[str] = []
    for row in text.splitlines():
        words = row.split()
        if tuple(words[:3]) == _HEAD:
            names = words
        elif names and len(words) >= len(_HEAD) and words[0].isdigit():
            last = words
    if not last or "EBF" not in names:
        raise AnalysisError(f"{log}: no table of the command neb; is it the log of all replicas?")
    return float(last[names.index("EBF")]), float(last[names.index("EBR")])

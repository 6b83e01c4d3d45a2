"""Structures of whatever files ASE reads."""

from __future__ import annotations

import warnings
from pathlib import Path

from ase import Atoms

from sswnn.errors import DataError


def read_structures(path: str | Path) -> list[Atoms]:
    """All structures of a file.

    Raises
    ------
    DataError
        If there is no such file, ASE cannot read it, or a site is occupied in part: ASE would fill it with one element.
    """
    from ase.io import read

    path = Path(path)
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    try:
        with warnings.catch_warnings():  # of formats that move to plugins: no concern of the user
            warnings.simplefilter("ignore", FutureWarning)
            found = read(path, index=":")
    except Exception as error:  # ASE's readers raise whatever they stumble on
        why = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path}: no structure that ASE reads: {why}") from error
    structures = [found] if isinstance(found, Atoms) else list(found)
    for atoms in structures:
        _check_occupancies(path, atoms)
    return structures


def _check_occupancies(path: Path, atoms: Atoms) -> None:
    for shares in atoms.info.get("occupancy", {}).values():
        if len(shares) > 1 or sum(shares.values()) < 1 - 1e-3:
            named = ", ".join(f"{element} {share:g}" for element, share in shares.items())
            raise DataError(f"{path}: a site is occupied in part ({named}); give an ordered cell, with whole atoms on its sites")

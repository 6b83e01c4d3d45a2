"""Entries of an archive as files of other programs: extended XYZ, CIF, ASE database, LASP arc.

This module knows the formats only; which entries are written is for the caller to choose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator

from sswnn.data.frames import write_frames
from sswnn.errors import DataError
from sswnn.files import replace_file
from sswnn.ssw.archive import Archive
from sswnn.ssw.entries import Entry


def write_extxyz(path: str | Path, entries: Iterable[Entry]) -> int:
    """Number of entries written as frames with energies (eV) and what else is known; ``.gz`` and ``.xz``
    are compressed.
    """
    return write_frames(path, (entry.to_atoms() for entry in entries))


def write_cif(path: str | Path, entries: Iterable[Entry], *, tolerance: float | None = None) -> int:
    """Number of entries written as CIF: data blocks of one file, or one file each in a folder.

    Parameters
    ----------
    path
        File ending with ``.cif``, or a folder, which is made if it does not exist; files in it are
        called ``00001_Cl6Li2Zr.cif`` by id and composition.
    entries
        What to write.
    tolerance
        None writes the cells as found, without symmetry. Otherwise the refined conventional cell with
        the space group at this tolerance, A.

    Raises
    ------
    DataError
        If an entry is not periodic in three directions.
    """
    path = Path(path)
    blocks = ((entry, _cif_block(entry, tolerance)) for entry in entries)
    if path.suffix == ".cif":
        texts = [text for _, text in blocks]
        replace_file(path, "\n".join(texts))
        return len(texts)
    path.mkdir(parents=True, exist_ok=True)
    count = 0
    for entry, text in blocks:
        replace_file(path / f"{_name(entry)}.cif", text)
        count += 1
    return count


def write_database(path: str | Path, entries: Iterable[Entry]) -> int:
    """Number of entries added to an ASE database, with energies (eV), enthalpies and what else is known
    as key-value pairs.

    Raises
    ------
    DataError
        If the file exists and is no database of ASE.
    """
    from ase.db import connect

    if _is_archive(path):
        raise DataError(
            f"{path}: an archive of minima, choose another name for the database of ASE"
        )
    count = 0
    try:
        with connect(str(path)) as database:
            for entry in entries:
                atoms = entry.to_atoms()
                known = {k: v for k, v in atoms.info.items() if k not in ("energy", "composition")}
                bare = Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=atoms.pbc)
                bare.calc = SinglePointCalculator(bare, energy=entry.energy)
                database.write(bare, key_value_pairs=known)
                count += 1
    except Exception as error:  # ASE raises whatever its back end does
        raise DataError(f"{path}: cannot be written as an ASE database: {error}") from error
    return count


def write_lasp(path: str | Path, entries: Iterable[Entry]) -> int:
    """Number of entries written as frames of a LASP arc file, with energies (eV)."""
    from sswnn.data.arc import write_arc

    frames = [entry.to_atoms() for entry in entries]
    write_arc(path, frames)
    return len(frames)


_WRITERS: dict[str, Callable[[str | Path, Iterable[Entry]], int]] = {
    ".extxyz": write_extxyz,
    ".xyz": write_extxyz,
    ".cif": write_cif,
    ".db": write_database,
    ".arc": write_lasp,
}


def export(path: str | Path, entries: Iterable[Entry]) -> int:
    """Number of entries written in the format that the ending of the file name tells.

    Raises
    ------
    DataError
        If the ending is none of ``.extxyz``, ``.xyz`` (also with ``.gz`` or ``.xz``), ``.cif``, ``.db``,
        ``.arc``.
    """
    suffixes = [s for s in Path(path).suffixes if s not in (".gz", ".xz")]
    writer = _WRITERS.get(suffixes[-1] if suffixes else "")
    if writer is None:
        raise DataError(
            f"{path}: cannot tell the format, expected a name ending with {', '.join(_WRITERS)}"
        )
    return writer(path, entries)


def _is_archive(path: str | Path) -> bool:
    if not Path(path).is_file():
        return False
    try:
        Archive(path, readonly=True).close()
    except DataError:
        return False
    return True


def _cif_block(entry: Entry, tolerance: float | None) -> str:
    """Text of one data block, named by id and composition."""
    from pymatgen.core import Structure
    from pymatgen.io.cif import CifWriter

    if not all(entry.pbc):
        raise DataError(
            f"minimum {entry.id} ({entry.composition}) has periodicity {entry.pbc}; CIF needs crystals"
        )
    structure = Structure(
        entry.cell,
        entry.to_atoms().get_chemical_symbols(),
        entry.positions,
        coords_are_cartesian=True,
    )
    text = str(CifWriter(structure, symprec=tolerance))
    body = text[text.index("data_") :].split("\n", 1)[1]
    note = f"# minimum {entry.id}, energy {entry.energy:.8f} eV, enthalpy {entry.enthalpy:.8f} eV per cell as found"
    return f"{note}\ndata_{_name(entry)}\n{body}"


def _name(entry: Entry) -> str:
    return f"{entry.id:05d}_{entry.composition}"

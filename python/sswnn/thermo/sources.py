"""Phases read from files: archives of searches, extended XYZ with energies, tables, and structures without energy.

Energies of different potentials are not comparable, so what made them is looked up and different ones are refused.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import Path

from ase import Atoms

from sswnn.data.composition import parse_formula
from sswnn.data.frames import iter_frames
from sswnn.data.prototypes import PROTOTYPES, prototype
from sswnn.data.structures import read_structures
from sswnn.errors import DataError
from sswnn.ssw.archive import Archive
from sswnn.ssw.entries import Entry
from sswnn.ssw.symmetry import SpaceGroup, space_group
from sswnn.thermo.phases import Collection, Phase, distinct

TOLERANCE = 0.1
"""Distance to which positions may deviate from a symmetry, A."""
TABLE_COLUMNS = ("formula", "energy_ev_per_atom")
"""Columns that a table needs; those of the space group, ``potential`` and ``pressure_ev_per_A3`` are read if there are any."""
_FRAMES = (".extxyz", ".xyz")


def collect(
    paths: Sequence[str | Path],
    *,
    tolerance: float = TOLERANCE,
    mixed: bool = False,
    deduplicate: bool = True,
) -> Collection:
    """The distinct phases of several files with their energies.

    Parameters
    ----------
    paths
        Archives of searches or their folders, extended XYZ with energies (also ``.gz``, ``.xz``), and tables
        (``.csv``) with the columns `TABLE_COLUMNS`.
    tolerance
        Of the space groups, A.
    mixed
        Take energies of different potentials or pressures together.
    deduplicate
        Make one of equal structures of different files; see `sswnn.thermo.phases.distinct`.

    Raises
    ------
    DataError
        If a file cannot be read, has no phase or no energies, or the energies are of different potentials or pressures.
    """
    phases: list[Phase] = []
    notes: list[str] = []
    for path in map(Path, paths):
        found = _read(path, tolerance)
        crystals = [phase for phase in found if phase.atoms is None or phase.atoms.pbc.all()]
        if len(crystals) < len(found):
            notes.append(f"{path}: {len(found) - len(crystals)} structures are no crystals, left out")
        if not crystals:
            raise DataError(f"{path}: no crystal with an energy in it")
        phases += crystals
    potentials, warned = check_comparable(phases, mixed=mixed)
    pressure = phases[0].pressure if phases else 0.0
    repeated = 0
    if deduplicate:
        phases, repeated = distinct(phases)
    return Collection(tuple(phases), potentials, pressure, repeated, (*notes, *warned))


def structures(path: str | Path, *, tolerance: float | None = TOLERANCE) -> Iterator[Phase]:
    """Structures of a file of any kind that ASE knows, of an archive, or a crystal of `sswnn.data.prototypes`.

    Parameters
    ----------
    path
        File, or the name of a prototype if there is no such file. The energy is not-a-number where there is none.
    tolerance
        Of the space groups, A; stored ones are taken where an archive has them. None: no space groups.

    Raises
    ------
    DataError
        If the file cannot be read.
    """
    path = Path(path)
    if not path.exists() and str(path) in PROTOTYPES:
        yield _phase(prototype(str(path)), float("nan"), str(path), tolerance)
    elif _is_archive(path):
        yield from _read_archive(path, tolerance)
    elif _kind(path) in _FRAMES:
        for number, frame in enumerate(iter_frames(path)):
            yield _phase(frame, float(frame.info.get("energy", "nan")), f"{path}#{number}", tolerance)
    else:
        yield from _read_other(path, tolerance)


def _read_other(path: Path, tolerance: float | None) -> Iterator[Phase]:
    if not path.is_file():
        raise DataError(f"{path}: no such file, and no crystal of that name")
    images = read_structures(path)
    for number, atoms in enumerate(images):
        calculator = atoms.calc
        energy = float("nan") if calculator is None else calculator.results.get("energy", float("nan"))
        source = f"{path}#{number}" if len(images) > 1 else str(path)
        yield _phase(atoms, float(energy), source, tolerance)


def _kind(path: Path) -> str:
    suffixes = [s for s in path.suffixes if s not in (".gz", ".xz")]
    return suffixes[-1].lower() if suffixes else ""


def _is_archive(path: Path) -> bool:
    if path.is_dir():
        return True
    try:
        with open(path, "rb") as stream:
            return stream.read(15) == b"SQLite format 3"
    except OSError:
        return False


def _read(path: Path, tolerance: float) -> list[Phase]:
    """Phases of a file."""
    if not path.exists():
        raise DataError(f"{path}: no such file")
    if _is_archive(path):
        return _read_archive(path, tolerance)
    if _kind(path) == ".csv":
        return _read_table(path)
    if _kind(path) in _FRAMES:
        return list(_read_frames(path, tolerance))
    raise DataError(
        f"{path}: expected an archive of minima or its folder, .extxyz (also .gz, .xz), or .csv"
    )


def _read_archive(path: Path, tolerance: float | None) -> list[Phase]:
    path = path / "minima.sqlite" if path.is_dir() else path
    potential = _potential(path)
    with Archive(path, readonly=True) as archive:
        return [_of_entry(entry, path, potential, archive.pressure, tolerance) for entry in archive.entries("id")]


def _of_entry(entry: Entry, path: Path, potential: str, pressure: float, tolerance: float | None) -> Phase:
    limit = 0.0 if tolerance is None else tolerance * (1 + 1e-9)
    at = max((t for t in entry.space_groups if t <= limit), default=None)
    atoms = entry.to_atoms()
    return Phase(
        counts=_counts(atoms),
        energy=entry.enthalpy,
        source=f"{path}#{entry.id}",
        archive=str(path),
        potential=potential,
        atoms=atoms,
        space_group=None if at is None else SpaceGroup(entry.space_groups[at], entry.space_group_numbers[at]),
        visits=entry.visits,
        uncertainty=entry.uncertainty,
        pressure=pressure,
    )


def _potential(path: Path) -> str:
    """What made the energies of an archive, from the settings of its search; empty if there are none."""
    file = path.parent / "settings.json"
    try:
        surface = json.loads(file.read_text(encoding="utf-8"))["surface"]
        kind = surface["kind"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    if kind == "model":
        return f"model {surface.get('fingerprint') or surface['model']}"
    if kind == "calculator":
        options = "".join(f" {key}={value}" for key, value in sorted(surface["options"].items()))
        return f"{surface['calculator']}{options}"
    if kind == "lammps":
        return "lammps: " + "; ".join(surface["commands"])
    return f"{kind} rho={surface['rho']} cutoff={surface['cutoff']}"


def _read_frames(path: Path, tolerance: float) -> Iterator[Phase]:
    for number, frame in enumerate(iter_frames(path)):
        if "energy" not in frame.info:
            raise DataError(f"{path}: frame {number} has no energy; label the frames with `sswnn label`")
        energy = float(frame.info["energy"])
        if not isfinite(energy):
            raise DataError(f"{path}: frame {number}: energy is {energy}")
        yield _phase(frame, energy, f"{path}#{number}", tolerance)


def _phase(atoms: Atoms, energy: float, source: str, tolerance: float | None) -> Phase:
    """Phase of a structure, with its enthalpy where its info has a pressure."""
    pressure = float(atoms.info.get("pressure_ev_per_A3", 0.0))
    return Phase(
        counts=_counts(atoms),
        energy=energy + pressure * atoms.get_volume() if pressure else energy,
        source=source,
        potential=str(atoms.info.get("engine", "")),
        atoms=atoms,
        space_group=None if tolerance is None else space_group(atoms, tolerance),
        visits=int(atoms.info.get("visits", 1)),
        uncertainty=atoms.info.get("uncertainty"),
        pressure=pressure,
    )


def _counts(atoms: Atoms) -> dict[str, int]:
    symbols = atoms.get_chemical_symbols()
    return {element: symbols.count(element) for element in dict.fromkeys(symbols)}


def _read_table(path: Path) -> list[Phase]:
    try:
        text = path.read_text(encoding="utf-8-sig")  # spreadsheets write a mark in front
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not a text in UTF-8: {error}") from None
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in TABLE_COLUMNS if name not in (reader.fieldnames or ())]
    if missing:
        raise DataError(f"{path}: no column {', '.join(missing)}, columns are {', '.join(reader.fieldnames or ())}")
    return [_of_row(row, f"{path}#{number}") for number, row in enumerate(reader, 2)]


def _of_row(row: dict[str, str | None], where: str) -> Phase:
    counts = parse_formula(row["formula"] or "", where)
    try:
        energy = float(row["energy_ev_per_atom"] or "")
        number = int(row.get("space_group_number") or 0)
        pressure = float(row.get("pressure_ev_per_A3") or 0.0)
    except ValueError as error:
        raise DataError(f"{where}: {error}") from None
    if not isfinite(energy):
        raise DataError(f"{where}: energy is {energy}")
    return Phase(
        counts=counts,
        energy=energy * sum(counts.values()),
        source=where,
        potential=row.get("potential") or "",
        space_group=SpaceGroup(row.get("space_group") or "", number) if number else None,
        pressure=pressure,
    )


def check_comparable(phases: Sequence[Phase], *, mixed: bool = False) -> tuple[tuple[str, ...], list[str]]:
    """Known potentials of phases, and what a reader should be told of them.

    Parameters
    ----------
    phases
        Those whose energies are to be compared.
    mixed
        Take energies of different potentials or pressures together.

    Raises
    ------
    DataError
        If the potentials or the pressures differ.
    """
    pressures: dict[float, str] = {}
    for phase in phases:
        pressures.setdefault(phase.pressure, phase.source)
    if len(pressures) > 1 and not mixed:
        named = "; ".join(f"{file} has {value:g} eV/A^3" for value, file in pressures.items())
        raise DataError(f"enthalpies at different pressures cannot be compared: {named}")
    first: dict[str, str] = {}
    for phase in phases:
        first.setdefault(phase.potential, phase.source)
    known = {name: source for name, source in first.items() if name}
    if len(known) > 1:
        named = "; ".join(f"{source} has {name}" for name, source in known.items())
        if not mixed:
            raise DataError(f"energies of different potentials cannot be compared: {named}")
        return tuple(known), [f"energies of different potentials taken together: {named}"]
    if known and "" in first:
        return tuple(known), [f"what made the energy of {first['']} is not known; others have {next(iter(known))}"]
    return tuple(known), []

"""Archive of the distinct minima of a search, and of what was rejected, in one SQLite file.

Several walkers, threads or processes on one machine may write to a file at the same time, each with
its own `Archive`; every addition is one transaction, so that a kill at any moment leaves a consistent
file. A structure already known only raises the number of visits of its entry. This module knows no
potential and no walk.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from math import isfinite
from pathlib import Path

import numpy as np
from ase import Atoms

from sswnn.errors import DataError, StructureError
from sswnn.ssw.annotation import annotation
from sswnn.ssw.comparison import comparable
from sswnn.ssw.entries import Minimum, check_minimum, entry_of, new_row, rejection_row
from sswnn.ssw.fingerprint import Fingerprint, fingerprint
from sswnn.ssw.known import KnownMinima
from sswnn.ssw.reading import ArchiveReader
from sswnn.ssw.store import Store

FORMAT_VERSION = "1"
DEFAULTS = {
    "pressure": 0.0,
    "energy_tolerance": 0.002,
    "fingerprint_tolerance": 0.15,
    "length_unit": 1.0,
}
"""Settings of a new archive: eV/A^3, eV per atom, dimensionless, and the unit of the positions."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS minima (
    id INTEGER PRIMARY KEY,
    composition TEXT NOT NULL, numbers BLOB NOT NULL, positions BLOB NOT NULL, cell BLOB NOT NULL,
    pbc INTEGER NOT NULL, energy REAL NOT NULL, enthalpy REAL NOT NULL,
    energy_per_atom REAL NOT NULL, enthalpy_per_atom REAL NOT NULL,
    space_groups TEXT NOT NULL, order_parameters TEXT NOT NULL, fingerprint BLOB NOT NULL,
    parent INTEGER, walker INTEGER, step INTEGER, seed INTEGER, force_calls INTEGER,
    uncertainty REAL, visits INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS by_energy ON minima (composition, pbc, energy_per_atom);
CREATE INDEX IF NOT EXISTS by_enthalpy ON minima (composition, enthalpy_per_atom);
CREATE TABLE IF NOT EXISTS rejections (
    id INTEGER PRIMARY KEY,
    composition TEXT NOT NULL, numbers BLOB NOT NULL, positions BLOB NOT NULL, cell BLOB NOT NULL,
    pbc INTEGER NOT NULL, energy REAL, reason TEXT NOT NULL, walker INTEGER, step INTEGER);
"""
_STRUCTURE = ("composition", "numbers", "positions", "cell", "pbc")
_STORED = (
    *_STRUCTURE,
    *("energy", "enthalpy", "energy_per_atom", "enthalpy_per_atom"),
    *("space_groups", "order_parameters", "fingerprint"),
    *("parent", "walker", "step", "seed", "force_calls", "uncertainty", "visits"),
)


class Archive(ArchiveReader):
    """Distinct minima in a file, a context manager.

    Two minima are one if they have the same composition and periodicity, energies per atom within a
    tolerance, fingerprints within a tolerance, and `sswnn.ssw.comparison.same_structure` agrees. By default this makes
    one of structures whose atoms differ by less than about 0.1 A; quenches that stop at 0.02 eV/A may
    leave soft crystals further apart, so what is archived is better relaxed to 0.005 eV/A.

    Parameters
    ----------
    path
        File, made if it does not exist.
    pressure
        Pressure of the enthalpies, eV/A^3. This and the other settings default to those stored in the file;
        for a new file to `DEFAULTS`.
    energy_tolerance
        Largest difference of energies of one minimum, eV per atom.
    fingerprint_tolerance
        Largest distance of fingerprints of one minimum; see `sswnn.ssw.fingerprint.distance`.
    length_unit
        Length that plays the part of 1 A, in the unit of the positions; about 0.4 in Lennard-Jones units.
    settings
        What else is to be recorded, such as the configuration of the search; replaces the record.
    readonly
        Never write; the file must exist.

    Raises
    ------
    DataError
        If the file is not an archive, is damaged, or has another pressure or length unit.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        pressure: float | None = None,
        energy_tolerance: float | None = None,
        fingerprint_tolerance: float | None = None,
        length_unit: float | None = None,
        settings: Mapping[str, object] | None = None,
        readonly: bool = False,
    ):
        given = {
            "pressure": pressure,
            "energy_tolerance": energy_tolerance,
            "fingerprint_tolerance": fingerprint_tolerance,
            "length_unit": length_unit,
        }
        self.path = Path(path)
        _check_settings(given)
        self._store = Store(path, readonly)
        try:
            values = self._open(given, settings)
        except BaseException:
            self.close()
            raise
        self.pressure = values["pressure"]
        self.length_unit = values["length_unit"]
        self._known = KnownMinima(
            self._store, values["energy_tolerance"], values["fingerprint_tolerance"], self.length_unit
        )

    @property
    def energy_tolerance(self) -> float:
        """In force, eV per atom."""
        return self._known.energy_tolerance

    @property
    def fingerprint_tolerance(self) -> float:
        """In force, dimensionless."""
        return self._known.fingerprint_tolerance

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was added is already there."""
        self._store.close()

    # ------------------------------------------------------------------ adding

    def add(self, minimum: Minimum) -> tuple[int, bool]:
        """Id of the entry of a minimum, and whether it is new; a known one has one more visit.

        Symmetry and order parameters are computed for new entries only, outside the transaction.

        Raises
        ------
        StructureError
            If the shapes do not fit or a number is not finite.
        DataError
            If the file cannot be written.
        """
        check_minimum(minimum)
        if not isfinite(minimum.energy):
            raise StructureError(f"energy is {minimum.energy}, expected a finite number (eV)")
        atoms = minimum.to_atoms()
        values = fingerprint(atoms, length_unit=self.length_unit)
        row = new_row(minimum, values, self.pressure)
        return self._add_row(
            row, atoms, values, lambda: row.update(annotation(atoms, self.length_unit))
        )

    def reject(self, minimum: Minimum, reason: str) -> int:
        """Id of the record of a structure that was refused, for example ``"hole: Li-Li 0.41 A ..."``.

        The energy need not be finite.

        Raises
        ------
        StructureError
            If the shapes do not fit.
        """
        check_minimum(minimum, finite=False)
        with self._store.transaction():
            return self._store.insert("rejections", rejection_row(minimum, reason))

    def merge(self, other: str | Path) -> int:
        """Number of entries of another archive that are new here.

        Visits are added up and rejections copied, so a file should be merged once. Parents keep pointing
        to the same minima.

        Raises
        ------
        DataError
            If the other file is no archive or has another pressure or length unit.
        """
        if Path(other).resolve() == self.path.resolve():
            raise DataError(f"{self.path}: an archive cannot be merged with itself")
        new = 0
        known: dict[int, int] = {}
        with Archive(other, readonly=True) as source:
            _check_same(other, source, self)
            for raw in source._store.select("SELECT * FROM minima ORDER BY id"):
                entry = entry_of(raw)
                atoms = Atoms(entry.numbers, entry.positions, cell=entry.cell, pbc=entry.pbc)
                elements = tuple(int(z) for z in np.unique(entry.numbers))
                values = Fingerprint(elements, entry.fingerprint, self.length_unit)
                row = {key: raw[key] for key in _STORED}
                row["parent"] = known.get(raw["parent"])
                known[entry.id], is_new = self._add_row(row, atoms, values, lambda: None)
                new += is_new
            for raw in source._store.select("SELECT * FROM rejections ORDER BY id"):
                with self._store.transaction():
                    self._store.insert("rejections", {key: raw[key] for key in raw.keys() if key != "id"})  # noqa: SIM118
        return new

    def _add_row(
        self, row: dict, atoms: Atoms, values: Fingerprint, annotate: Callable[[], None]
    ) -> tuple[int, bool]:
        """Id and novelty; the row is annotated and inserted only if no entry is the same.

        The comparison runs outside the transaction; entries that other writers added meanwhile are
        looked at before the insertion, and compared in another round if they are close.
        """
        candidate = comparable(atoms, self.length_unit)
        seen, complete = 0, False
        while True:
            newest = self._known.newest()
            identity = self._known.first_same(candidate, self._known.near(row, values, seen))
            if identity is not None:
                self._visit(identity, row["visits"])
                return identity, False
            seen = newest
            if not complete:
                annotate()
                complete = True
            with self._store.transaction():
                if not self._known.near(row, values, seen):
                    return self._store.insert("minima", row), True

    def _visit(self, identity: int, visits: int) -> None:
        with self._store.transaction():
            self._store.execute(
                "UPDATE minima SET visits = visits + ? WHERE id = ?", (visits, identity)
            )

    # ------------------------------------------------------------------ the file

    def set_meta(self, key: str, value: str) -> None:
        """Store a value in the table of metadata.

        Raises
        ------
        DataError
            If the key is one of the archive's own.
        """
        if key in DEFAULTS or key == "format_version":
            raise DataError(f"metadata key {key!r} belongs to the archive, choose another name")
        with self._store.transaction():
            self._store.put_meta(key, value)

    def _open(
        self, given: Mapping[str, float | None], settings: Mapping[str, object] | None
    ) -> dict[str, float]:
        """Settings in force, after the tables and the metadata are there."""
        store = self._store
        if store.readonly:
            return self._agreed(given)
        store.prepare({"meta", "minima", "rejections"})
        with store.transaction():
            for statement in _SCHEMA.split(";"):
                store.execute(statement)
            if store.get_meta("format_version") is None:
                store.put_meta("format_version", FORMAT_VERSION)
                for key, default in DEFAULTS.items():
                    value = given[key]
                    store.put_meta(key, repr(float(default if value is None else value)))
            values = self._agreed(given)
            for key in ("energy_tolerance", "fingerprint_tolerance"):
                store.put_meta(key, repr(values[key]))
            if settings is not None:
                store.put_meta("settings", json.dumps(dict(settings)))
        return values

    def _agreed(self, given: Mapping[str, float | None]) -> dict[str, float]:
        """Stored settings, or given ones where these may differ."""
        version = self.get_meta("format_version")
        if version != FORMAT_VERSION:
            raise DataError(
                f"{self.path}: archive of format {version}, this version reads format {FORMAT_VERSION}"
            )
        values = {}
        for key in DEFAULTS:
            stored, wanted = float(self.get_meta(key) or "nan"), given[key]
            if wanted is not None and wanted != stored and key in ("pressure", "length_unit"):
                raise DataError(
                    f"{self.path}: {key} of the archive is {stored}, asked for {wanted}; use another file"
                )
            values[key] = stored if wanted is None else float(wanted)
        return values


def _check_settings(given: Mapping[str, float | None]) -> None:
    for key, value in given.items():
        if value is None:
            continue
        if not isfinite(value) or (key != "pressure" and value <= 0):
            raise DataError(f"{key} is {value}, expected a finite number above 0 (pressure: any)")


def _check_same(path: str | Path, other: Archive, here: Archive) -> None:
    for key in ("pressure", "length_unit"):
        if getattr(other, key) != getattr(here, key):
            raise DataError(
                f"{path}: {key} is {getattr(other, key)}, but {getattr(here, key)} in {here.path}"
            )

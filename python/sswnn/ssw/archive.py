"""Archive of the distinct minima of a search, and of what was rejected, in one SQLite file.

Several walkers, threads or processes on one machine may write to a file at the same time, each with
its own `Archive`; every addition is one transaction, so that a kill at any moment leaves a consistent
file. (SQLite's write-ahead log, which this uses, does not work on network file systems.) A structure
already known only raises the number of visits of its entry. This module knows no potential and no walk.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import isfinite
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.formula import Formula

from sswnn.errors import DataError, StructureError
from sswnn.ssw.entries import (
    Entry,
    Minimum,
    Rejection,
    check_minimum,
    described,
    entry_of,
    new_row,
    rejection,
    rejection_row,
    structure,
)
from sswnn.ssw.fingerprint import Fingerprint, distances, fingerprint, same_structure

FORMAT_VERSION = "1"
DEFAULTS = {
    "pressure": 0.0,
    "energy_tolerance": 0.002,
    "fingerprint_tolerance": 0.15,
    "length_unit": 1.0,
}
"""Settings of a new archive: eV/A^3, eV per atom, dimensionless, and the unit of the positions."""
_TIMEOUT = 60.0  # s that a writer waits for another one

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
_ORDERS = {
    "enthalpy": "enthalpy_per_atom, id",
    "energy": "energy_per_atom, id",
    "id": "id",
    "visits": "visits DESC, id",
}


class Archive:
    """Distinct minima in a file, a context manager.

    Two minima are one if they have the same composition and periodicity, energies per atom within a
    tolerance, fingerprints within a tolerance, and `same_structure` agrees. By default this makes
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
        self.readonly = readonly
        self._owner = os.getpid()
        _check_settings(given)
        self._connection = _connect(self.path, readonly)
        try:
            with self._translated():
                values = self._open(given, settings)
        except BaseException:
            self._connection.close()
            raise
        self.pressure = values["pressure"]
        self.energy_tolerance = values["energy_tolerance"]
        self.fingerprint_tolerance = values["fingerprint_tolerance"]
        self.length_unit = values["length_unit"]

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; what was added is already there."""
        self._connection.close()

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
            row, atoms, values, lambda: row.update(described(atoms, self.length_unit))
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
        with self._transaction():
            return self._insert("rejections", rejection_row(minimum, reason))

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
            for raw in source._select("SELECT * FROM minima ORDER BY id"):
                entry = entry_of(raw)
                atoms = Atoms(entry.numbers, entry.positions, cell=entry.cell, pbc=entry.pbc)
                elements = tuple(int(z) for z in np.unique(entry.numbers))
                values = Fingerprint(elements, entry.fingerprint, self.length_unit)
                row = {key: raw[key] for key in _STORED}
                row["parent"] = known.get(raw["parent"])
                known[entry.id], is_new = self._add_row(row, atoms, values, lambda: None)
                new += is_new
            for raw in source._select("SELECT * FROM rejections ORDER BY id"):
                with self._transaction():
                    self._insert("rejections", {key: raw[key] for key in raw.keys() if key != "id"})  # noqa: SIM118
        return new

    def _add_row(self, row: dict, atoms: Atoms, values: Fingerprint, describe) -> tuple[int, bool]:
        """Id and novelty; the row is described and inserted only if no entry is the same.

        The comparison runs outside the transaction; entries that other writers added meanwhile are
        looked at before the insertion, and compared in another round if they are close.
        """
        seen, complete = 0, False
        while True:
            last = self._last_id()
            close = self._candidates(row, values, seen)
            seen = max([last, *(i for i, _ in close)])
            for identity, gap in close:
                if gap <= self.fingerprint_tolerance and self._same(atoms, identity):
                    self._visit(identity, row["visits"])
                    return identity, False
            if not complete:
                describe()
                complete = True
            with self._transaction():
                newer = self._candidates(row, values, seen)
                if not any(gap <= self.fingerprint_tolerance for _, gap in newer):
                    return self._insert("minima", row), True

    def _candidates(self, row: dict, values: Fingerprint, after: int) -> list[tuple[int, float]]:
        """Id and distance of fingerprints of the entries in the energy window, nearest first."""
        window = (
            row["energy_per_atom"] - self.energy_tolerance,
            row["energy_per_atom"] + self.energy_tolerance,
        )
        found = self._select(
            "SELECT id, fingerprint FROM minima WHERE composition = ? AND pbc = ?"
            " AND energy_per_atom BETWEEN ? AND ? AND id > ?",
            (row["composition"], row["pbc"], *window, after),
        )
        if not found:
            return []
        others = np.frombuffer(b"".join(f["fingerprint"] for f in found), "<f4")
        gaps = distances(values.values, others.reshape(len(found), -1))
        return [(found[i]["id"], float(gaps[i])) for i in np.argsort(gaps, kind="stable")]

    def _same(self, atoms: Atoms, identity: int) -> bool:
        known = structure(self._select("SELECT * FROM minima WHERE id = ?", (identity,))[0])
        other = Atoms(known["numbers"], known["positions"], cell=known["cell"], pbc=known["pbc"])
        return same_structure(atoms, other, length_unit=self.length_unit)

    def _visit(self, identity: int, visits: int) -> None:
        with self._transaction():
            self._connection.execute(
                "UPDATE minima SET visits = visits + ? WHERE id = ?", (visits, identity)
            )

    def _last_id(self) -> int:
        return self._select("SELECT coalesce(max(id), 0) FROM minima")[0][0]

    def _insert(self, table: str, row: Mapping[str, object]) -> int:
        names = ", ".join(row)
        cursor = self._connection.execute(
            f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})",
            tuple(row.values()),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    # ------------------------------------------------------------------ reading

    def count(self, composition: str | None = None) -> int:
        """Number of distinct minima, of one composition or of all."""
        where, values = _of_composition(composition)
        return self._select(f"SELECT count(*) FROM minima WHERE {where}", values)[0][0]

    def __len__(self) -> int:
        return self.count()

    def __iter__(self) -> Iterator[Entry]:
        """Entries in the order in which they were found."""
        return self.entries(order_by="id")

    def __getitem__(self, identity: int) -> Entry:
        """Entry of an id.

        Raises
        ------
        KeyError
            If there is none.
        """
        found = self._select("SELECT * FROM minima WHERE id = ?", (int(identity),))
        if not found:
            raise KeyError(f"{self.path}: no minimum {identity}, there are {self.count()}")
        return entry_of(found[0])

    def best(self, composition: str | None = None) -> Entry | None:
        """Entry with the lowest enthalpy per atom; None if there is none.

        Parameters
        ----------
        composition
            Formula, in any order and multiple, for example ``"Li2ZrCl6"``. Enthalpies of different
            compositions are hardly comparable, so give one if the archive has several.
        """
        return next(self.entries(limit=1, composition=composition), None)

    def entries(
        self,
        order_by: str = "enthalpy",
        limit: int | None = None,
        composition: str | None = None,
        max_above_best: float | None = None,
    ) -> Iterator[Entry]:
        """Entries in order, read while iterating.

        Parameters
        ----------
        order_by
            ``enthalpy`` or ``energy`` (per atom), ``id``, or ``visits`` (most first).
        limit
            Largest number.
        composition
            As in `best`.
        max_above_best
            Largest enthalpy above the best entry of the same composition, eV per atom.

        Raises
        ------
        DataError
            If the order is unknown.
        """
        if order_by not in _ORDERS:
            raise DataError(f"order is {order_by!r}, expected one of {', '.join(_ORDERS)}")
        where, values = _of_composition(composition)
        if max_above_best is not None:
            where += (
                " AND enthalpy_per_atom <= ? + (SELECT min(b.enthalpy_per_atom) FROM minima b"
                " WHERE b.composition = minima.composition)"
            )
            values += (max_above_best,)
        chosen = self._select(
            f"SELECT id FROM minima WHERE {where} ORDER BY {_ORDERS[order_by]} LIMIT ?",
            (*values, -1 if limit is None else limit),
        )
        return map(entry_of, self._rows("minima", [row["id"] for row in chosen]))

    def _rows(self, table: str, ids: Sequence[int]) -> Iterator[sqlite3.Row]:
        """Rows in the order of their ids, some at a time: no reading is open while the caller writes."""
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            marks = ", ".join("?" * len(some))
            found = self._select(f"SELECT * FROM {table} WHERE id IN ({marks})", some)
            by_id = {row["id"]: row for row in found}
            yield from (by_id[i] for i in some)

    def compositions(self) -> dict[str, int]:
        """Composition -> number of distinct minima."""
        found = self._select(
            "SELECT composition, count(*) FROM minima GROUP BY composition ORDER BY composition"
        )
        return {row[0]: row[1] for row in found}

    def rejections(self, limit: int | None = None) -> Iterator[Rejection]:
        """What was refused, the latest first."""
        chosen = self._select(
            "SELECT id FROM rejections ORDER BY id DESC LIMIT ?", (-1 if limit is None else limit,)
        )
        return map(rejection, self._rows("rejections", [row["id"] for row in chosen]))

    def count_rejections(self) -> int:
        """Number of structures that were refused."""
        return self._select("SELECT count(*) FROM rejections")[0][0]

    @property
    def settings(self) -> dict[str, object]:
        """What was recorded as settings."""
        return json.loads(self.get_meta("settings") or "{}")

    def get_meta(self, key: str) -> str | None:
        """Value of a key of the table of metadata; None if there is none."""
        found = self._select("SELECT value FROM meta WHERE key = ?", (key,))
        return found[0][0] if found else None

    def set_meta(self, key: str, value: str) -> None:
        """Store a value in the table of metadata.

        Raises
        ------
        DataError
            If the key is one of the archive's own.
        """
        if key in DEFAULTS or key == "format_version":
            raise DataError(f"metadata key {key!r} belongs to the archive, choose another name")
        with self._transaction():
            self._put_meta(key, value)

    # ------------------------------------------------------------------ the file

    def _open(
        self, given: Mapping[str, float | None], settings: Mapping[str, object] | None
    ) -> dict[str, float]:
        """Settings in force, after the tables and the metadata are there."""
        if self.readonly:
            return self._agreed(given)
        tables = {r[0] for r in self._select("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if tables and not tables >= {"meta", "minima", "rejections"}:
            raise DataError(
                f"{self.path}: a database with tables {', '.join(sorted(tables))}, but no archive of minima"
            )
        _use_write_ahead_log(self._connection)
        self._connection.execute("PRAGMA synchronous = NORMAL")
        with self._transaction():
            if not tables:
                for statement in _SCHEMA.split(";"):
                    self._connection.execute(statement)
            if self.get_meta("format_version") is None:
                self._put_meta("format_version", FORMAT_VERSION)
                for key, default in DEFAULTS.items():
                    value = given[key]
                    self._put_meta(key, repr(float(default if value is None else value)))
            values = self._agreed(given)
            for key in ("energy_tolerance", "fingerprint_tolerance"):
                self._put_meta(key, repr(values[key]))
            if settings is not None:
                self._put_meta("settings", json.dumps(dict(settings)))
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

    def _put_meta(self, key: str, value: str) -> None:
        self._connection.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )

    def _select(self, statement: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        if os.getpid() != self._owner:
            raise DataError(
                f"{self.path}: opened by process {self._owner} and used by {os.getpid()};"
                " open it again in each process"
            )
        with self._translated():
            return self._connection.execute(statement, values).fetchall()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """A write transaction that waits for other writers; undone if anything fails inside."""
        if self.readonly:
            raise DataError(f"{self.path}: opened for reading only")
        self._select("BEGIN IMMEDIATE")
        try:
            with self._translated():
                yield
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Errors of SQLite as DataError with the file's name."""
        try:
            yield
        except (sqlite3.OperationalError, sqlite3.ProgrammingError) as error:
            raise DataError(f"{self.path}: {error}") from error
        except sqlite3.Error as error:
            raise DataError(f"{self.path}: damaged, or no archive of minima: {error}") from error


def _connect(path: Path, readonly: bool) -> sqlite3.Connection:
    if readonly and not path.is_file():
        raise DataError(f"{path}: no such archive")
    mode = "ro" if readonly else "rwc"
    address = f"{path.resolve().as_uri()}?mode={mode}"
    try:
        connection = sqlite3.connect(address, uri=True, timeout=_TIMEOUT, isolation_level=None)
    except sqlite3.Error as error:
        raise DataError(f"{path}: cannot be opened: {error}") from error
    connection.row_factory = sqlite3.Row
    return connection


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; SQLite does not wait for other connections in this one statement."""
    deadline = time.monotonic() + _TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except (sqlite3.OperationalError, sqlite3.ProgrammingError) as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _of_composition(composition: str | None) -> tuple[str, tuple[object, ...]]:
    """Condition and its values for the formula of a composition, as written or reduced."""
    if composition is None:
        return "1", ()
    try:
        whole = Formula(composition)
        reduced = whole.reduce()[0]
    except ValueError as error:
        raise DataError(
            f"composition is {composition!r}, expected a formula such as Li2ZrCl6"
        ) from error
    return (
        "((composition = ? AND pbc > 0) OR (composition = ? AND pbc = 0))",
        (reduced.format("metal"), whole.format("metal")),
    )


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

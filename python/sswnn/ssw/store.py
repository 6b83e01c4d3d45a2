"""One SQLite file with tables of rows and of metadata, shared by several writers.

Several threads or processes on one machine may write to a file at the same time, each with its own
`Store`; what is written in one transaction is there as a whole or not at all, also after a kill.
(SQLite's write-ahead log, which this uses, does not work on network file systems.) This module knows
nothing of what the rows mean.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sswnn.errors import DataError

_TIMEOUT = 60.0  # s that a writer waits for another one


class Store:
    """A database in a file.

    Parameters
    ----------
    path
        File, made if it does not exist.
    readonly
        Never write; the file must exist.

    Raises
    ------
    DataError
        If the file cannot be opened.
    """

    def __init__(self, path: str | Path, readonly: bool = False):
        self.path = Path(path)
        self.readonly = readonly
        self._owner = os.getpid()
        self._connection = _connect(self.path, readonly)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def prepare(self, expected: set[str]) -> None:
        """Make the file ready for several writers, if it is new or has the tables expected.

        Raises
        ------
        DataError
            If the file holds other tables, or is no database.
        """
        found = self.select("SELECT name FROM sqlite_master WHERE type = 'table'")
        tables = {row[0] for row in found}
        if tables and not tables >= expected:
            raise DataError(
                f"{self.path}: a database with tables {', '.join(sorted(tables))}, but no archive of minima"
            )
        with self.translated():
            _use_write_ahead_log(self._connection)
            self._connection.execute("PRAGMA synchronous = NORMAL")

    def select(self, statement: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        """All rows of a query.

        Raises
        ------
        DataError
            If it fails, or this process did not open the file.
        """
        if os.getpid() != self._owner:
            raise DataError(
                f"{self.path}: opened by process {self._owner} and used by {os.getpid()};"
                " open it again in each process"
            )
        with self.translated():
            return self._connection.execute(statement, values).fetchall()

    def rows(self, table: str, ids: Sequence[int]) -> Iterator[sqlite3.Row]:
        """Rows in the order of their ids, some at a time: no reading is open while the caller writes."""
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            marks = ", ".join("?" * len(some))
            found = self.select(f"SELECT * FROM {table} WHERE id IN ({marks})", some)
            by_id = {row["id"]: row for row in found}
            yield from (by_id[i] for i in some)

    def execute(self, statement: str, values: Sequence[object] = ()) -> sqlite3.Cursor:
        """Change something, inside a transaction."""
        return self._connection.execute(statement, values)

    def insert(self, table: str, row: Mapping[str, object]) -> int:
        """Id of a new row, inside a transaction."""
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        cursor = self.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(row.values())
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def get_meta(self, key: str) -> str | None:
        """Value of a key of the table of metadata; None if there is none."""
        found = self.select("SELECT value FROM meta WHERE key = ?", (key,))
        return found[0][0] if found else None

    def put_meta(self, key: str, value: str) -> None:
        """Store a value in the table of metadata, inside a transaction."""
        self.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A write transaction that waits for other writers; undone if anything fails inside."""
        if self.readonly:
            raise DataError(f"{self.path}: opened for reading only")
        self.select("BEGIN IMMEDIATE")
        try:
            with self.translated():
                yield
        except BaseException:
            self._connection.rollback()
            raise
        self._connection.commit()

    @contextmanager
    def translated(self) -> Iterator[None]:
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

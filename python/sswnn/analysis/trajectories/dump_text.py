"""LAMMPS text dumps (`dump custom`, `dump atom`): cut into frames, and the numbers of a frame.

Cutting is cheap and done in order; reading the numbers is what takes time, and can be done elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from ase.data import chemical_symbols

from sswnn.analysis.trajectories.frame import Frame
from sswnn.analysis.trajectories.streams import EndOfFile, Lines
from sswnn.errors import AnalysisError

_COORDINATES = (
    (("xu", "yu", "zu"), True, False),
    (("xsu", "ysu", "zsu"), True, True),
    (("x", "y", "z"), False, False),
    (("xs", "ys", "zs"), False, True),
)
"""Columns, whether unwrapped, whether fractions of the cell; in order of preference."""


@dataclass(frozen=True)
class RawDumpFrame:
    """Head of a frame as numbers, its atoms as text."""

    step: int
    time_ps: float | None
    cell: np.ndarray
    origin: np.ndarray
    pbc: np.ndarray
    columns: tuple[str, ...]
    body: bytes
    count: int
    path: str
    line: int
    elements: tuple[str, ...] | None
    codes: dict[bytes, bytes]

    def frame(self) -> Frame:
        """The frame, its atoms in ascending id."""
        columns = self.columns
        table = self._table()
        if "id" in columns:
            ids = table[:, columns.index("id")]
            if not (np.diff(ids) > 0).all():
                table = table[np.argsort(ids, kind="stable")]
        symbols = np.asarray(chemical_symbols)[self._numbers(table)]
        positions, unwrapped = self._positions(table)
        return Frame(
            0, self.step, self.time_ps, symbols, positions, self.cell, self.origin, self.pbc, unwrapped
        )  # fmt: skip

    def _error(self, message: str) -> AnalysisError:
        return AnalysisError(f"{self.path}, line {self.line + self.count - 1}: {message}")

    def _numbers(self, table: np.ndarray) -> np.ndarray:
        """(n,) atomic numbers."""
        if self.elements and "type" in self.columns:
            types = table[:, self.columns.index("type")].astype(int)
            if types.max() > len(self.elements):
                raise self._error(
                    f"atom type {types.max()} but only {len(self.elements)} elements are given"
                )
            return np.array([chemical_symbols.index(x) for x in self.elements])[types - 1]
        if "element" in self.columns:
            return table[:, self.columns.index("element")].astype(int)
        raise self._error(
            "the dump has no `element` column: say which elements the types are, --types Li Zr Cl"
        )

    def _positions(self, table: np.ndarray) -> tuple[np.ndarray, bool]:
        """(n, 3) A, and whether atoms are followed across the boundaries."""
        columns = self.columns
        for names, unwrapped, scaled in _COORDINATES:
            if not all(x in columns for x in names):
                continue
            positions = table[:, [columns.index(x) for x in names]]
            if scaled:
                positions = positions @ self.cell + self.origin
            elif not unwrapped and all(x in columns for x in ("ix", "iy", "iz")):
                images = table[:, [columns.index(x) for x in ("ix", "iy", "iz")]]
                positions, unwrapped = positions + images @ self.cell, True
            if not np.isfinite(positions).all():
                raise self._error("positions are not finite: the simulation has blown up")
            return np.ascontiguousarray(positions), unwrapped
        raise self._error(f"no positions among the columns {' '.join(columns)}")

    def _table(self) -> np.ndarray:
        """(n, columns) numbers; element symbols become atomic numbers."""
        text = self.body
        for symbol, code in self.codes.items():
            text = text.replace(symbol, code)
        try:
            table = np.fromstring(text, sep=" ")
        except ValueError:
            table = np.empty(0)
        if table.size == self.count * len(self.columns):
            return table.reshape(self.count, len(self.columns))
        return self._slow_table()

    def _slow_table(self) -> np.ndarray:
        """As `_table`, row by row; names the line of an error."""
        table = np.empty((self.count, len(self.columns)))
        element = self.columns.index("element") if "element" in self.columns else -1
        for k, row in enumerate(self.body.splitlines()):
            words: list[bytes | int] = list(row.split())
            try:
                if element >= 0:
                    words[element] = chemical_symbols.index(row.split()[element].decode())
                table[k] = [float(x) for x in words]
            except (ValueError, IndexError):
                text = row.decode(errors="replace").strip()
                raise AnalysisError(
                    f"{self.path}, line {self.line + k}: expected columns {' '.join(self.columns)}, found {text!r}"
                ) from None
        return table


_STEP = re.compile(rb"ITEM: TIMESTEP[ \t\r]*\n[ \t]*(\d+)[ \t\r]*\n")


def dump_steps(lines: Lines) -> list[int]:
    """Steps of all frames in the order of the file, at the speed at which it can be read."""
    return [int(match[1]) for match in lines.matches(_STEP, longest=100)]


class DumpReader:
    """Cuts a dump into frames."""

    def __init__(self, lines: Lines, elements: tuple[str, ...] | None):
        self.lines = lines
        self.elements = elements
        self.codes: dict[bytes, bytes] = {}  # b" Li " -> b" 3 "
        self.metal = False  # whether the file says so; without it a time may be in fs, and is not read

    def frames(self) -> Iterator[RawDumpFrame]:
        """All complete frames of the file."""
        first = True
        while True:
            try:
                frame = self._frame(first)
            except EndOfFile:
                return
            first = False
            yield frame

    def _frame(self, first: bool) -> RawDumpFrame:
        lines, time = self.lines, None
        while True:
            item = lines.next()
            if item.startswith(b"ITEM: UNITS"):
                units = lines.next().strip()
                if units != b"metal":
                    raise lines.error(f"units are {units.decode()}, expected metal")
                self.metal = True
            elif item.startswith(b"ITEM: TIMESTEP"):
                step = self._integer("step")
            elif item.startswith(b"ITEM: TIME"):
                stated = self._real("time")
                time = stated if self.metal else None
            elif item.startswith(b"ITEM: NUMBER OF ATOMS"):
                count = self._integer("number of atoms")
            elif item.startswith(b"ITEM: BOX BOUNDS"):
                cell, origin, pbc = self._box(item.split()[3:])
            elif item.startswith(b"ITEM: ATOMS"):
                break
            else:
                what = "not a LAMMPS text dump" if first else "expected an ITEM line"
                raise lines.error(f"{what}, found {item[:40].decode(errors='replace').strip()!r}")
        columns = tuple(x.decode() for x in item.split()[2:])
        try:
            rows = lines.block(count)
            if "element" in columns and not self.codes:
                self.codes = _codes(rows, columns.index("element"))
            return RawDumpFrame(
                step, time, cell, origin, pbc, columns, b"".join(rows), count,
                str(lines.path), lines.number - count + 1, self.elements, self.codes,
            )  # fmt: skip
        except UnboundLocalError:
            raise lines.error("atoms before step, number of atoms and box") from None

    def _integer(self, what: str) -> int:
        text = self.lines.next()
        try:
            return int(text)
        except ValueError:
            raise self.lines.error(f"{what} is {text.decode(errors='replace').strip()!r}") from None

    def _real(self, what: str) -> float:
        text = self.lines.next()
        try:
            return float(text)
        except ValueError:
            raise self.lines.error(f"{what} is {text.decode(errors='replace').strip()!r}") from None

    def _box(self, words: list[bytes]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Cell vectors, origin and periodicity from the three bounds lines (bounding box for tilted cells)."""
        pbc = np.array([w.startswith(b"p") for w in words[-3:]])
        rows = self.lines.block(3)
        try:
            bounds = np.array([[float(x) for x in row.split()] for row in rows])
        except ValueError:
            raise self.lines.error("box bounds are not numbers") from None
        if bounds.shape == (3, 2):
            return np.diag(bounds[:, 1] - bounds[:, 0]), bounds[:, 0].copy(), pbc
        if bounds.shape != (3, 3) or b"abc" in words:
            raise self.lines.error("box bounds are in a form other than orthogonal or `xy xz yz`")
        xy, xz, yz = bounds[:, 2]
        low = bounds[:, 0] - [min(0.0, xy, xz, xy + xz), min(0.0, yz), 0.0]
        high = bounds[:, 1] - [max(0.0, xy, xz, xy + xz), max(0.0, yz), 0.0]
        lx, ly, lz = high - low
        return np.array([[lx, 0, 0], [xy, ly, 0], [xz, yz, lz]]), low, pbc


def _codes(rows: list[bytes], column: int) -> dict[bytes, bytes]:
    """Symbols of the elements, as they stand in the text -> atomic numbers; what is no element is met when it is read."""
    found = {}
    for row in rows:
        words = row.split()
        symbol = words[column].decode(errors="replace") if len(words) > column else ""
        if symbol in chemical_symbols:
            found[b" " + words[column] + b" "] = b" %d " % chemical_symbols.index(symbol)
    return found

"""Frames of a trajectory, one at a time: LAMMPS text dumps (plain, .gz, .xz, .zst) and extended XYZ.

Knows file formats and nothing of what is computed from the frames.
"""

from __future__ import annotations

import gzip
import lzma
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from ase.data import chemical_symbols

from sswnn.errors import AnalysisError


@dataclass(frozen=True)
class Frame:
    """One configuration, atoms in ascending id.

    Attributes
    ----------
    index
        Number of the frame in its file, from 0.
    step
        MD step, or the index where the file has none.
    time_ps
        Time, ps; None where neither file nor caller states it.
    symbols
        (n,) chemical symbols.
    positions
        (n, 3) A.
    cell, origin
        (3, 3) rows are cell vectors, (3,) its corner, A.
    pbc
        (3,) bool.
    unwrapped
        True if atoms are followed across periodic boundaries (`xu yu zu`).
    """

    index: int
    step: int
    time_ps: float | None
    symbols: np.ndarray
    positions: np.ndarray
    cell: np.ndarray
    origin: np.ndarray = field(default_factory=lambda: np.zeros(3))
    pbc: np.ndarray = field(default_factory=lambda: np.ones(3, dtype=bool))
    unwrapped: bool = False

    def __len__(self) -> int:
        return len(self.positions)


def read_trajectory(
    path: str | Path,
    *,
    start: int = 0,
    stop: int | None = None,
    every: int = 1,
    timestep_fs: float | None = None,
    elements: tuple[str, ...] | None = None,
) -> Iterator[Frame]:
    """Frames `start`, `start + every`, ... below `stop`, streamed.

    A last frame that is cut short, as a running or killed simulation leaves it, is left out. So are frames that
    a restarted run wrote again (steps not ascending).

    Parameters
    ----------
    path
        LAMMPS dump (text; `.gz`, `.xz`, `.zst` compressed) or extended XYZ (`.xyz`, `.extxyz`, compressed likewise).
    start, stop, every
        Which frames, as in `range`.
    timestep_fs
        MD time step; gives the time where the file holds steps only.
    elements
        Symbols of atom types 1, 2, ...; needed for dumps without an `element` column, overrides one.

    Raises
    ------
    AnalysisError
        Not a trajectory, no frame at all, a malformed frame before the last, or a missing column; with file and line.
        A time step that is not positive, or a symbol that is no element.
    """
    path = Path(path)
    if not path.is_file():
        raise AnalysisError(f"{path}: no such file")
    if every < 1 or start < 0:
        raise AnalysisError(
            f"frames start={start}, every={every}: expected start >= 0 and every >= 1"
        )
    if timestep_fs is not None and not 0 < timestep_fs < float("inf"):
        raise AnalysisError(
            f"MD time step is {timestep_fs:g} fs, expected a positive number: --timestep FS"
        )
    for symbol in elements or ():
        if symbol not in chemical_symbols[1:]:
            raise AnalysisError(f"type is {symbol!r}, expected the symbol of an element such as Li")
    names = path.name.lower().removesuffix(".gz").removesuffix(".xz").removesuffix(".zst")
    stream = _open(path)
    with stream:
        if names.endswith(("xyz",)):
            frames = _extxyz_frames(stream, path)
        else:
            frames = _DumpReader(stream, path, elements).frames()
        yield from _selected(
            frames, path, range(start, 2**62 if stop is None else stop, every), timestep_fs
        )


def _selected(
    frames: Iterator[Frame], path: Path, wanted: range, timestep_fs: float | None
) -> Iterator[Frame]:
    from dataclasses import replace

    last_step, index = None, -1
    for frame in frames:
        if last_step is not None and frame.step <= last_step:
            continue
        last_step = frame.step
        index += 1
        if index >= wanted.stop:
            return
        if index in wanted:
            time = frame.time_ps
            if timestep_fs is not None:
                time = frame.step * timestep_fs / 1000
            yield replace(frame, index=index, time_ps=time)
    if index < 0:
        raise AnalysisError(f"{path}: no complete frame")


def _open(path: Path) -> Any:
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return gzip.open(path, "rb")
    if suffix == ".xz":
        return lzma.open(path, "rb")
    if suffix == ".zst":
        try:
            import zstandard
        except ImportError:
            raise AnalysisError(f"{path}: reading .zst needs `pip install zstandard`") from None
        import io

        return io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(open(path, "rb")))
    return open(path, "rb")


class _EndOfFile(Exception):
    """The file ends inside a frame."""


class _Lines:
    """Lines of a byte stream with their number, for messages; the end of file is an exception."""

    def __init__(self, stream: IO[bytes], path: Path):
        self.stream, self.path, self.number = stream, path, 0

    def next(self) -> bytes:
        try:
            line = self.stream.readline()
        except EOFError:  # a compressed file that is cut short
            raise _EndOfFile from None
        except (gzip.BadGzipFile, lzma.LZMAError, zlib.error) as problem:
            raise AnalysisError(f"{self.path}: cannot be decompressed: {problem}") from None
        if not line.endswith(b"\n"):
            raise _EndOfFile
        self.number += 1
        return line

    def block(self, count: int) -> list[bytes]:
        return [self.next() for _ in range(count)]

    def error(self, message: str) -> AnalysisError:
        return AnalysisError(f"{self.path}, line {self.number}: {message}")


class _DumpReader:
    """LAMMPS `dump custom` and `dump atom` in text form."""

    def __init__(self, stream: IO[bytes], path: Path, elements: tuple[str, ...] | None):
        self.lines = _Lines(stream, path)
        self.elements = elements
        self.codes: dict[bytes, bytes] = {}  # b" Li " -> b" 3 "

    def frames(self) -> Iterator[Frame]:
        first = True
        while True:
            try:
                frame = self._frame(first)
            except _EndOfFile:
                return
            first = False
            yield frame

    def _frame(self, first: bool) -> Frame:
        time = None
        while True:
            item = self.lines.next()
            if item.startswith(b"ITEM: UNITS"):
                units = self.lines.next().strip()
                if units != b"metal":
                    raise self.lines.error(f"units are {units.decode()}, expected metal")
            elif item.startswith(b"ITEM: TIMESTEP"):
                step = self._integer("step")
            elif item.startswith(b"ITEM: TIME"):
                time = self._real("time")
            elif item.startswith(b"ITEM: NUMBER OF ATOMS"):
                count = self._integer("number of atoms")
            elif item.startswith(b"ITEM: BOX BOUNDS"):
                cell, origin, pbc = self._box(item.split()[3:])
            elif item.startswith(b"ITEM: ATOMS"):
                break
            else:
                what = "not a LAMMPS text dump" if first else "expected an ITEM line"
                raise self.lines.error(
                    f"{what}, found {item[:40].decode(errors='replace').strip()!r}"
                )
        try:
            columns = [x.decode() for x in item.split()[2:]]
            numbers, positions, unwrapped = self._atoms(columns, count, cell, origin)
            symbols = np.asarray(chemical_symbols)[numbers]
            return Frame(0, step, time, symbols, positions, cell, origin, pbc, unwrapped)
        except UnboundLocalError:
            raise self.lines.error("atoms before step, number of atoms and box") from None

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

    def _atoms(
        self, columns: list[str], count: int, cell: np.ndarray, origin: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, bool]:
        """Atomic numbers, positions and whether unwrapped, sorted by id."""
        table = self._table(columns, self.lines.block(count))
        if "id" in columns:
            order = np.argsort(table[:, columns.index("id")], kind="stable")
            table = table[order]
        if self.elements and "type" in columns:
            types = table[:, columns.index("type")].astype(int)
            if types.max() > len(self.elements):
                raise self.lines.error(
                    f"atom type {types.max()} but only {len(self.elements)} elements are given"
                )
            numbers = np.array([chemical_symbols.index(x) for x in self.elements])[types - 1]
        elif "element" in columns:
            numbers = table[:, columns.index("element")].astype(int)
        else:
            raise self.lines.error(
                "the dump has no `element` column: say which elements the types are, --types Li Zr Cl"
            )
        for names, unwrapped, scaled in (
            (("xu", "yu", "zu"), True, False),
            (("xsu", "ysu", "zsu"), True, True),
            (("x", "y", "z"), False, False),
            (("xs", "ys", "zs"), False, True),
        ):
            if all(x in columns for x in names):
                positions = table[:, [columns.index(x) for x in names]]
                if scaled:
                    positions = positions @ cell + origin
                elif not unwrapped and all(x in columns for x in ("ix", "iy", "iz")):
                    positions = (
                        positions + table[:, [columns.index(x) for x in ("ix", "iy", "iz")]] @ cell
                    )
                    unwrapped = True
                if not np.isfinite(positions).all():
                    raise self.lines.error("positions are not finite: the simulation has blown up")
                return numbers, np.ascontiguousarray(positions), unwrapped
        raise self.lines.error(f"no positions among the columns {' '.join(columns)}")

    def _table(self, columns: list[str], rows: list[bytes]) -> np.ndarray:
        """(n, columns) numbers; element symbols become atomic numbers."""
        text = b"".join(rows)
        for symbol, code in self.codes.items():
            text = text.replace(symbol, code)
        try:
            table = np.fromstring(text, sep=" ")
        except ValueError:
            table = np.empty(0)
        if table.size == len(rows) * len(columns):
            return table.reshape(len(rows), len(columns))
        return self._slow_table(columns, rows)

    def _slow_table(self, columns: list[str], rows: list[bytes]) -> np.ndarray:
        """As `_table`, row by row; learns the symbols for the next frames and names the line of an error."""
        table = np.empty((len(rows), len(columns)))
        element = columns.index("element") if "element" in columns else -1
        first_line = self.lines.number - len(rows) + 1
        for k, row in enumerate(rows):
            words = row.split()
            try:
                if element >= 0:
                    number = chemical_symbols.index(words[element].decode())
                    self.codes[b" " + words[element] + b" "] = b" %d " % number
                    words[element] = b"%d" % number
                table[k] = [float(x) for x in words]
            except (ValueError, IndexError):
                text = row.decode(errors="replace").strip()
                raise AnalysisError(
                    f"{self.lines.path}, line {first_line + k}: expected columns {' '.join(columns)}, found {text!r}"
                ) from None
        return table


def _extxyz_frames(stream: IO[bytes], path: Path) -> Iterator[Frame]:
    """Extended XYZ frames; the comment line may hold `step`/`timestep` and `time` (ps)."""
    import io

    from ase.io.extxyz import XYZError, read_xyz

    lines = _Lines(stream, path)
    index = 0
    while True:
        try:
            head = lines.next()
            if not head.strip():
                continue
            try:
                count = int(head)
            except ValueError:
                raise lines.error(
                    f"number of atoms is {head.decode(errors='replace').strip()!r}"
                ) from None
            text = b"".join([head, *lines.block(count + 1)]).decode()
        except _EndOfFile:
            return
        try:
            atoms = next(read_xyz(io.StringIO(text), index=slice(0, 1)))
        except (XYZError, ValueError, KeyError, IndexError) as error:
            raise lines.error(f"frame {index} is malformed: {error}") from None
        if atoms.cell.rank < 3:
            raise lines.error(
                f"frame {index} has no cell, expected three cell vectors in `Lattice`"
            )
        info = {k.lower(): v for k, v in atoms.info.items()}
        step = info.get("step", info.get("timestep", index))
        time = info.get("time", info.get("time_ps"))
        yield Frame(
            index,
            int(step),
            None if time is None else float(time),
            np.array(atoms.get_chemical_symbols()),
            atoms.positions,
            atoms.cell.array,
            pbc=atoms.pbc.copy(),
        )
        index += 1

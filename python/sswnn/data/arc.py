"""Structures in `.arc` files: the Biosym archive of Materials Studio and of the LASP program.

A file is a line ``!BIOSYM archive N``, a line ``PBC=ON`` or ``PBC=OFF``, and for every structure

=====================================  ==============================================================
``Energy  7  0.0213  -123.456789 C1``  title; LASP writes number, largest force, energy (eV), symmetry
``!DATE``
``PBC a b c alpha beta gamma``         A and degrees, only with ``PBC=ON``
``Li x y z CORE 1 Li Li 0.0 1``        one line per atom, A; the eighth word is the element
``end``                                twice
=====================================  ==============================================================

The format has no cell vectors: a lies along x, b in the xy plane (x of b along +-a, y > 0), c above
it. What is written is rotated into this orientation, forces and cell of what is read stand in it;
distances and energies do not change, and a left-handed cell becomes its mirror image.

Forces of LASP stand in a second file (``allfor.arc``), one block per structure: a title that begins
with ``For``, six components of the stress, then the force of each atom (eV/A).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers
from ase.geometry import cell_to_cellpar, cellpar_to_cell

from sswnn.data.frames import open_text
from sswnn.errors import DataError

_LASP_TITLE = re.compile(r"\s*(Energy|React|TS|SSW\S*|Str)\s")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$")


class _Lines:
    """Lines of a file with their numbers, for messages."""

    def __init__(self, path: str | Path) -> None:
        self.path = path
        self.number = 0
        self.frame = 0
        try:
            with open_text(path) as stream:
                self.lines = stream.read().splitlines()
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise DataError(f"{path}: cannot be read as text: {error}") from error

    def next(self, expected: str) -> str:
        """The next line; `expected` says in the message what is missing if there is none."""
        if self.number == len(self.lines):
            raise self.error(
                f"the file ends where {expected} is expected; "
                f"{self.frame} complete structures precede"
            )
        self.number += 1
        return self.lines[self.number - 1]

    def left(self) -> bool:
        """Whether a line that is not blank follows; blank ones are skipped."""
        while self.number < len(self.lines) and not self.lines[self.number].strip():
            self.number += 1
        return self.number < len(self.lines)

    def error(self, message: str) -> DataError:
        return DataError(f"{self.path}: structure {self.frame} (line {self.number}): {message}")


def read_arc(path: str | Path, *, forces: str | Path | None = None) -> list[Atoms]:
    """All structures of a file.

    Parameters
    ----------
    path
        ``.arc`` file, plain or compressed (``.gz``, ``.xz``).
    forces
        LASP file with the forces of the same structures (``allfor.arc``).

    Returns
    -------
    list of ase.Atoms
        Cells in the orientation of the format; ``info["energy"]`` (eV) if the title is one of LASP
        (Materials Studio writes other units there) and the energy has not overflowed to asterisks.
        With `forces`: ``arrays["forces"]`` (n, 3), eV/A, absent where they overflowed, and
        ``info["lasp_stress"]`` (6,), as it stands: unit and order are not documented.

    Raises
    ------
    DataError
        With file, structure number (from 0) and line, if a file is malformed, ends inside a
        structure, or the two do not fit together. `iter_arc` yields what precedes the damage.
    """
    frames = list(iter_arc(path))
    if forces is not None:
        _attach_forces(frames, forces)
    return frames


def iter_arc(path: str | Path) -> Iterator[Atoms]:
    """Structures of a file, one after the other; arguments and errors as in `read_arc`."""
    lines = _Lines(path)
    if not lines.next("'!BIOSYM archive'").startswith("!BIOSYM archive"):
        raise lines.error(f"expected '!BIOSYM archive', got {lines.lines[0][:60]!r}")
    head = lines.next("'PBC=ON' or 'PBC=OFF'").strip()
    if head not in ("PBC=ON", "PBC=OFF"):
        raise lines.error(f"expected 'PBC=ON' or 'PBC=OFF', got {head[:60]!r}")
    while lines.left():
        frame = _read_structure(lines, periodic=head == "PBC=ON")
        lines.frame += 1
        yield frame


def _read_structure(lines: _Lines, *, periodic: bool) -> Atoms:
    title = ""
    while not (line := lines.next("'!DATE'")).startswith("!DATE"):
        if line.split()[:1] in (["PBC"], ["end"]):
            raise lines.error(f"expected a title and '!DATE', got {line.strip()[:60]!r}")
        title = line if line.strip() else title
    cell = _read_cell(lines) if periodic else np.zeros((3, 3))
    symbols, positions = [], []
    while (line := lines.next("an atom or 'end'")).strip() != "end":
        symbol, position = _read_atom(line, lines)
        symbols.append(symbol)
        positions.append(position)
    if lines.number < len(lines.lines) and lines.lines[lines.number].strip() == "end":
        lines.number += 1
    if not symbols:
        raise lines.error("no atoms, expected at least 1")
    atoms = Atoms(symbols, positions, cell=cell, pbc=periodic)
    energy = _title_energy(title)
    if energy is not None:
        atoms.info["energy"] = energy
    return atoms


def _read_cell(lines: _Lines) -> np.ndarray:
    """(3, 3) cell of a PBC line; what follows the six numbers, a space group, is ignored."""
    words = lines.next("'PBC a b c alpha beta gamma'").split()
    if words[:1] != ["PBC"] or len(words) < 7 or not all(map(_NUMBER.match, words[1:7])):
        raise lines.error(f"expected 'PBC a b c alpha beta gamma', got {' '.join(words)[:60]!r}")
    parameters = np.array(words[1:7], dtype=float)
    with np.errstate(invalid="ignore"):
        try:
            cell = cellpar_to_cell(parameters)
        except (AssertionError, ValueError):
            cell = np.full((3, 3), np.nan)
    if not (np.isfinite(cell).all() and np.linalg.det(cell) > 1e-6):
        raise lines.error(f"cell parameters {parameters.tolist()} enclose no volume")
    return cell


def _read_atom(line: str, lines: _Lines) -> tuple[str, list[float]]:
    """Element and position of an atom line; without the eighth word the name is read."""
    words = line.split()
    if len(words) < 4 or not all(map(_NUMBER.match, words[1:4])):
        raise lines.error(f"expected an atom, 'name x y z ...', got {line.strip()[:60]!r}")
    symbol = words[7] if len(words) > 7 else ""
    if symbol not in atomic_numbers:
        symbol = re.sub(r"[^A-Za-z].*", "", words[0])
    if symbol not in atomic_numbers:
        raise lines.error(f"no element is named {words[0]!r}")
    return symbol, [float(x) for x in words[1:4]]


def _title_energy(title: str) -> float | None:
    """Energy of a LASP title: its last number with a decimal point, or its last number."""
    if not _LASP_TITLE.match(title) or "*" in title:
        return None
    numbers = [word for word in title.split()[1:] if _NUMBER.match(word)]
    decimal = [word for word in numbers if "." in word] or numbers
    return float(decimal[-1]) if decimal else None


def _attach_forces(frames: list[Atoms], path: str | Path) -> None:
    """Forces and stress of a LASP force file, in the order of the structures."""
    lines = _Lines(path)
    for frame in frames:
        lines.left()
        title = lines.next("a title 'For ...'")
        if title.split()[:1] != ["For"]:
            raise lines.error(f"expected a title 'For ...', got {title.strip()[:60]!r}")
        stress = _read_numbers(lines, 6, "six components of the stress")
        forces = np.array([_read_numbers(lines, 3, "a force") for _ in range(len(frame))])
        if np.isfinite(stress).all():
            frame.info["lasp_stress"] = stress
        if np.isfinite(forces).all():
            frame.set_array("forces", forces)
        lines.frame += 1
    if lines.left():
        raise lines.error(f"more forces follow than there are structures ({len(frames)})")


def _read_numbers(lines: _Lines, count: int, what: str) -> np.ndarray:
    """(count,) numbers of the next line; infinite if some have overflowed to asterisks."""
    line = lines.next(what)
    words = line.split()
    if "*" in line:
        return np.full(count, np.inf)
    if len(words) != count or not all(map(_NUMBER.match, words)):
        raise lines.error(f"expected {what}, {count} numbers, got {line.strip()[:60]!r}")
    return np.array(words, dtype=float)


def write_arc(path: str | Path, frames: Iterable[Atoms]) -> None:
    """A file that LASP, ASE (``dmol-arc``) and Materials Studio read.

    Parameters
    ----------
    path
        File to write; ``.gz`` and ``.xz`` compress it.
    frames
        Structures, all periodic in three directions or all in none. ``info["energy"]`` (eV), or
        the energy that a calculator holds, stands in the title; without one the title is blank.
        Positions are rotated with the cell, see above, and have nine decimals.

    Raises
    ------
    DataError
        If there is no structure, one is periodic in one or two directions, or only some are periodic.
    """
    frames = list(frames)
    if not frames:
        raise DataError(f"{path}: no structures to write")
    for number, frame in enumerate(frames):
        if not (frame.pbc.all() or not frame.pbc.any()):
            raise DataError(
                f"structure {number} is periodic along {frame.pbc.tolist()}; "
                "an .arc file allows all three directions or none"
            )
        if frame.pbc.any() != frames[0].pbc.any():
            raise DataError(
                f"structure {number} is {'' if frame.pbc.any() else 'not '}periodic, unlike "
                "structure 0; an .arc file allows one of both"
            )
    with open_text(path, "w") as stream:
        stream.write(f"!BIOSYM archive 2\nPBC={'ON' if frames[0].pbc.any() else 'OFF'}\n")
        for number, frame in enumerate(frames):
            stream.write(_structure_text(number, frame))


def standard_orientation(atoms: Atoms) -> tuple[np.ndarray, np.ndarray]:
    """Cell (3, 3) in the orientation of the format, and the rotation (3, 3) that leads there.

    Row vectors are multiplied from the right, ``positions @ rotation``; forces alike. For a
    left-handed cell the rotation contains a reflection.
    """
    cell = cellpar_to_cell(cell_to_cellpar(atoms.cell.array))
    return cell, np.linalg.solve(atoms.cell.array, cell)


def _structure_text(number: int, frame: Atoms) -> str:
    positions, rows = frame.positions, []
    energy = frame.info.get("energy")
    if energy is None and frame.calc is not None:
        energy = getattr(frame.calc, "results", {}).get("energy")
    rows.append("" if energy is None else f"     Energy {number:9d} {0.0:11.4f} {energy:19.9f}")
    rows.append("!DATE")
    if frame.pbc.any():
        rows.append("PBC" + "".join(f" {x:14.9f}" for x in cell_to_cellpar(frame.cell.array)))
        positions = positions @ standard_orientation(frame)[1]
    for k, (symbol, (x, y, z)) in enumerate(zip(frame.symbols, positions, strict=True), 1):
        rows.append(
            f"{symbol:<5} {x:15.9f} {y:15.9f} {z:15.9f} CORE {k:4d} {symbol:<2} {symbol:<2}   0.0000 {k:4d}"
        )
    return "\n".join([*rows, "end", "end", ""])

"""Files of results as other commands write them: JSON, the JSON line of a benchmark, CSV. It knows no recipe and no page."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from sswnn.errors import DataError
from sswnn.report.keys import Key, is_number, parse

REDUCTIONS = ("min", "max", "mean", "sum", "count")


@dataclass
class Results:
    """A folder of results; each file is read once."""

    folder: Path
    read: dict[str, Any] = field(default_factory=dict)
    inner: dict[str, Results] = field(default_factory=dict)

    def inside(self, name: str) -> Results:
        """A folder in it; without a name itself."""
        return self.inner.setdefault(name, Results(self.folder / name)) if name else self

    def path(self, name: str) -> Path:
        """The file of that name."""
        return self.folder / name

    def has(self, name: str) -> bool:
        """Whether it is there."""
        return self.path(name).is_file()

    def content(self, name: str) -> Any:
        """Nested mappings and lists; a table is a list of rows.

        Raises
        ------
        DataError
            If the file is neither JSON, nor a table, nor ends with a line of JSON.
        """
        if name not in self.read:
            self.read[name] = read_result(self.path(name))
        return self.read[name]

    def digest(self, name: str) -> str:
        """SHA-256 of the file."""
        return sha256(self.path(name).read_bytes()).hexdigest()

    def scalar(self, name: str, key: str | Key, reduce: str = "") -> Any:
        """The one value at a place: number, text, truth value or None; of several, what `reduce` makes of them.

        Raises
        ------
        DataError
            If there is none, or several numbers and no `reduce`; names the file.
        """
        found = self._at(name, key)
        try:
            return _reduced(found, reduce) if reduce else _single(found)
        except DataError as problem:
            raise DataError(f"{name}: `{_shown(key)}`: {problem}") from None

    def series(self, name: str, key: str) -> list[Any]:
        """Values of a column or a list; a single value makes a list of one.

        Raises
        ------
        DataError
            If nothing stands there; names the file.
        """
        found = self._at(name, key)
        return found if isinstance(found, list) else [found]

    def beside(self, name: str, key: str, suffix: str) -> float | None:
        """The number whose name has a suffix more (`_low`, `_high`, `_error`); None if there is none."""
        place = parse(key).beside(suffix)
        try:
            found = self.scalar(name, place) if place else None
        except DataError:
            return None
        return found if is_number(found) else None

    def _at(self, name: str, key: str | Key) -> Any:
        try:
            return (parse(key) if isinstance(key, str) else key).of(self.content(name))
        except DataError as problem:
            text = str(problem)
            raise DataError(text if text.startswith(f"{name}:") else f"{name}: {text}") from None


def read_result(path: Path) -> Any:
    """A file of results as nested mappings and lists.

    Parameters
    ----------
    path
        ``.json``; ``.csv`` with a header, its cells as numbers where they are; anything else whose last line is JSON, which
        is what the scripts in benchmarks print.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise DataError(f"{path.name}: is no text file") from None
    if path.suffix == ".csv":
        return _table(path.name, text)
    for candidate in (text, (text.strip().splitlines() or [""])[-1]):
        try:
            return json.loads(candidate)
        except json.JSONDecodeError as problem:
            last = problem
    raise DataError(f"{path.name}: neither JSON nor a file whose last line is JSON ({last})")


def _table(name: str, text: str) -> list[dict[str, Any]]:
    reader = csv.reader(io.StringIO(text))
    header = next(reader, [])
    if not header or len(set(header)) < len(header):
        raise DataError(
            f"{name}: its first line must name the columns, each once; it is {','.join(header)!r}"
        )
    rows = []
    for row in reader:
        if row and len(row) != len(header):
            raise DataError(
                f"{name}: line {reader.line_num} has {len(row)} cells, expected {len(header)}"
            )
        if row:
            rows.append({column: _cell(cell) for column, cell in zip(header, row, strict=True)})
    return rows


def _cell(text: str) -> Any:
    """Number, None for an empty cell or not-a-number, else the text."""
    try:
        value = float(text)
    except ValueError:
        return text or None
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and text.lstrip("+-").isdigit() else value


def _single(found: Any) -> Any:
    if isinstance(found, list) and len(found) == 1:
        return _single(found[0])
    if isinstance(found, list) and found and all(isinstance(x, str) for x in found):
        return ", ".join(found)
    if isinstance(found, list):
        raise DataError(
            f"{len(found)} values, expected one; choose with [...] or `reduce`"
            if found
            else "no such entry"
        )
    if isinstance(found, dict):
        raise DataError(f"a mapping with {', '.join(list(found)[:6])}; expected a value")
    return found


def _reduced(found: Any, reduce: str) -> float:
    entries = found if isinstance(found, list) else [found]
    if reduce == "count":
        return len(entries)
    numbers = [x for x in entries if is_number(x)]
    if not numbers:
        raise DataError(f"no numbers to take the {reduce} of")
    total = math.fsum(numbers)
    return {"min": min(numbers), "max": max(numbers), "sum": total, "mean": total / len(numbers)}[
        reduce
    ]


def _shown(key: str | Key) -> str:
    return key if isinstance(key, str) else "..."

"""Thermodynamic output of a LAMMPS log file as columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sswnn.errors import AnalysisError


def tables(text: str) -> list[dict[str, np.ndarray]]:
    """The thermodynamic tables in LAMMPS' output: column name as LAMMPS prints it -> values.

    Rows cut short and tables without a row are left out.
    """
    found: list[tuple[list[str], list[list[float]]]] = []
    names: list[str] | None = None
    rows: list[list[float]] = []
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["Step"]:
            names, rows = words, []
            found.append((names, rows))
        elif line.startswith("Loop time"):
            names = None
        elif names and len(words) == len(names):
            try:
                rows.append([float(x) for x in words])
            except ValueError:
                continue  # a warning between the rows
    return [dict(zip(names, np.array(rows).T, strict=True)) for names, rows in found if rows]


def read_log(path: str | Path) -> list[dict[str, np.ndarray]]:
    """The `tables` of a log file, one for each `run` or `minimize`."""
    path = Path(path)
    if not path.is_file():
        raise AnalysisError(f"{path}: no such file")
    return tables(path.read_text(errors="replace"))


def joined(parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Tables of one run that was continued from restart files, as one table.

    Of steps that were done again the later ones are kept.
    """
    if not parts:
        return {}
    names = [x for x in parts[0] if all(x in t for t in parts)]
    kept: list[dict[str, np.ndarray]] = []
    for table in parts:
        begin = table["Step"][0]
        kept = [{x: t[x][t["Step"] < begin] for x in names} for t in kept] + [table]
    return {x: np.concatenate([t[x] for t in kept]) for x in names}

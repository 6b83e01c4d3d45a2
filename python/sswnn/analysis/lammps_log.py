"""Thermodynamic output of a LAMMPS log file as columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sswnn.errors import AnalysisError


def read_log(path: str | Path) -> list[dict[str, np.ndarray]]:
    """One table per `run` or `minimize`: column name as LAMMPS prints it -> values. Rows cut short are left out."""
    path = Path(path)
    if not path.is_file():
        raise AnalysisError(f"{path}: no such file")
    tables: list[tuple[list[str], list[list[float]]]] = []
    names: list[str] | None = None
    rows: list[list[float]] = []
    for line in path.read_text(errors="replace").splitlines():
        words = line.split()
        if words[:1] == ["Step"]:
            names, rows = words, []
            tables.append((names, rows))
        elif line.startswith("Loop time"):
            names = None
        elif names and len(words) == len(names):
            try:
                rows.append([float(x) for x in words])
            except ValueError:
                continue  # a warning between the rows
    return [dict(zip(names, np.array(rows).T, strict=True)) for names, rows in tables if rows]


def joined(tables: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """Tables of one run that was continued from restart files, as one table.

    Of steps that were done again the later ones are kept.
    """
    if not tables:
        return {}
    names = [x for x in tables[0] if all(x in t for t in tables)]
    kept: list[dict[str, np.ndarray]] = []
    for table in tables:
        begin = table["Step"][0]
        kept = [{x: t[x][t["Step"] < begin] for x in names} for t in kept] + [table]
    return {x: np.concatenate([t[x] for t in kept]) for x in names}

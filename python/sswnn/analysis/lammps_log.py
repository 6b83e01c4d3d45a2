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

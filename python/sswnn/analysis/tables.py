"""Results as CSV and JSON: one writer for all analyses."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import numpy as np


def jsonable(value: object) -> object:
    """Arrays as lists, numpy scalars as Python's, not-a-number as None, dictionaries and sequences likewise."""
    if isinstance(value, dict):
        return {str(k): jsonable(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return jsonable(value.tolist())
    if isinstance(value, (list, tuple)):
        return [jsonable(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def thinned(count: int, points: int = 200) -> np.ndarray:
    """Indices of so many of `count` values of a curve, or all, the denser the nearer to its start."""
    chosen = np.geomspace(1, max(count, 1), min(points, count))
    return np.unique(np.rint(chosen).astype(int)) - 1


def write_json(path: str | Path, value: object) -> None:
    """Strict JSON, indented."""
    Path(path).write_text(json.dumps(jsonable(value), indent=1, allow_nan=False) + "\n")


def write_csv(path: str | Path, columns: dict[str, np.ndarray]) -> None:
    """One column per entry; the names carry the units."""
    arrays = [np.asarray(v) for v in columns.values()]
    with open(path, "w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        for row in zip(*arrays, strict=True):
            writer.writerow([f"{x:.8g}" if isinstance(x, (float, np.floating)) else x for x in row])

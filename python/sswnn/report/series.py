"""Plots of a recipe as the data that plot.js draws. It knows no HTML."""

from __future__ import annotations

import math
from typing import Any

from sswnn.errors import DataError
from sswnn.report.keys import is_number
from sswnn.report.recipe import Line, Plot
from sswnn.report.results import Results

MOST_POINTS = 20_000
"""A longer series is thinned evenly, and says so."""


def plot_data(plot: Plot, results: Results) -> tuple[dict[str, Any] | None, list[str], list[str]]:
    """Data of a plot, files that are not there yet, and problems of those that are.

    The first is None if no file is there; published points and marks alone are no plot of ours.
    """
    lines, missing, problems, ours = [], [], [], False
    for line in plot.lines:
        if line.file and not results.has(line.file):
            missing.append(line.file)
            continue
        try:
            lines.append(_line(line, results))
            ours = ours or bool(line.file)
        except DataError as problem:
            problems.append(str(problem))
    if not ours:
        return None, missing, problems
    data = {
        "title": plot.title,
        "x": {"label": plot.x_label, "log": plot.x_log, "range": plot.x_range},
        "y": {"label": plot.y_label, "log": plot.y_log, "range": plot.y_range},
        "lines": lines,
        "marks": [{"label": m.label, "x": m.x, "y": m.y} for m in plot.marks],
    }
    return data, missing, problems


def _line(line: Line, results: Results) -> dict[str, Any]:
    if line.points:
        columns: dict[str, list[Any]] = {
            "x": [p[0] for p in line.points],
            "y": [p[1] for p in line.points],
        }
    else:
        columns = _columns(line, results)
    if line.inverse_x:
        columns["x"] = [1000 / x if x else None for x in columns["x"]]
    scales = {
        "x": line.x_scale,
        "y": line.y_scale,
        "low": line.y_scale,
        "high": line.y_scale,
        "c": 1.0,
    }
    every = math.ceil(len(columns["x"]) / MOST_POINTS) or 1
    data: dict[str, Any] = {
        name: [_short(v, scales[name]) for v in values[::every]] for name, values in columns.items()
    }
    label = line.label or line.y
    data |= {
        "label": label,
        "kind": line.kind,
        "published": bool(line.points),
        "colourLabel": line.colour_label or line.colour,
    }
    if every > 1:
        data["label"] = f"{label} (one of {every} points)"
    return data


def _columns(line: Line, results: Results) -> dict[str, list[Any]]:
    """x, y and what else there is, as numbers or None, all of one length."""
    wanted = {
        "x": line.x,
        "y": line.y,
        "low": line.low,
        "high": line.high,
        "error": line.error,
        "c": line.colour,
    }
    found = {name: results.series(line.file, key) for name, key in wanted.items() if key}
    for name, values in found.items():
        if len(values) != len(found["x"]):
            raise DataError(
                f"{line.file}: {len(values)} values of `{wanted[name]}` and {len(found['x'])} of `{line.x}`"
            )
        found[name] = [v if is_number(v) else None for v in values]
    if not any(v is not None for v in found["y"]):
        raise DataError(f"{line.file}: no number in `{line.y}`")
    if "error" in found:
        pairs = list(zip(found["y"], found.pop("error"), strict=True))
        found["low"] = [None if y is None or e is None else y - e for y, e in pairs]
        found["high"] = [None if y is None or e is None else y + e for y, e in pairs]
    return found


def _short(value: float | None, scale: float) -> float | None:
    """Six digits are more than a plot shows."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value * scale:.6g}")

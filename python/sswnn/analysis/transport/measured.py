"""Conductivities from tables: of `sswnn analyze conductivity`, of experiments, and of impedance spectra.

A table is CSV whose column names carry the units: `temperature_K` or `temperature_C`, and one of `sigma_s_per_cm`,
`sigma_ms_per_cm`, `sigma_collective_s_per_cm`, `sigma_tracer_s_per_cm`, `D_cm2_per_s`; optionally the same name with `_low` and
`_high` (a 95 % interval) or `_error` (standard error), and `material`. A table with a column `spectrum` names a file of an
impedance spectrum in each row instead, with `thickness_cm` and `area_cm2`.
"""

from __future__ import annotations

import csv
import difflib
import math
from pathlib import Path

import numpy as np
from scipy.stats import norm

from sswnn.analysis.transport.arrhenius import ZERO_CELSIUS_K, Series
from sswnn.analysis.transport.impedance import CIRCUIT, fit_spectrum, read_spectrum
from sswnn.errors import AnalysisError

_SIGMA = {
    "sigma_s_per_cm": 1.0,
    "sigma_ms_per_cm": 1e-3,
    "sigma_collective_s_per_cm": 1.0,
    "sigma_tracer_s_per_cm": 1.0,
}
_COLLECTIVE, _TRACER = "sigma_collective_s_per_cm", "sigma_tracer_s_per_cm"
_QUANTILE = float(norm.ppf(0.975))


def read_series(
    path: str | Path, *, quantity: str = "sigma_s_per_cm", prefer: str = "collective", circuit: str = CIRCUIT
) -> list[Series]:
    """Series of a table, one per material.

    Parameters
    ----------
    path
        CSV.
    quantity
        `sigma_s_per_cm` or `D_cm2_per_s`.
    prefer
        `collective` or `tracer` conductivity, where a table has both.
    circuit
        Of impedance spectra, in the notation of the `impedance` package.

    Raises
    ------
    AnalysisError
        A missing column, or a cell that is not a number; with file and line.
    """
    path = Path(path)
    if not path.is_file():
        raise AnalysisError(f"{path}: no such file")
    with open(path, newline="", encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    if not rows:
        raise AnalysisError(f"{path}: no row below the names of the columns")
    names = [str(x) for x in rows[0] if x is not None]
    column = "spectrum" if "spectrum" in names else _column(path, names, quantity, prefer)
    found: dict[str, list[tuple[float, float, float]]] = {}
    left_out: dict[str, list[float]] = {}
    for number, row in enumerate(rows, 2):
        where = f"{path}, line {number}"
        if column == "spectrum":
            value, error = _of_spectrum(path, row, where, circuit)
        else:
            value, error = _of_row(row, column, where)
        name, kelvin = row.get("material") or path.stem, _kelvin(row, where)
        if math.isfinite(value):
            found.setdefault(name, []).append((kelvin, value, error))
        else:
            left_out.setdefault(name, []).append(kelvin)
    if not found:
        other = {_COLLECTIVE: _TRACER, _TRACER: _COLLECTIVE}.get(column, "")
        hint = f"; {other} has values" if any((row.get(other) or "").strip() for row in rows) else ""
        raise AnalysisError(f"{path}: no value in column {column}{hint}")
    simulated = column in (_COLLECTIVE, _TRACER) or (column == "D_cm2_per_s" and _TRACER in names)
    return [
        Series(name, quantity, temperature, value, error, not simulated, tuple(left_out.get(name, ())))
        for name, points in found.items()
        for temperature, value, error in [np.array(sorted(points)).T]
    ]


def _column(path: Path, names: list[str], quantity: str, prefer: str) -> str:
    order = ["D_cm2_per_s"] if quantity == "D_cm2_per_s" else [f"sigma_{prefer}_s_per_cm", *_SIGMA]
    for name in order:
        if name in names:
            return name
    near = [n for name in names for n in difflib.get_close_matches(name, order, 1, 0.4)]
    hint = f"; did you mean {near[0]}?" if near else ""
    raise AnalysisError(
        f"{path}: columns are {', '.join(names)}, expected one of {', '.join(dict.fromkeys(order))}: names carry units{hint}"
    )


def _number(row: dict[str, str], name: str, where: str) -> float:
    text = (row.get(name) or "").strip()
    if not text:
        return math.nan
    try:
        return float(text)
    except ValueError:
        raise AnalysisError(f"{where}: {name} is {text!r}, expected a number") from None


def _kelvin(row: dict[str, str], where: str) -> float:
    kelvin, celsius = _number(row, "temperature_K", where), _number(row, "temperature_C", where)
    value = kelvin if math.isfinite(kelvin) else celsius + ZERO_CELSIUS_K
    if not math.isfinite(value):
        raise AnalysisError(f"{where}: no temperature, expected a column temperature_K or temperature_C")
    return value


def _of_row(row: dict[str, str], column: str, where: str) -> tuple[float, float]:
    """Value in S/cm or cm^2/s, and the standard error of its logarithm."""
    value = _number(row, column, where)
    low, high = _number(row, f"{column}_low", where), _number(row, f"{column}_high", where)
    error = _number(row, f"{column}_error", where) / value if value else math.nan
    if low > 0 and high > low:
        error = math.log(high / low) / (2 * _QUANTILE)
    return value * _SIGMA.get(column, 1.0), error


def _of_spectrum(table: Path, row: dict[str, str], where: str, circuit: str) -> tuple[float, float]:
    """Conductivity and the standard error of its logarithm from the spectrum that a row names."""
    length, area = _number(row, "thickness_cm", where), _number(row, "area_cm2", where)
    if not (length > 0 and area > 0):
        raise AnalysisError(f"{where}: expected positive numbers in thickness_cm and area_cm2")
    spectrum = read_spectrum(table.parent / row["spectrum"].strip())
    found = fit_spectrum(spectrum, circuit=circuit)
    return length / (area * found.resistance_ohm), found.error_ohm / found.resistance_ohm

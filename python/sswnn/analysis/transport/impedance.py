"""Resistance of an electrolyte from an impedance spectrum, by an equivalent circuit (`impedance` package)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sswnn.errors import AnalysisError

CIRCUIT = "p(R0,CPE0)-CPE1"
"""Electrolyte (R0 beside its capacitance) in series with blocking electrodes."""


@dataclass(frozen=True)
class Spectrum:
    """Impedance against frequency: (n,) Hz and (n,) complex ohm."""

    frequency_Hz: np.ndarray
    impedance_ohm: np.ndarray


@dataclass(frozen=True)
class CircuitFit:
    """Resistance of the electrolyte (all resistors of the circuit in series), its standard error, and all parameters by name."""

    resistance_ohm: float
    error_ohm: float
    parameters: dict[str, float]
    circuit: str


def read_spectrum(path: str | Path) -> Spectrum:
    """Spectrum of a CSV file with columns `frequency_Hz`, `real_ohm` and `imaginary_ohm` (negative where it is capacitive)."""
    path = Path(path)
    if not path.is_file():
        raise AnalysisError(f"{path}: no such file")
    with open(path, newline="", encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    names = ("frequency_Hz", "real_ohm", "imaginary_ohm")
    try:
        f, real, imaginary = np.array([[float(row[x]) for x in names] for row in rows]).reshape(-1, 3).T
    except (KeyError, TypeError, ValueError):
        raise AnalysisError(f"{path}: expected numbers in columns {', '.join(names)}") from None
    if len(f) < 8 or (f <= 0).any():
        raise AnalysisError(f"{path}: {len(f)} frequencies, expected at least 8, all positive")
    return Spectrum(f, real + 1j * imaginary)


def fit_spectrum(spectrum: Spectrum, *, circuit: str = CIRCUIT) -> CircuitFit:
    """Fit an equivalent circuit, weighted by the modulus.

    Parameters
    ----------
    circuit
        In the notation of the `impedance` package: `R` resistors, `C` capacitors, `CPE` constant-phase and `W` Warburg elements.

    Raises
    ------
    AnalysisError
        If the package is missing, the circuit has another element or no resistor, or the fit fails.
    """
    try:
        from impedance.models.circuits import CustomCircuit
    except ImportError:
        raise AnalysisError("impedance spectra need `pip install impedance`") from None
    names = _elements(circuit)
    model = CustomCircuit(circuit, initial_guess=_guess(spectrum, names))
    try:
        model.fit(spectrum.frequency_Hz, spectrum.impedance_ohm, weight_by_modulus=True)
    except (RuntimeError, ValueError) as problem:
        raise AnalysisError(f"circuit {circuit} cannot be fitted: {problem}") from None
    keys = model.get_param_names()[0]
    values = dict(zip(keys, map(float, model.parameters_), strict=True))
    resistors = [k for k, name in enumerate(keys) if name.startswith("R")]
    error = float(np.sqrt(sum(float(model.conf_[k]) ** 2 for k in resistors)))
    return CircuitFit(sum(values[keys[k]] for k in resistors), error, values, circuit)


def _elements(circuit: str) -> list[str]:
    words = circuit.replace("p(", "").replace(")", "").replace("-", ",").split(",")
    names = [word.strip().rstrip("0123456789") for word in words]
    for word, name in zip(words, names, strict=True):
        if name not in ("R", "C", "CPE", "W"):
            raise AnalysisError(f"circuit {circuit!r}: element {word!r}, expected R, C, CPE or W with a number")
    if "R" not in names:
        raise AnalysisError(f"circuit {circuit!r} has no resistor")
    return names


def _guess(spectrum: Spectrum, names: list[str]) -> list[float]:
    """Start of the fit: the resistance where the spectrum is most real, capacitances from the ends of the frequencies."""
    real, imaginary = spectrum.impedance_ohm.real, spectrum.impedance_ohm.imag
    order = np.argsort(spectrum.frequency_Hz)
    dip = order[np.argmin(np.abs(imaginary[order]) / np.abs(spectrum.impedance_ohm[order]))]
    resistance = max(float(real[dip]), 1e-3) / names.count("R")
    omega = 2 * np.pi * spectrum.frequency_Hz
    high = 1 / (omega.max() * abs(imaginary[order[-1]]) + 1e-30)
    low = 1 / (omega.min() * abs(imaginary[order[0]]) + 1e-30)
    guess: list[float] = []
    capacitances = [high, low]
    for name in names:
        if name == "R":
            guess.append(resistance)
            continue
        capacitance = float(capacitances.pop(0)) if capacitances else float(low)
        guess += [capacitance, 0.9] if name == "CPE" else [capacitance] if name == "C" else [resistance]
    return guess

"""Resistance of an electrolyte from an impedance spectrum, by an equivalent circuit (`impedance` package)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sswnn.errors import AnalysisError

MISFIT = 0.15
"""A circuit further from the spectrum than this part of its modulus is refused."""
CIRCUIT = "p(R0,CPE0)-CPE1"
"""Electrolyte (R0 beside its capacitance) in series with blocking electrodes."""


@dataclass(frozen=True)
class Spectrum:
    """Impedance against frequency: (n,) Hz and (n,) complex ohm."""

    frequency_Hz: np.ndarray
    impedance_ohm: np.ndarray


@dataclass(frozen=True)
class CircuitFit:
    """Resistance of the electrolyte (all resistors of the circuit in series), its standard error, and all parameters by name.

    `misfit` is the root mean square distance of the circuit from the spectrum relative to the modulus. The error of the
    resistance holds that of the fit and, as a circuit that does not fit is no measurement, the misfit.
    """

    resistance_ohm: float
    error_ohm: float
    parameters: dict[str, float]
    circuit: str
    misfit: float


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
    if (imaginary > 0).mean() > 0.5:
        raise AnalysisError(f"{path}: imaginary_ohm is positive; expected Z'', negative where it is capacitive, not -Z''")
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
        If the package is missing, the circuit cannot be read, has another element or no resistor, or the fit fails or is further
        than `MISFIT` from the spectrum.
    """
    try:
        from impedance.models.circuits import CustomCircuit
    except ImportError:
        raise AnalysisError("impedance spectra need `pip install 'sswnn[impedance]'`") from None
    names = _elements(circuit)
    try:
        model = CustomCircuit(circuit, initial_guess=_guess(spectrum, names))
        model.fit(spectrum.frequency_Hz, spectrum.impedance_ohm, weight_by_modulus=True, x_scale="jac")
        away = model.predict(spectrum.frequency_Hz) - spectrum.impedance_ohm
    except (RuntimeError, ValueError, TypeError, IndexError) as problem:
        raise AnalysisError(f"circuit {circuit} cannot be fitted: {problem}") from None
    misfit = float(np.sqrt(np.mean(np.abs(away / spectrum.impedance_ohm) ** 2)))
    if not misfit < MISFIT:
        raise AnalysisError(f"circuit {circuit} is {100 * misfit:.0f} % away from the spectrum; try another")
    keys = model.get_param_names()[0]
    values = dict(zip(keys, map(float, model.parameters_), strict=True))
    resistors = [k for k, name in enumerate(keys) if name.startswith("R")]
    resistance = sum(values[keys[k]] for k in resistors)
    errors = [float(model.conf_[k]) for k in resistors]
    return CircuitFit(resistance, float(np.linalg.norm([*errors, misfit * resistance])), values, circuit, misfit)


def _elements(circuit: str) -> list[str]:
    if circuit.count("(") != circuit.count(")"):
        raise AnalysisError(f"circuit {circuit!r}: brackets do not match")
    words = circuit.replace("p(", "").replace(")", "").replace("-", ",").split(",")
    names = [word.strip().rstrip("0123456789") for word in words]
    for word, name in zip(words, names, strict=True):
        if name not in ("R", "C", "CPE", "W") or name == word.strip():
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
    capacitors = sum(name in ("C", "CPE") for name in names)
    capacitances = np.geomspace(high, low, capacitors).tolist() if capacitors > 1 else [high]
    for name in names:
        if name == "R":
            guess.append(resistance)
            continue
        if name == "W":
            guess.append(resistance)
        else:
            guess += [capacitances.pop(0), 0.9][: 2 if name == "CPE" else 1]
    return guess

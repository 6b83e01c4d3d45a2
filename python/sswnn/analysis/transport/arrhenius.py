"""Arrhenius fits of conductivities or diffusion coefficients: activation energy, confidence band, extrapolation.

    ln(σ T) = ln A − Ea / (k T)   for conductivities,   ln D = ln D0 − Ea / (k T)   for diffusion coefficients

(eq. 9 of docs/transport.md). Weighted least squares on the logarithm. Stated errors are believed unless the points scatter
more than they allow; then, and where there are none, the scatter decides, with Student's t.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase.units import kB
from scipy.stats import norm, t

from sswnn.analysis.transport.estimate import LEVEL, Estimate, of_logarithm
from sswnn.errors import AnalysisError

UNITS = {"sigma_s_per_cm": "S/cm", "D_cm2_per_s": "cm^2/s"}
ZERO_CELSIUS_K = 273.15


@dataclass(frozen=True)
class Series:
    """Measured or simulated values of one material against temperature.

    Attributes
    ----------
    name
        For the legend.
    quantity
        A key of `UNITS`.
    temperature_K, value
        (n,) K, and the unit of the quantity.
    error
        (n,) standard error of the logarithm; not-a-number where it is not known.
    measured
        True for experiments.
    left_out_K
        (m,) temperatures at which the table has no value, for example because it was refused.
    """

    name: str
    quantity: str
    temperature_K: np.ndarray
    value: np.ndarray
    error: np.ndarray
    measured: bool = False
    left_out_K: tuple[float, ...] = ()


@dataclass(frozen=True)
class Activation:
    """An activation energy: eV, and the interval at a level."""

    value_eV: float
    low_eV: float
    high_eV: float
    level: float


@dataclass(frozen=True)
class ArrheniusFit:
    """Straight line through ln(σT) or ln D against 1/T.

    Attributes
    ----------
    series
        What was fitted.
    activation
        Activation energy.
    logarithm
        Of the prefactor (S K/cm or cm^2/s).
    covariance
        (2, 2) of the logarithm of the prefactor and the activation energy (eV).
    quantile
        Standard errors to the end of an interval: of Student's t where the scatter gave the errors.
    scatter
        χ² per degree of freedom with the stated errors; not-a-number without errors or with two points.
    """

    series: Series
    activation: Activation
    logarithm: float
    covariance: np.ndarray
    quantile: float
    scatter: float
    level: float

    def at(self, temperature_K: float) -> Estimate:
        """Value of the line at a temperature, with its interval."""
        value, error = self.band(np.array([float(temperature_K)]))
        return of_logarithm(float(value[0]), float(error[0]), UNITS[self.series.quantity], self.level, self.quantile)

    def band(self, temperature_K: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Values of the line, and standard errors of their logarithms."""
        design = np.stack([np.ones(len(temperature_K)), -1 / (kB * temperature_K)], axis=1)
        logarithm = design @ [self.logarithm, self.activation.value_eV]
        error = np.sqrt(np.einsum("ia,ab,ib->i", design, self.covariance, design))
        return np.exp(logarithm) / _factor(self.series.quantity, temperature_K), error

    def to_dict(self, at_K: float | None = None) -> dict:
        """JSON-able by `sswnn.analysis.tables.jsonable`; with the extrapolation to a temperature."""
        found = {
            "name": self.series.name,
            "measured": self.series.measured,
            "activation_eV": self.activation.value_eV,
            "activation_eV_low": self.activation.low_eV,
            "activation_eV_high": self.activation.high_eV,
            "ln_prefactor": self.logarithm,
            "scatter": self.scatter,
            "level": self.level,
            "temperature_K": self.series.temperature_K,
            self.series.quantity: self.series.value,
            "ln_error": self.series.error,
        }
        if at_K is not None:
            found["extrapolated_K"] = at_K
            found |= self.at(at_K).to_dict(f"extrapolated_{self.series.quantity}")
        return found


@dataclass(frozen=True)
class ArrheniusFits:
    """Lines of several materials or methods, of one quantity, and a temperature to extrapolate to, K."""

    fits: tuple[ArrheniusFit, ...]
    at_K: float

    def to_dict(self) -> dict:
        """JSON-able by `sswnn.analysis.tables.jsonable`."""
        return {"lines": [fit.to_dict(self.at_K) for fit in self.fits]}

    def columns(self) -> dict[str, np.ndarray]:
        """Columns of the CSV file, a row for each line."""
        rows = []
        for fit in self.fits:
            energy = fit.activation
            row = {"material": fit.series.name, "measured": int(fit.series.measured)}
            row |= {"activation_eV": energy.value_eV}
            row |= {"activation_eV_low": energy.low_eV, "activation_eV_high": energy.high_eV, "temperature_K": self.at_K}
            rows.append(row | fit.at(self.at_K).to_dict(fit.series.quantity))
        return {name: np.array([row[name] for row in rows], dtype=object) for name in rows[0]}


def fit_arrhenius(series: Series, *, level: float = LEVEL) -> ArrheniusFit:
    """Activation energy and prefactor.

    Raises
    ------
    AnalysisError
        Fewer than two temperatures, two without errors, errors of some values only, or a value or temperature that is not
        positive.
    """
    known = bool(np.isfinite(series.error).all())
    _check(series, known)
    x = -1 / (kB * series.temperature_K)
    y = np.log(series.value * _factor(series.quantity, series.temperature_K))
    error = series.error if known else np.ones(len(x))
    weighted = np.stack([np.ones(len(x)), x], axis=1) / error[:, None]
    covariance = np.linalg.inv(weighted.T @ weighted)
    logarithm, energy = covariance @ weighted.T @ (y / error)
    free = len(x) - 2
    away = (y - logarithm - energy * x) / error
    scatter = float(away @ away) / free if free else np.nan
    quantile = float(norm.ppf((1 + level) / 2))
    if not known or (free and scatter > 1):
        covariance = covariance * scatter
        quantile = float(t.ppf((1 + level) / 2, free))
    reach = quantile * np.sqrt(covariance[1, 1])
    activation = Activation(float(energy), float(energy - reach), float(energy + reach), level)
    return ArrheniusFit(
        series, activation, float(logarithm), covariance, quantile, scatter if known else np.nan, level
    )


def _factor(quantity: str, temperature_K: np.ndarray) -> np.ndarray:
    """What the quantity is multiplied by before its logarithm is a straight line."""
    return temperature_K if quantity == "sigma_s_per_cm" else np.ones(len(temperature_K))


def _check(series: Series, known: bool) -> None:
    name = series.name
    if series.quantity not in UNITS:
        raise AnalysisError(f"{name}: quantity is {series.quantity}, expected {', '.join(UNITS)}")
    for what, values in (("temperature", series.temperature_K), (series.quantity, series.value)):
        if not (np.isfinite(values).all() and (values > 0).all()):
            raise AnalysisError(f"{name}: {what} is {values}, expected positive numbers")
    if not known and (missing := int(np.isnan(series.error).sum())) < len(series.error):
        raise AnalysisError(
            f"{name}: {missing} of {len(series.error)} values have no error; give one for each value, or none"
        )
    if known and (series.error <= 0).any():
        raise AnalysisError(f"{name}: error is {series.error.min():g}, expected positive numbers")
    different = len(np.unique(series.temperature_K))
    if different < 2 or (not known and len(series.value) < 3):
        raise AnalysisError(
            f"{name}: {len(series.value)} values at {different} temperatures, a line with an error needs two temperatures, "
            "and three values where they have no errors"
        )


def combined(series: Sequence[Series]) -> list[Series]:
    """Series of the same name, quantity and origin as one, in the order of their first appearance."""
    groups: dict[tuple[str, str, bool], list[Series]] = {}
    for one in series:
        groups.setdefault((one.name, one.quantity, one.measured), []).append(one)
    result = []
    for (name, quantity, measured), parts in groups.items():
        temperature = np.concatenate([p.temperature_K for p in parts])
        order = np.argsort(temperature, kind="stable")
        value, error = (np.concatenate([getattr(p, x) for p in parts])[order] for x in ("value", "error"))
        left_out = tuple(sorted(kelvin for p in parts for kelvin in p.left_out_K))
        result.append(Series(name, quantity, temperature[order], value, error, measured, left_out))
    return result

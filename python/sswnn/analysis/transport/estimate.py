"""A number with its confidence interval and unit, and what is computed from such numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.stats import chi2, norm

LEVEL = 0.95
"""Confidence level used throughout."""


@dataclass(frozen=True)
class Estimate:
    """A positive number, its confidence interval and unit.

    Attributes
    ----------
    value, low, high
        In `unit`; the interval holds the true value with probability `level`.
    unit
        As it is written, for example cm^2/s.
    relative_error
        Standard error over value.
    level
        Confidence level.
    """

    value: float
    low: float
    high: float
    unit: str
    relative_error: float
    level: float = LEVEL

    def scaled(self, factor: float, unit: str) -> Estimate:
        """The same times a number that is known exactly."""
        return Estimate(
            factor * self.value, factor * self.low, factor * self.high, unit, self.relative_error, self.level
        )

    def to_dict(self, name: str) -> dict[str, float]:
        """`name`, `name_low`, `name_high`; the name carries the unit."""
        return {name: self.value, f"{name}_low": self.low, f"{name}_high": self.high}

    def __str__(self) -> str:
        value, low, high = (f"{x:#.3g}" if 1e-2 <= x < 1e3 else f"{x:.2e}" for x in (self.value, self.low, self.high))
        return f"{value} {self.unit} ({100 * self.level:g} %: {low} to {high})".replace("  ", " ")


def of_variance(value: float, relative_variance: float, unit: str, level: float = LEVEL) -> Estimate:
    """Interval of a mean of squares, whose distribution is that of chi-square: with ν = 2 / relative variance degrees of freedom,
    ν value / true value.
    """
    freedom = 2 / relative_variance
    outside = (1 - level) / 2
    low = value * freedom / chi2.ppf(1 - outside, freedom)
    high = value * freedom / chi2.ppf(outside, freedom)
    return Estimate(value, float(low), float(high), unit, math.sqrt(relative_variance), level)


def of_logarithm(value: float, error: float, unit: str, level: float = LEVEL, quantile: float | None = None) -> Estimate:
    """Interval of a number whose logarithm is normal with a standard error; `quantile` replaces that of a normal distribution."""
    reach = (norm.ppf((1 + level) / 2) if quantile is None else quantile) * error
    return Estimate(value, value * math.exp(-reach), value * math.exp(reach), unit, error, level)


def ratio(numerator: Estimate, denominator: Estimate) -> Estimate:
    """Quotient, as if the two were independent (wider than it need be if they come from the same trajectory)."""
    error = math.hypot(numerator.relative_error, denominator.relative_error)
    unit = "" if numerator.unit == denominator.unit else f"{numerator.unit} / ({denominator.unit})"
    return of_logarithm(numerator.value / denominator.value, error, unit, numerator.level)

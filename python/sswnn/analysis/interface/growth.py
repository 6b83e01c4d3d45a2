"""Which law a growing film follows, and when it stops.

Laws of thickness h(t) from the first frame, t in ps: linear h0 + k t (the reaction limits), parabolic h0 + k sqrt(t) (transport
through the film limits), logarithmic h0 + k ln(1 + t/tau), saturating h0 + a (1 - exp(-t/tau)).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import curve_fit
from scipy.stats import linregress

from sswnn.errors import AnalysisError

BLOCKS = 60
"""Means over at most so many stretches of the run are fitted: frames near each other say the same."""


def _linear(t: np.ndarray, h0: float, k: float) -> np.ndarray:
    return h0 + k * t


def _parabolic(t: np.ndarray, h0: float, k: float) -> np.ndarray:
    return h0 + k * np.sqrt(t)


def _logarithmic(t: np.ndarray, h0: float, k: float, tau: float) -> np.ndarray:
    return h0 + k * np.log1p(t / tau)


def _saturating(t: np.ndarray, h0: float, a: float, tau: float) -> np.ndarray:
    return h0 - a * np.expm1(-t / tau)


LAWS: dict[str, tuple[Callable[..., np.ndarray], tuple[str, ...]]] = {
    "linear": (_linear, ("h0", "k")),
    "parabolic": (_parabolic, ("h0", "k")),
    "logarithmic": (_logarithmic, ("h0", "k", "tau_ps")),
    "saturating": (_saturating, ("h0", "a", "tau_ps")),
}


@dataclass(frozen=True)
class LawFit:
    """One law.

    Attributes
    ----------
    law
        Its name in `LAWS`.
    parameters, errors
        Name -> value and standard error; thickness in the unit of the data (k per ps, per root of ps).
    aicc
        Akaike's criterion for small samples, n ln(RSS / n) + 2 p + 2 p (p + 1) / (n - p - 1) with p counting the variance too;
        lower is better.
    weight
        Of the law among all that were fitted, exp(-AICc/2), normalised.
    """

    law: str
    parameters: dict[str, float]
    errors: dict[str, float]
    aicc: float
    weight: float

    def __call__(self, time_ps: np.ndarray) -> np.ndarray:
        """Thickness at times since the first frame."""
        return LAWS[self.law][0](time_ps, *self.parameters.values())


@dataclass(frozen=True)
class GrowthResult:
    """Laws, best first, and the end of the growth.

    Attributes
    ----------
    fits
        Empty if the thickness never changes.
    stopped_ps
        When the film stopped growing, since the first frame; None while it grows, or if it never grew.
    plateau
        Mean thickness after that.
    """

    fits: tuple[LawFit, ...]
    stopped_ps: float | None
    plateau: float | None

    def to_dict(self) -> dict:
        """JSON-able by `sswnn.analysis.tables.jsonable`."""
        return {
            "law": self.fits[0].law if self.fits else None,
            "fits": [
                {
                    "law": f.law,
                    "weight": f.weight,
                    "aicc": f.aicc,
                    "parameters": f.parameters,
                    "errors": f.errors,
                }
                for f in self.fits
            ],
            "stopped_ps": self.stopped_ps,
            "plateau": self.plateau,
        }


def growth(time_ps: np.ndarray, thickness: np.ndarray, *, step: float = 1.0) -> GrowthResult:
    """Fit the laws of growth to a thickness.

    Parameters
    ----------
    time_ps, thickness
        (T,) times, ascending, and the thickness at each, in any unit.
    step
        What counts as growth: one layer, in the unit of the thickness. The film has stopped if it grew by at least that,
        and over at least the last fifth of the run the line through the thickness rises by less than half of it, and ten
        times more slowly than before.

    Raises
    ------
    AnalysisError
        If the shapes differ or there is no frame.
    """
    if time_ps.shape != thickness.shape or not len(time_ps):
        raise AnalysisError(
            f"{time_ps.shape} times and {thickness.shape} thicknesses, expected as many, at least one"
        )
    blocks = np.array_split(np.arange(len(time_ps)), min(BLOCKS, len(time_ps)))
    t = np.array([time_ps[b].mean() for b in blocks]) - time_ps[0]
    h = np.array([thickness[b].mean() for b in blocks])
    fits = []
    if len(t) >= 6 and np.ptp(h) > 0:
        fits = [x for x in (_fit(law, t, h) for law in LAWS) if x is not None]
        best = min((x.aicc for x in fits), default=0.0)
        total = sum(np.exp(-0.5 * (x.aicc - best)) for x in fits)
        fits = [
            LawFit(
                x.law, x.parameters, x.errors, x.aicc, float(np.exp(-0.5 * (x.aicc - best)) / total)
            )
            for x in sorted(fits, key=lambda x: x.aicc)
        ]
    stop = _stop(t, h, step)
    plateau = None if stop is None else float(h[t >= stop].mean())
    return GrowthResult(tuple(fits), stop, plateau)


def _fit(law: str, t: np.ndarray, h: np.ndarray) -> LawFit | None:
    function, names = LAWS[law]
    rise, span = float(h[-1] - h[0]), float(t[-1])
    start = [
        float(h[0]),
        rise / span if law == "linear" else rise / np.sqrt(span) if law == "parabolic" else rise,
    ]
    low, high = [-np.inf, -np.inf], [np.inf, np.inf]
    if len(names) == 3:
        start, low, high = [*start, span / 4], [*low, 1e-3 * span], [*high, 10 * span]
    try:
        values, covariance = curve_fit(
            function, t, h, p0=start, bounds=(low, high), method="trf", max_nfev=5000
        )
    except RuntimeError:  # did not converge: this law does not describe the data
        return None
    n, p = len(t), len(names) + 1
    rss = max(float(((h - function(t, *values)) ** 2).sum()), 1e-12 * n)
    aicc = n * np.log(rss / n) + 2 * p + 2 * p * (p + 1) / max(n - p - 1, 1)
    errors = np.sqrt(np.diag(covariance))
    return LawFit(
        law,
        dict(zip(names, values.tolist(), strict=True)),
        dict(zip(names, errors.tolist(), strict=True)),
        float(aicc),
        0.0,
    )


def _stop(t: np.ndarray, h: np.ndarray, step: float) -> float | None:
    """Start of the plateau: the bend of the best line up to a constant, if what follows is flat."""
    if len(t) < 10:
        return None
    best, bend = np.inf, None
    for stop in t[2:-1]:
        ramp = np.minimum(t, stop)
        line = linregress(ramp, h)
        rss = float(((h - line.intercept - line.slope * ramp) ** 2).sum())
        if rss < best and line.slope > 0:
            best, bend = rss, float(stop)
    if bend is None or t[-1] - bend < 0.2 * t[-1]:
        return None
    after = t >= bend
    if after.sum() < 3:
        return None
    slope, risen = abs(linregress(t[after], h[after]).slope), float(h[after].mean() - h[0])
    flat = slope * (t[-1] - bend) < 0.5 * step and slope * bend < 0.1 * risen
    return bend if flat and risen >= step else None

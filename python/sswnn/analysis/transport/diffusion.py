"""Diffusion coefficients, of tracers and of charge, with confidence intervals.

Slopes and their variances come from `averaging`; here they get units, and are refused where they would mean nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sswnn.analysis.tables import thinned
from sswnn.analysis.transport.averaging import averaged_slope
from sswnn.analysis.transport.correlation import LagProducts, lag_products, pooled
from sswnn.analysis.transport.displacements import Displacements, same_interval
from sswnn.analysis.transport.estimate import LEVEL, Estimate, of_variance
from sswnn.analysis.transport.regime import Start, central
from sswnn.errors import AnalysisError

CM2_PER_S = 1e-4
"""One A^2/ps in cm^2/s."""
HOP_A = 3.0
"""Length of a hop that only serves to count them, A."""
LEAST_HOPS = 20.0
"""Fewer say little: the count alone then has a standard error above 22 % (He et al., 2018, doi:10.1038/s41524-018-0074-y)."""
_LEAST_FRAMES = 32
_BALLISTIC = 1.7
"""Exponent of the mean-square displacement against time at the start of the fit, above which it is not diffusion."""
_WIDEST = 0.6
"""Largest relative standard error that is given out."""


@dataclass(frozen=True)
class Diffusion:
    """Diffusion coefficient from one or several runs at one temperature.

    Attributes
    ----------
    coefficient_cm2_per_s
        A third of the trace of the tensor.
    bootstrap_cm2_per_s
        Interval by bootstrap over blocks of origins and starts, which assumes no model but is too narrow for few blocks.
    axes_cm2_per_s
        Along x, y and z.
    tensor_cm2_per_s
        (3, 3).
    start_ps
        Start of the diffusive regime: the median of the weighted starts.
    offset_A2
        Of the line, sum over directions: motion that stays bounded.
    hops
        Number of hops of `HOP_A` that the coefficient stands for.
    together
        Variance between blocks over that of independent particles, shrunk towards 1: above it atoms move together.
    directions
        Independent directions, 1 to 3, that the tensor leaves.
    starts
        All starts, their fits and weights.
    lag_ps, msd_A2
        (K,) the mean-square displacement, sum over directions; for charge in elementary charges squared times A^2.
    msd_axes_A2
        (K, 3) along x, y and z.
    particles, runs, interval_ps
        What it was computed from.
    """

    coefficient_cm2_per_s: Estimate
    bootstrap_cm2_per_s: tuple[float, float]
    axes_cm2_per_s: tuple[Estimate, Estimate, Estimate]
    tensor_cm2_per_s: np.ndarray
    start_ps: float
    offset_A2: float
    hops: float
    together: float
    directions: float
    starts: tuple[Start, ...]
    lag_ps: np.ndarray
    msd_A2: np.ndarray
    msd_axes_A2: np.ndarray
    particles: int
    runs: int
    interval_ps: float

    @property
    def earliest_ps(self) -> float:
        """Start of the diffusive regime that a quarter of the weight lies below, ps."""
        return central(list(self.starts), 0.25).lag * self.interval_ps

    def principal_cm2_per_s(self) -> tuple[np.ndarray, np.ndarray]:
        """Principal values, largest first, and the directions (rows) of the tensor."""
        values, vectors = np.linalg.eigh(self.tensor_cm2_per_s)
        return values[::-1], vectors.T[::-1]

    def to_dict(self) -> dict:
        """JSON-able by `sswnn.analysis.tables.jsonable`."""
        named, chosen = self.coefficient_cm2_per_s.to_dict("D_cm2_per_s"), thinned(len(self.lag_ps))
        for axis, value in zip("xyz", self.axes_cm2_per_s, strict=True):
            named |= value.to_dict(f"D_{axis}_cm2_per_s")
        return named | {
            "D_bootstrap_cm2_per_s": self.bootstrap_cm2_per_s,
            "D_tensor_cm2_per_s": self.tensor_cm2_per_s,
            "level": self.coefficient_cm2_per_s.level,
            "start_ps": self.start_ps,
            "offset_A2": self.offset_A2,
            "hops": self.hops,
            "together": self.together,
            "particles": self.particles,
            "runs": self.runs,
            "starts_ps": [s.lag * self.interval_ps for s in self.starts],
            "start_weights": [s.weight for s in self.starts],
            "lag_ps": self.lag_ps[chosen],
            "msd_A2": self.msd_A2[chosen],
            **{f"msd_{x}_A2": self.msd_axes_A2[chosen, k] for k, x in enumerate("xyz")},
        }


def diffusion(
    runs: Sequence[Displacements],
    element: str,
    *,
    hop_A: float = HOP_A,
    least_hops: float = LEAST_HOPS,
    level: float = LEVEL,
    random: np.random.Generator | None = None,
) -> Diffusion:
    """Tracer diffusion coefficient of an element.

    Parameters
    ----------
    runs
        Runs at one temperature, any lengths, the same interval between frames; the framework held still.
    hop_A, least_hops
        Length of a hop, and below how many of them a coefficient is refused.
    level
        Confidence level.
    random
        Of the bootstrap.

    Raises
    ------
    AnalysisError
        Too short, no diffusive regime, or too few hops; with the numbers.
    """
    if not 0 < hop_A < float("inf"):
        raise AnalysisError(f"hop is {hop_A:g} A, expected a positive length")
    chosen = [run.of(element) for run in runs]
    lags = _lags(runs, element)
    sampled = list(zip(runs, chosen, strict=True))
    products = [lag_products(run, atoms, min(lags, run.frames)) for run, atoms in sampled]
    return _estimated(products, sampled, element, level=level, random=random, hop_A=hop_A, least_hops=least_hops)


def charge_diffusion(
    runs: Sequence[Displacements],
    charges: dict[str, float],
    *,
    directions: float = 3.0,
    earliest_ps: float = 0.0,
    level: float = LEVEL,
    random: np.random.Generator | None = None,
) -> Diffusion:
    """Diffusion coefficient of the charge displacement of the whole cell, e^2 A^2 in place of A^2: σ = e² D / (V k T).

    Parameters
    ----------
    charges
        Element -> charge in elementary charges.
    directions
        Independent directions, fewer than 3 if the tensor is far from isotropic: those of the tracers.
    earliest_ps
        The diffusive regime does not start before: `earliest_ps` of the tracers, whose displacements show it more clearly.
    """
    lags = _lags(runs, "charge")
    sampled = [(run.charge(charges), np.zeros(1, dtype=int)) for run in runs]
    products = [lag_products(run, one, min(lags, run.frames)) for run, one in sampled]
    return _estimated(products, sampled, "charge", level=level, random=random, directions=directions, earliest_ps=earliest_ps)


def _lags(runs: Sequence[Displacements], what: str) -> int:
    """Number of lags: half the longest run."""
    same_interval(runs)
    frames = max(run.frames for run in runs)
    if frames < _LEAST_FRAMES:
        raise AnalysisError(f"{what}: {frames} frames, diffusion needs at least {_LEAST_FRAMES}")
    return frames // 2 + 1


def _estimated(
    products: list[LagProducts],
    sampled: list[tuple[Displacements, np.ndarray]],
    what: str,
    *,
    level: float,
    random: np.random.Generator | None,
    hop_A: float | None = None,
    least_hops: float = 0.0,
    directions: float | None = None,
    earliest_ps: float = 0.0,
) -> Diffusion:
    mean, interval = pooled(products), products[0].interval_ps
    try:
        average = averaged_slope(
            mean, products, sampled, hop_A=hop_A, directions=directions, earliest=earliest_ps / interval
        )
    except AnalysisError as problem:
        raise AnalysisError(f"{what}: {problem}") from None
    if average.hops < least_hops:
        raise AnalysisError(
            f"{what}: about {average.hops:.1f} hops of {hop_A:g} A, at least {least_hops:g} are needed: run longer or hotter"
        )
    unit = CM2_PER_S / 2 / interval
    slope, variance = average.mean()
    if variance > _WIDEST**2:
        raise AnalysisError(
            f"{what}: the slope of the mean-square displacement is uncertain by {100 * variance**0.5:.0f} %, "
            f"at most {100 * _WIDEST:.0f} % is given out: run longer or hotter"
        )
    x, y, z = (of_variance(unit * value, v, "cm^2/s", level) for value, v in map(average.along, range(3)))
    chosen = central(average.starts)
    exponent = chosen.fit.slope * chosen.lag / (chosen.fit.slope * chosen.lag + chosen.fit.offset)
    if hop_A is not None and exponent > _BALLISTIC:  # the charge's is too noisy to tell
        raise AnalysisError(
            f"{what}: no diffusive regime: the mean-square displacement grows as t^{exponent:.1f}, the motion is still "
            "ballistic or all atoms drift; run longer, or hold the framework still"
        )
    low, high = average.blocks.bootstrap(average.starts, level, random or np.random.default_rng(0))
    return Diffusion(
        coefficient_cm2_per_s=of_variance(unit * slope, variance, "cm^2/s", level),
        bootstrap_cm2_per_s=(unit * low, unit * high),
        axes_cm2_per_s=(x, y, z),
        tensor_cm2_per_s=unit * average.tensor,
        start_ps=chosen.lag * interval,
        offset_A2=3 * chosen.fit.offset,
        hops=average.hops,
        together=average.together,
        directions=average.directions,
        starts=tuple(average.starts),
        lag_ps=interval * np.arange(len(mean)),
        msd_A2=mean[:, :3].sum(axis=1),
        msd_axes_A2=mean[:, :3],
        particles=sum(p.atoms for p in products),
        runs=len(products),
        interval_ps=interval,
    )

"""Ionic conductivity of runs at one temperature: by Nernst-Einstein from tracers, and from the charge displacement itself.

    σ_NE = N z² e² D / (V k T),   σ = e² D_charge / (V k T),   Haven ratio H = σ_NE / σ

(eqs. 6 to 8 of docs/transport.md). The collective coefficient holds all correlations between ions and has the larger error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase.units import _e, _k

from sswnn.analysis.transport.diffusion import (
    HOP_A,
    LEAST_HOPS,
    Diffusion,
    charge_diffusion,
    diffusion,
)
from sswnn.analysis.transport.displacements import Displacements
from sswnn.analysis.transport.estimate import LEVEL, Estimate, ratio
from sswnn.data.composition import reduced_formula
from sswnn.errors import AnalysisError

CM3 = 1e-24
"""One A^3 in cm^3."""


@dataclass(frozen=True)
class Conductivity:
    """Conductivity at one temperature.

    Attributes
    ----------
    material
        Its name, for tables and plots.
    temperature_K, volume_A3
        What was set, and the mean volume of the cell.
    element, charge
        The mobile ion.
    tracer
        Its diffusion.
    tracer_s_per_cm
        By Nernst-Einstein, as if the ions moved independently.
    collective
        Diffusion of the charge; None where the runs are too short for it, which `collective_refused` says.
    collective_s_per_cm, haven
        Conductivity with all correlations, and tracer over collective.
    axes_s_per_cm
        By Nernst-Einstein along x, y and z.
    """

    material: str
    temperature_K: float
    volume_A3: float
    element: str
    charge: float
    tracer: Diffusion
    tracer_s_per_cm: Estimate
    axes_s_per_cm: tuple[Estimate, ...]
    collective: Diffusion | None
    collective_s_per_cm: Estimate | None
    haven: Estimate | None
    collective_refused: str = ""

    @property
    def anisotropy(self) -> float:
        """Largest over smallest principal value of the tracers' tensor; infinite if one is not positive."""
        values, _ = self.tracer.principal_cm2_per_s()
        return float(values[0] / values[-1]) if values[-1] > 0 else float("inf")

    def to_dict(self) -> dict:
        """JSON-able by `sswnn.analysis.tables.jsonable`."""
        found = {
            "material": self.material,
            "temperature_K": self.temperature_K,
            "volume_A3": self.volume_A3,
            "element": self.element,
            "charge": self.charge,
            "anisotropy": self.anisotropy,
            "collective_refused": self.collective_refused,
        }
        found |= self.tracer_s_per_cm.to_dict("sigma_tracer_s_per_cm")
        for axis, value in zip("xyz", self.axes_s_per_cm, strict=True):
            found |= value.to_dict(f"sigma_tracer_{axis}_s_per_cm")
        if self.collective_s_per_cm and self.haven:
            found |= self.collective_s_per_cm.to_dict("sigma_collective_s_per_cm")
            found |= self.haven.to_dict("haven_ratio")
        found["tracer"] = self.tracer.to_dict()
        found["collective"] = self.collective.to_dict() if self.collective else None
        return found

    def columns(self) -> dict[str, np.ndarray]:
        """One row for the CSV file, which `sswnn analyze arrhenius` reads."""
        row: dict[str, object] = {"temperature_K": self.temperature_K}
        row |= self.tracer.coefficient_cm2_per_s.to_dict("D_cm2_per_s")
        for axis, value in zip("xyz", self.tracer.axes_cm2_per_s, strict=True):
            row |= value.to_dict(f"D_{axis}_cm2_per_s")
        row |= self.tracer_s_per_cm.to_dict("sigma_tracer_s_per_cm")
        nothing = Estimate(np.nan, np.nan, np.nan, "", np.nan)
        row |= (self.collective_s_per_cm or nothing).to_dict("sigma_collective_s_per_cm")
        row |= (self.haven or nothing).to_dict("haven_ratio")
        material = {"material": np.array([self.material], dtype=object)}
        return material | {name: np.array([value]) for name, value in row.items()}


def conductivity(
    runs: Sequence[Displacements],
    *,
    temperature_K: float,
    element: str = "Li",
    charge: float = 1.0,
    charges: dict[str, float] | None = None,
    hop_A: float = HOP_A,
    least_hops: float = LEAST_HOPS,
    level: float = LEVEL,
    random: np.random.Generator | None = None,
    material: str | None = None,
) -> Conductivity:
    """Conductivity from runs at one temperature and volume, with intervals.

    Parameters
    ----------
    runs
        From `collect` with the framework held still; any lengths and seeds.
    temperature_K
        Of the runs, K.
    element, charge
        The mobile ion and its charge in elementary charges.
    charges
        Element -> charge of all ions that carry current; the mobile ion alone by default.
    hop_A, least_hops, level, random
        As for `sswnn.analysis.transport.diffusion.diffusion`.
    material
        Name; the formula by default.

    Raises
    ------
    AnalysisError
        A temperature that is not positive, runs of different atoms or volumes, or no tracer diffusion. Where only the
        collective coefficient is refused, the result says so and holds the rest.
    """
    if not 0 < temperature_K < float("inf"):
        raise AnalysisError(f"temperature is {temperature_K:g} K, expected a positive number")
    tracer = diffusion(runs, element, hop_A=hop_A, least_hops=least_hops, level=level, random=random)
    volume, count = _cell(runs, element)
    unit = _e**2 / (volume * CM3 * _k * temperature_K)  # S/cm for each cm^2/s and squared elementary charge
    factor = count * charge**2 * unit
    collective, total, haven, refused = None, None, None, ""
    try:
        collective = charge_diffusion(
            runs, charges or {element: charge}, directions=tracer.directions, earliest_ps=tracer.earliest_ps,
            level=level, random=random,
        )  # fmt: skip
        total = collective.coefficient_cm2_per_s.scaled(unit, "S/cm")
        haven = ratio(tracer.coefficient_cm2_per_s.scaled(factor, "S/cm"), total)
    except AnalysisError as problem:
        refused = str(problem)
    return Conductivity(
        material or reduced_formula(dict(Counter(map(str, runs[0].symbols)))), temperature_K, volume, element, charge, tracer,
        tracer.coefficient_cm2_per_s.scaled(factor, "S/cm"),
        tuple(x.scaled(factor, "S/cm") for x in tracer.axes_cm2_per_s),
        collective, total, haven, refused,
    )  # fmt: skip


def _cell(runs: Sequence[Displacements], element: str) -> tuple[float, int]:
    """Mean volume, A^3, and number of mobile ions, which all runs must share."""
    counts = {len(run.of(element)) for run in runs}
    volumes = np.array([run.volume_A3 for run in runs])
    if len(counts) > 1:
        raise AnalysisError(f"runs with {', '.join(map(str, sorted(counts)))} {element} cannot be combined")
    if not np.isfinite(volumes).all() or volumes.min() <= 0:
        raise AnalysisError(f"volume of the cell is {volumes.min():g} A^3, expected a positive number")
    if volumes.max() > 1.02 * volumes.min():
        raise AnalysisError(
            f"runs with volumes from {volumes.min():.1f} to {volumes.max():.1f} A^3 cannot be combined"
        )
    return float(np.average(volumes, weights=[run.frames for run in runs])), counts.pop()

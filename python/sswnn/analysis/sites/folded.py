"""Density of the mobile ions folded into the unit cell of a supercell, over several runs, and its free energy."""

from __future__ import annotations

import numpy as np
from ase.units import kB

from sswnn.analysis.interface.bonds import pairs_within
from sswnn.analysis.interface.density import DensityObserver, DensityResult, smoothed
from sswnn.analysis.interface.slab import Species
from sswnn.analysis.sites.framework import Reference, reference_of
from sswnn.analysis.trajectories.frame import Frame
from sswnn.errors import AnalysisError

_MATCH = 1.5
_MEDIAN = 0.6
"""A translation belongs to the crystal if it brings every atom of the framework of the first frame within `_MATCH` of one of its
kind, and half of them within `_MEDIAN`, A: thermal motion of two atoms.
"""
_MOST = 12  # repeats along an axis that are tried
_LEAST_EDGE = 2.5  # A, of a unit cell


class FoldedDensityObserver(DensityObserver):
    """Counts ions in voxels whose number is a multiple of the repeats, over one or several runs.

    Parameters
    ----------
    ion, anion
        Elements; the anion is by default the most electronegative one.
    spacing
        Largest edge of a voxel, A.
    smoothing
        Standard deviation of a Gaussian, A; 0 for none.
    repeats
        Unit cells along each axis; None: found in the first frame.
    """

    def __init__(
        self,
        ion: str = "Li",
        anion: str | None = None,
        *,
        spacing: float = 0.3,
        smoothing: float = 0.3,
        repeats: tuple[int, int, int] | None = None,
    ):
        super().__init__(
            Species("", anion or "", ion, ion), spacing=spacing, smoothing=smoothing, ionic=False
        )
        if repeats is not None and min(repeats) < 1:
            raise AnalysisError(
                f"repeats are {' '.join(map(str, repeats))}, expected three positive numbers"
            )
        self.anion, self.repeats = anion, repeats
        self.framework: Reference | None = None

    def begin(self, frame: Frame) -> None:
        """Fix the grid in the first run."""
        if self.framework is not None:
            return
        self.framework = reference_of(frame, self.species.ion, self.anion)
        super().begin(frame)
        self.repeats = self.repeats or repeats_of(frame, self.framework)
        self.shape = tuple(-(-n // r) * r for n, r in zip(self.shape, self.repeats, strict=True))

    def _drift(self, frame: Frame) -> np.ndarray:
        """That of the anions, any part of a period."""
        assert self.framework is not None
        return self.framework.moved(frame)[1] @ frame.cell

    @property
    def samples(self) -> int:
        """Ions that were counted, in all frames."""
        return self.total

    def folded(self) -> DensityResult:
        """Mean density in the unit cell, smoothed; the other atoms are those in the first of the unit cells."""
        assert self.sums is not None and self.repeats is not None
        counts = fold(self.sums.reshape(self.shape), self.repeats)
        cell = self.cell / np.array(self.repeats)[:, None]
        density = counts / (self.frames * abs(np.linalg.det(cell)) / counts.size)
        if self.smoothing:
            density = smoothed(density, cell, self.smoothing)
        symbols, positions = self.others
        fraction = (positions.astype(float) - self.origin) @ np.linalg.inv(cell)
        first = ((fraction >= 0) & (fraction < 1)).all(axis=1)
        ions = self.total / (self.frames * float(np.prod(self.repeats)))
        return DensityResult(
            density, cell, self.origin, self.species.ion, ions, self.frames,
            symbols[first], positions[first].astype(float), self.smoothing,
        )  # fmt: skip

    def least_density(self) -> float:
        """Density two widths of the Gaussian from a single count, per A^3: below it nothing is known; 0 without smoothing."""
        assert self.repeats is not None
        if not self.smoothing:
            return 0.0
        kernel = (2 * np.pi) ** 1.5 * self.smoothing**3
        return float(np.exp(-2.0) / (self.frames * np.prod(self.repeats) * kernel))


def fold(values: np.ndarray, repeats: tuple[int, int, int]) -> np.ndarray:
    """Mean of a grid (X, Y, Z) over unit cells."""
    (a, b, c), (x, y, z) = repeats, values.shape
    return values.reshape(a, x // a, b, y // b, c, z // c).mean(axis=(0, 2, 4))


def repeats_of(frame: Frame, framework: Reference) -> tuple[int, int, int]:
    """Unit cells along each axis: the largest numbers whose fractions of the axes are translations of the framework."""
    found = [1, 1, 1]
    edges = np.linalg.norm(frame.cell, axis=1)
    for axis in range(3):
        for number in range(min(_MOST, int(edges[axis] / _LEAST_EDGE)), 1, -1):
            if _is_translation(frame, framework, np.eye(3)[axis] / number):
                found[axis] = number
                break
    return found[0], found[1], found[2]


def _is_translation(frame: Frame, framework: Reference, fraction: np.ndarray) -> bool:
    symbols = framework.symbols[framework.members]
    positions = framework.fractions @ frame.cell
    for element in np.unique(symbols):
        ours = positions[symbols == element]
        i, _, distance = pairs_within(
            ours + fraction @ frame.cell, ours, frame.cell, frame.pbc, _MATCH
        )
        nearest = np.full(len(ours), np.inf)
        np.minimum.at(nearest, i, distance)
        if nearest.max() > _MATCH or np.median(nearest) > _MEDIAN:
            return False
    return True


def free_energy(density: np.ndarray, temperature_K: float, least: float = 0.0) -> np.ndarray:
    """F = -kT ln(density / largest density), eV; infinite where the density is zero or below `least`.

    Raises
    ------
    AnalysisError
        If the temperature is not positive, or the density zero everywhere.
    """
    if not 0 < temperature_K < float("inf"):
        raise AnalysisError(f"temperature is {temperature_K:g} K, expected a positive number")
    highest = density.max()
    if not highest > 0:
        raise AnalysisError("the density is zero everywhere")
    with np.errstate(divide="ignore"):
        energy = -kB * temperature_K * np.log(density / highest)
    energy[(density <= 0) | (density < least)] = np.inf
    return energy + 0.0

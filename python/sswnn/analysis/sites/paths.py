"""Percolating paths of the mobile ions: free energy from their density, and its lowest barriers along the axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase.units import kB

from sswnn.analysis.interface.density import DensityResult
from sswnn.analysis.sites.folded import FoldedDensityObserver, free_energy
from sswnn.analysis.sites.percolation import Crossing, crossings

AXES = "abc"


@dataclass(frozen=True, eq=False)
class PathsResult:
    """Barriers of paths along the axes of the unit cell.

    Attributes
    ----------
    density
        Of the ions in the unit cell.
    free_energy_eV
        (X, Y, Z) F = -kT ln(density / largest density); infinite where no ion was seen.
    temperature_K
        T.
    crossings
        Lowest paths along a, b and c; None where the run has none.
    repeats
        Unit cells in the cell of the runs.
    samples
        Ions that were counted, in all frames.
    """

    density: DensityResult
    free_energy_eV: np.ndarray
    temperature_K: float
    crossings: Sequence[Crossing | None]
    repeats: tuple[int, int, int]
    samples: int

    @property
    def resolution_eV(self) -> float:
        """Highest free energy that was seen: a barrier near it rests on few counts."""
        return float(self.free_energy_eV[np.isfinite(self.free_energy_eV)].max())

    def profile(self, crossing: Crossing) -> tuple[np.ndarray, np.ndarray]:
        """Along a path: (p,) distance, A, and (p,) free energy, eV; it begins and ends at its lowest voxel."""
        shape = np.array(self.free_energy_eV.shape)
        energy = self.free_energy_eV[tuple((crossing.voxels[:-1] % shape).T)]
        turn = int(energy.argmin())
        voxels = np.concatenate(
            [crossing.voxels[turn:-1], crossing.voxels[: turn + 1] + crossing.winding * shape]
        )  # fmt: skip
        places = _smooth(voxels / shape @ self.density.cell, crossing.winding @ self.density.cell)
        length = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(places, axis=0), axis=1)))
        return length, self.free_energy_eV[tuple((voxels % shape).T)]

    def places(self, crossing: Crossing) -> np.ndarray:
        """(p, 3) middles of the voxels of a path, A, unwrapped."""
        shape = np.array(self.free_energy_eV.shape)
        return (crossing.voxels + 0.5) / shape @ self.density.cell + self.density.origin

    def rows(self) -> list[dict[str, object]]:
        """Rows of the table, one for each axis."""
        rows: list[dict[str, object]] = []
        for axis, found in zip(AXES, self.crossings, strict=True):
            row: dict[str, object] = {
                "axis": axis,
                "temperature_K": self.temperature_K,
                "percolates": int(found is not None),
            }
            if found is None:
                row |= dict.fromkeys(
                    ("barrier_eV", "lowest_eV", "density_per_A3", "length_A"), np.nan
                )
                row |= {"winding": ""}
            else:
                level = self.density.density_per_A3.max() * np.exp(
                    -found.level / (kB * self.temperature_K)
                )
                row |= {
                    "barrier_eV": found.level,
                    "lowest_eV": found.bottom,
                    "density_per_A3": float(level),
                }
                row |= {
                    "length_A": float(self.profile(found)[0][-1]),
                    "winding": " ".join(map(str, found.winding.tolist())),
                }
            rows.append(row)
        return rows

    def to_dict(self) -> dict:
        """JSON-able by `sswnn.analysis.tables.jsonable`."""
        return {
            "temperature_K": self.temperature_K,
            "repeats": self.repeats,
            "samples": self.samples,
            "resolution_eV": self.resolution_eV,
            "axes": self.rows(),
            "profiles": {
                axis: dict(zip(("distance_A", "free_energy_eV"), self.profile(found), strict=True))
                for axis, found in zip(AXES, self.crossings, strict=True)
                if found is not None
            },
            "density": self.density.to_dict(),
        }

    def columns(self) -> dict[str, np.ndarray]:
        """Columns of the CSV file."""
        rows = self.rows()
        return {name: np.array([row[name] for row in rows], dtype=object) for name in rows[0]}


def _smooth(places: np.ndarray, period: np.ndarray) -> np.ndarray:
    """Mean over five neighbours on a loop that advances by a period: the staircase of voxels is longer than the way."""
    loop = places[:-1]
    if len(loop) < 5:
        return places
    copies = [np.roll(loop, -k, axis=0) for k in range(-2, 3)]
    for k, copy in zip(range(-2, 3), copies, strict=True):
        if k < 0:
            copy[:-k] -= period
        elif k > 0:
            copy[-k:] += period
    mean = np.mean(copies, axis=0)
    return np.concatenate([mean, mean[:1] + period])


def paths_of(observer: FoldedDensityObserver, temperature_K: float) -> PathsResult:
    """Paths through the density that an observer has seen.

    Raises
    ------
    AnalysisError
        If the temperature is not positive.
    """
    density = observer.folded()
    energy = free_energy(density.density_per_A3, temperature_K, observer.least_density())
    assert observer.repeats is not None
    return PathsResult(
        density, energy, temperature_K, crossings(energy), observer.repeats, observer.samples
    )

"""Probability density of the mobile ions on a grid that fills the cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft

from sswnn.analysis.interface.bonds import pairs_within
from sswnn.analysis.interface.layers import METAL_DISTANCE
from sswnn.analysis.interface.slab import Species
from sswnn.analysis.trajectories.frame import Frame, without_periods
from sswnn.errors import AnalysisError

_REACH = 5.0
"""Widths of a Gaussian beyond which it is zero."""
MOST_VOXELS = 200_000_000
"""A finer grid does not fit into the memory of a common machine."""


@dataclass(frozen=True, eq=False)
class DensityResult:
    """Mean number density of ions in voxels (X, Y, Z along the cell vectors).

    Attributes
    ----------
    density_per_A3
        (X, Y, Z) ions per A^3; the probability density of one ion is this over `ions`. Values are of the middles of the voxels.
    cell, origin
        (3, 3) rows are cell vectors, (3,) corner of the cell, A; of the first frame.
    ion
        Element.
    ions
        Mean number of ions that were counted.
    frames
        Number of frames averaged.
    symbols, positions
        (n,), (n, 3) the other atoms in the last frame, A, in the cell.
    smoothing_A
        Width (standard deviation) of the Gaussian that the density was smoothed with, 0 for none.
    """

    density_per_A3: np.ndarray
    cell: np.ndarray
    origin: np.ndarray
    ion: str
    ions: float
    frames: int
    symbols: np.ndarray
    positions: np.ndarray
    smoothing_A: float

    def level_enclosing(self, share: float) -> float:
        """Density, per A^3, above which that share of the ions is."""
        if not 0 < share < 1:
            raise AnalysisError(f"share of the ions is {share:g}, expected between 0 and 1")
        ordered = np.sort(self.density_per_A3, axis=None)[::-1]
        total = np.cumsum(ordered)
        return float(ordered[np.searchsorted(total, share * total[-1])])

    def to_dict(self) -> dict:
        """JSON-able by `sswnn.analysis.tables.jsonable`; the grid itself goes into a cube or VTK file."""
        return {
            "ion": self.ion,
            "ions": self.ions,
            "frames": self.frames,
            "grid": self.density_per_A3.shape,
            "cell_A": self.cell,
            "origin_A": self.origin,
            "smoothing_A": self.smoothing_A,
            "mean_per_A3": float(self.density_per_A3.mean()),
            "highest_per_A3": float(self.density_per_A3.max()),
            **{
                f"level_enclosing_{round(100 * x)}_percent_per_A3": self.level_enclosing(x)
                for x in (0.5, 0.8, 0.9)
            },
        }

    def columns(self) -> dict[str, np.ndarray]:
        """Columns of the CSV file: mean over the plane of the first two cell vectors against height."""
        normal = np.cross(self.cell[0], self.cell[1])
        height = float(abs(self.cell[2] @ normal) / np.linalg.norm(normal))
        bins = self.density_per_A3.shape[2]
        return {
            "z_A": (np.arange(bins) + 0.5) / bins * height,
            f"{self.ion}_per_A3": self.density_per_A3.mean(axis=(0, 1)),
        }


class DensityObserver:
    """Counts ions in voxels in one pass. Memory: 8 bytes per voxel, whatever the number of frames.

    Parameters
    ----------
    species
        Elements; the ions are counted, the anions say how far the crystal has drifted.
    spacing
        Largest edge of a voxel, A.
    smoothing
        Standard deviation of a Gaussian, A; 0 for none.
    ionic
        Leave out metal: ions without an anion within `METAL_DISTANCE`.
    """

    needs_time = False

    def __init__(
        self,
        species: Species | None = None,
        *,
        spacing: float = 0.3,
        smoothing: float = 0.3,
        ionic: bool = True,
    ):
        if not 0 < spacing < float("inf") or not 0 <= smoothing < float("inf"):
            raise AnalysisError(
                f"spacing is {spacing:g} A and smoothing {smoothing:g} A, expected a positive length and one that is not negative"
            )
        self.species, self.spacing, self.smoothing, self.ionic = (
            species or Species(),
            spacing,
            smoothing,
            ionic,
        )
        self.shape: tuple[int, ...] = ()
        self.cell = self.origin = self.reference = np.empty(0)
        self.sums: np.ndarray | None = None
        self.total = self.frames = 0
        self.others: tuple[np.ndarray, np.ndarray] = (np.empty(0), np.empty((0, 3)))

    def begin(self, frame: Frame) -> None:
        """Fix the grid and the place of the crystal."""
        edges = np.linalg.norm(frame.cell, axis=1)
        voxels = np.prod(edges / self.spacing)
        if voxels > MOST_VOXELS:
            least = float((np.prod(edges) / MOST_VOXELS) ** (1 / 3))
            raise AnalysisError(
                f"spacing is {self.spacing:g} A in a cell of {', '.join(f'{x:.1f}' for x in edges)} A, "
                f"expected at least {least:.2g} A ({MOST_VOXELS} voxels)"
            )
        if self.species.ion not in frame.symbols:
            raise AnalysisError(
                f"frame {frame.index} has no {self.species.ion}, elements are {', '.join(sorted(set(frame.symbols)))}"
            )
        self.shape = tuple(max(1, int(np.ceil(x / self.spacing - 1e-9))) for x in edges)
        self.cell, self.origin = frame.cell, frame.origin
        self.reference = frame.positions[frame.symbols == self.species.anion]

    def measure(self, frame: Frame) -> tuple:
        """Voxels that hold ions, how many, and the other atoms."""
        positions = frame.positions - self._drift(frame)
        ours = frame.symbols == self.species.ion
        fraction = (positions - frame.origin) @ np.linalg.inv(frame.cell)
        fraction -= np.floor(fraction)
        chosen = np.flatnonzero(ours)
        if self.ionic:
            anions = frame.positions[frame.symbols == self.species.anion]
            near = pairs_within(
                frame.positions[chosen], anions, frame.cell, frame.pbc, METAL_DISTANCE
            )[0]
            chosen = chosen[np.unique(near)]
        voxel = np.minimum((fraction[chosen] * self.shape).astype(int), np.array(self.shape) - 1)
        where, count = np.unique(
            np.ravel_multi_index(tuple(voxel.T), self.shape), return_counts=True
        )
        others = (fraction[~ours] @ frame.cell + frame.origin).astype(np.float32)
        return where, count, frame.symbols[~ours], others

    def _drift(self, frame: Frame) -> np.ndarray:
        anions = frame.positions[frame.symbols == self.species.anion]
        if len(anions) == 0 or len(anions) != len(self.reference):
            return np.zeros(3)
        return np.median(without_periods(anions - self.reference, frame), axis=0)

    def collect(self, time_ps: float, measured: tuple) -> None:
        """Add them."""
        where, count, *others = measured
        if self.sums is None:
            self.sums = np.zeros(int(np.prod(self.shape)))
        self.sums[where] += count
        self.total += int(count.sum())
        self.frames += 1
        self.others = (others[0], others[1])

    def result(self) -> DensityResult:
        """The mean, smoothed."""
        assert self.sums is not None
        voxel = abs(np.linalg.det(self.cell)) / self.sums.size
        density = self.sums.reshape(self.shape) / (self.frames * voxel)
        if self.smoothing:
            density = smoothed(density, self.cell, self.smoothing)
        return DensityResult(
            density, self.cell, self.origin, self.species.ion, self.total / self.frames, self.frames,
            self.others[0], self.others[1].astype(float), self.smoothing,
        )  # fmt: skip


def smoothed(density: np.ndarray, cell: np.ndarray, width: float) -> np.ndarray:
    """A periodic density (X, Y, Z) convolved with a Gaussian that is the same in all directions of space, whatever the cell.

    Parameters
    ----------
    cell
        (3, 3), rows are lattice vectors, A.
    width
        Standard deviation of a coordinate, A.
    """
    heights = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    reach = np.ceil(_REACH * width * np.array(density.shape) / heights).astype(int)
    index = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in reach), indexing="ij"), axis=-1).reshape(-1, 3)
    square = ((index / density.shape @ cell) ** 2).sum(axis=1)
    weight = np.where(square < (_REACH * width) ** 2, np.exp(-0.5 * square / width**2), 0.0)
    kernel = np.zeros(density.shape)
    np.add.at(kernel, tuple((index % density.shape).T), weight / weight.sum())
    found = fft.irfftn(fft.rfftn(density) * fft.rfftn(kernel), s=density.shape)
    return np.maximum(found, 0.0)  # rounding

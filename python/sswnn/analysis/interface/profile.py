"""Number density of each element along the normal of a slab."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sswnn.analysis.trajectories.frame import Frame
from sswnn.analysis.trajectories.passes import follow
from sswnn.errors import AnalysisError

MOST_BINS = 100_000
"""Finer bins hold less than noise and cost memory."""


@dataclass(frozen=True)
class ProfileResult:
    """Mean number density along one direction (B bins).

    Attributes
    ----------
    z_A
        (B,) middle of each bin, A, from the lower face of the cell.
    density_per_A3
        Element -> (B,) atoms per A^3.
    frames
        Number of frames averaged.
    time_ps
        First and last time, None where the frames have none.
    """

    z_A: np.ndarray
    density_per_A3: dict[str, np.ndarray]
    frames: int
    time_ps: tuple[float | None, float | None]

    def to_dict(self) -> dict:
        """JSON-able by `sswnn.analysis.tables.jsonable`."""
        return {
            "frames": self.frames,
            "time_ps": self.time_ps,
            "z_A": self.z_A,
            "density_per_A3": self.density_per_A3,
        }

    def columns(self) -> dict[str, np.ndarray]:
        """Columns of the CSV file."""
        return {"z_A": self.z_A, **{f"{x}_per_A3": d for x, d in self.density_per_A3.items()}}


class ProfileObserver:
    """Averages the number density per element in one pass; see `density_profile` for the arguments."""

    needs_time = False

    def __init__(self, *, bin_width: float = 0.25, axis: int = 2):
        if not 0 < bin_width < float("inf") or axis not in (0, 1, 2):
            raise AnalysisError(
                f"bin width is {bin_width} A and axis {axis}, expected a positive width and 0, 1 or 2"
            )
        self.bin_width, self.axis = bin_width, axis
        self.bins = self.count = 0
        self.heights = 0.0
        self.sums: dict[str, np.ndarray] = {}
        self.times: list[float] = []

    def begin(self, frame: Frame) -> None:
        """Fix the number of bins."""
        height = _height(frame, self.axis)
        if height / self.bin_width > MOST_BINS:
            raise AnalysisError(
                f"bin width is {self.bin_width:g} A in a cell of {height:.2f} A, "
                f"expected at least {height / MOST_BINS:.1g} A ({MOST_BINS} bins)"
            )
        self.bins = max(1, int(np.rint(height / self.bin_width)))

    def measure(self, frame: Frame) -> tuple[dict[str, np.ndarray], float]:
        """(B,) densities of each element, atoms per A^3, and the height of the cell."""
        fraction = (frame.positions - frame.origin) @ np.linalg.inv(frame.cell)[:, self.axis]
        fraction = (
            fraction - np.floor(fraction)
            if frame.pbc[self.axis]
            else np.clip(fraction, 0, 1 - 1e-12)
        )
        slot = np.minimum((fraction * self.bins).astype(int), self.bins - 1)
        scale = self.bins / abs(np.linalg.det(frame.cell))
        density = {
            str(x): np.bincount(slot[frame.symbols == x], minlength=self.bins) * scale
            for x in dict.fromkeys(frame.symbols.tolist())
        }
        return density, _height(frame, self.axis)

    def collect(self, time_ps: float, measured: tuple[dict[str, np.ndarray], float]) -> None:
        """Add to the average."""
        density, height = measured
        for symbol, values in density.items():
            self.sums[symbol] = self.sums.get(symbol, 0.0) + values
        self.heights += height
        self.count += 1
        self.times = [self.times[0] if self.times else time_ps, time_ps]

    def result(self) -> ProfileResult:
        """The averages."""
        z = (np.arange(self.bins) + 0.5) / self.bins * (self.heights / self.count)
        first, last = (None if np.isnan(x) else x for x in self.times)
        means = {x: s / self.count for x, s in self.sums.items()}
        return ProfileResult(z, means, self.count, (first, last))


def _height(frame: Frame, axis: int) -> float:
    """Distance of the faces of the cell across an axis, A."""
    return float(1 / np.linalg.norm(np.linalg.inv(frame.cell)[:, axis]))


def density_profile(
    frames: Iterable[Frame], *, bin_width: float = 0.25, axis: int = 2
) -> ProfileResult:
    """Average number density per element in slices parallel to a face of the cell.

    The number of bins is fixed by the first frame; a cell that changes is followed in fractional coordinates.

    Parameters
    ----------
    frames
        From `read_trajectory`.
    bin_width
        A; rounded so that a whole number of bins fits.
    axis
        0, 1 or 2: along the normal of the face spanned by the other two cell vectors.
    """
    return follow(ProfileObserver(bin_width=bin_width, axis=axis), frames).result()

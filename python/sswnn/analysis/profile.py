"""Number density of each element along the normal of a slab."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sswnn.analysis.trajectory import Frame
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
    if not 0 < bin_width < float("inf") or axis not in (0, 1, 2):
        raise AnalysisError(
            f"bin width is {bin_width} A and axis {axis}, expected a positive width and 0, 1 or 2"
        )
    sums: dict[str, np.ndarray] = {}
    count, bins, height_sum = 0, 0, 0.0
    first = last = None
    for frame in frames:
        inverse = np.linalg.inv(frame.cell)
        height = 1 / np.linalg.norm(inverse[:, axis])
        volume = abs(np.linalg.det(frame.cell))
        if not count:
            if height / bin_width > MOST_BINS:
                raise AnalysisError(
                    f"bin width is {bin_width:g} A in a cell of {height:.2f} A, "
                    f"expected at least {height / MOST_BINS:.1g} A ({MOST_BINS} bins)"
                )
            bins = max(1, int(np.rint(height / bin_width)))
            first = frame.time_ps
        fraction = (frame.positions - frame.origin) @ inverse[:, axis]
        fraction = (
            fraction - np.floor(fraction) if frame.pbc[axis] else np.clip(fraction, 0, 1 - 1e-12)
        )
        slot = np.minimum((fraction * bins).astype(int), bins - 1)
        for symbol in dict.fromkeys(frame.symbols):
            histogram = np.bincount(slot[frame.symbols == symbol], minlength=bins)
            sums[str(symbol)] = sums.get(str(symbol), 0.0) + histogram * (bins / volume)
        count += 1
        height_sum += height
        last = frame.time_ps
    if not count:
        raise AnalysisError("no frames to analyse")
    z = (np.arange(bins) + 0.5) / bins * (height_sum / count)
    return ProfileResult(z, {x: s / count for x, s in sums.items()}, count, (first, last))

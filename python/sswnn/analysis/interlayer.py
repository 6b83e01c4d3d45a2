"""Mobile ions in the spaces between the layers of a layered crystal.

They are Li_B of Nano Lett. 2022, doi:10.1021/acs.nanolett.2c00187.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sswnn.analysis.dissolution import layers_from_metal
from sswnn.analysis.trajectory import Frame
from sswnn.errors import AnalysisError


@dataclass(frozen=True)
class InterlayerResult:
    """Ions between layers against time (T frames, G spaces).

    Attributes
    ----------
    time_ps
        (T,) ps.
    count
        (T, G) ions in the space between layer k and k + 1; space 0 is nearest to the metal.
    """

    time_ps: np.ndarray
    count: np.ndarray

    def to_dict(self) -> dict:
        """JSON-able by `sswnn.analysis.tables.jsonable`."""
        return {
            "time_ps": self.time_ps,
            "count": self.count,
            "first": self.count[0],
            "last": self.count[-1],
        }

    def columns(self) -> dict[str, np.ndarray]:
        """Columns of the CSV file."""
        return {"time_ps": self.time_ps, **{f"space_{k}": x for k, x in enumerate(self.count.T)}}


def interlayer_ions(
    frames: Iterable[Frame],
    *,
    ion: str = "Li",
    centre: str = "Zr",
    neighbour: str = "Cl",
    metal: str = "Li",
) -> InterlayerResult:
    """Ions within a quarter of the layer distance of the middle between two layers of centres.

    The layers are those of the first frame; the height of each is the median over its centres in every frame,
    which a few dissolved centres do not move. The normal is that of the first two cell vectors.

    Parameters
    ----------
    frames
        In order of time, from `read_trajectory`.
    ion, centre, neighbour, metal
        What is counted; the atoms that define the layers; their partners; the metal, which says where layer 0 is.
    """
    times, counts, layer = [], [], None
    for frame in frames:
        if frame.time_ps is None:
            raise AnalysisError(f"frame {frame.index} has no time: state the MD time step")
        normal = np.cross(frame.cell[0], frame.cell[1])
        normal /= np.linalg.norm(normal)
        period = float(frame.cell[2] @ normal)
        height = (frame.positions - frame.origin) @ normal
        if layer is None:
            layer = layers_from_metal(frame, centre, neighbour, metal)
        count = layer.max() + 1
        if count < 2:
            raise AnalysisError(f"{count} layer of {centre}, ions between layers need at least 2")
        levels = np.array(
            [np.median(height[frame.symbols == centre][layer == k]) for k in range(count)]
        )
        ions = height[frame.symbols == ion]
        spaces = []
        for low, high in pairwise(levels):
            distance = high - low
            distance -= period * np.rint(distance / period)
            away = ions - (low + 0.5 * distance)
            away -= period * np.rint(away / period)
            spaces.append(int((np.abs(away) < 0.25 * abs(distance)).sum()))
        times.append(frame.time_ps)
        counts.append(spaces)
    if layer is None:
        raise AnalysisError("no frames to analyse")
    return InterlayerResult(np.array(times), np.array(counts))

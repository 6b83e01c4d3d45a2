"""Mobile ions in the spaces between the layers of a layered crystal.

They are Li_B of Nano Lett. 2022, doi:10.1021/acs.nanolett.2c00187.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sswnn.analysis.interface.layers import median_height, stacked_layers
from sswnn.analysis.trajectories.frame import Frame, stated_time
from sswnn.errors import AnalysisError


@dataclass(frozen=True)
class InterlayerResult:
    """Ions between layers against time (T frames, G spaces).

    Attributes
    ----------
    time_ps
        (T,) ps.
    count
        (T, G) ions in the spaces of one kind; spaces equally far from metal are one kind.
    between
        Depths of the two layers around each kind of space, 0 is at the metal.
    """

    time_ps: np.ndarray
    count: np.ndarray
    between: list[tuple[int, int]]

    def to_dict(self) -> dict:
        """JSON-able by `sswnn.analysis.tables.jsonable`."""
        return {
            "between": self.between,
            "time_ps": self.time_ps,
            "count": self.count,
            "first": self.count[0],
            "last": self.count[-1],
        }

    def columns(self) -> dict[str, np.ndarray]:
        """Columns of the CSV file."""
        return {
            "time_ps": self.time_ps,
            **{f"between_{a}_{b}": x for (a, b), x in zip(self.between, self.count.T, strict=True)},
        }


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
    times: list[float] = []
    counts: list[list[int]] = []
    label, groups = np.empty(0, int), np.empty(0, int)
    between: list[tuple[int, int]] = []
    for frame in frames:
        time = stated_time(frame.index, frame.time_ps)
        if not counts:
            label, depth = stacked_layers(frame, centre, neighbour, metal)
            if len(depth) < 2:
                raise AnalysisError(
                    f"{len(depth)} layer of {centre}, ions between layers need at least 2"
                )
            pairs = [(int(min(a, b)), int(max(a, b))) for a, b in pairwise(depth)]
            between = sorted(set(pairs))
            groups = np.array([between.index(x) for x in pairs])
        spaces = _ions_in_spaces(frame, label, ion, centre)
        times.append(time)
        counts.append(np.bincount(groups, weights=spaces).astype(int).tolist())
    if not counts:
        raise AnalysisError("no frames to analyse")
    return InterlayerResult(np.array(times), np.array(counts), between)


def _ions_in_spaces(frame: Frame, label: np.ndarray, ion: str, centre: str) -> list[int]:
    """Ions in the space above each layer but the last."""
    normal = np.cross(frame.cell[0], frame.cell[1])
    normal /= np.linalg.norm(normal)
    period = float(frame.cell[2] @ normal)
    height = (frame.positions - frame.origin) @ normal
    ions, centres = height[frame.symbols == ion], height[frame.symbols == centre]
    levels = []
    for k in range(label.max() + 1):
        layer = centres[label == k]
        levels.append(median_height(layer, period, layer[0]))
    spaces = []
    for low, high in pairwise(levels):
        distance = (high - low) % period
        away = ions - (low + 0.5 * distance)
        away -= period * np.rint(away / period)
        spaces.append(int((np.abs(away) < 0.25 * distance).sum()))
    return spaces

"""The frame of reference of an electrolyte slab: heights above its middle, its layers, on which sides metal is.

Fixed by the first frame, so that layers stay where they were when all their Zr have left; the drift of the slab is
taken out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sswnn.analysis.interface.layers import VACUUM, median_height, metal_atoms, stacked_layers
from sswnn.analysis.trajectories.frame import Frame


@dataclass(frozen=True)
class Species:
    """Who is who: what dissolves, what it is bonded to, what moves, and the metal beside the slab."""

    centre: str = "Zr"
    anion: str = "Cl"
    ion: str = "Li"
    metal: str = "Li"


@dataclass(frozen=True, eq=False)
class Slab:
    """Layers of a slab along the normal of the first two cell vectors (Z centres, L layers).

    Attributes
    ----------
    species
        Elements.
    normal
        (3,) unit vector.
    label
        (Z,) layer of each centre, numbered upwards.
    depth
        (L,) how far inside each layer is, 0 at the metal.
    levels_A
        (L,) height of each layer above the middle of the slab, ascending.
    sides
        Where metal is: -1 below the slab, 1 above it.
    area_A2
        Of the plane.
    """

    species: Species
    normal: np.ndarray
    label: np.ndarray
    depth: np.ndarray
    levels_A: np.ndarray
    sides: tuple[int, ...]
    area_A2: float
    _middle: float
    _lowest: float
    _anions: np.ndarray

    @property
    def spacing_A(self) -> float:
        """Mean distance of neighbouring layers; 6 A if there is one layer."""
        return float(np.diff(self.levels_A).mean()) if len(self.levels_A) > 1 else 6.0

    def heights(self, frame: Frame) -> np.ndarray:
        """(n,) height of each atom above the middle of the slab, A; the period begins in the vacuum or in the metal."""
        return self.height_of(frame.positions, frame)

    def height_of(self, points: np.ndarray, frame: Frame) -> np.ndarray:
        """As `heights`, of (p, 3) points in a frame."""
        period = float(abs(frame.cell[2] @ self.normal))
        anions = frame.positions[frame.symbols == self.species.anion]
        moved = (anions - frame.origin) @ self.normal - self._anions
        drift = median_height(moved, period, 0.0)
        raw = (points - frame.origin) @ self.normal
        return np.mod(raw - drift - self._middle - self._lowest, period) + self._lowest

    def into_metal(self, heights: np.ndarray) -> np.ndarray:
        """Distance beyond the outermost layer of the slab, on the nearer side, A; negative within the slab."""
        return np.maximum(heights - self.levels_A[-1], self.levels_A[0] - heights)


def slab_of(frame: Frame, species: Species) -> Slab:
    """The slab of a first frame.

    Raises
    ------
    AnalysisError
        If the frame has none of the centres.
    """
    label, depth = stacked_layers(frame, species.centre, species.anion, species.metal)
    normal = np.cross(frame.cell[0], frame.cell[1])
    area = float(np.linalg.norm(normal))
    normal = normal / area
    period = float(abs(frame.cell[2] @ normal))
    raw = (frame.positions - frame.origin) @ normal
    levels = _levels(raw[frame.symbols == species.centre], label, period)
    middle = 0.5 * (levels[0] + levels[-1])
    levels = levels - middle
    lowest = _lowest(raw - middle, period, bool(frame.pbc[2]))
    metal = metal_atoms(frame, species.anion, species.metal)
    heights = np.mod(raw[metal] - middle - lowest, period) + lowest
    sides = tuple(s for s in (-1, 1) if (s * heights > s * levels[0 if s < 0 else -1]).any())
    return Slab(
        species, normal, label, depth, levels, sides, area, middle, lowest, raw[frame.symbols == species.anion]
    )  # fmt: skip


def _levels(raw: np.ndarray, label: np.ndarray, period: float) -> np.ndarray:
    """(L,) heights of the layers, ascending from that of layer 0."""
    levels: list[float] = []
    for k in range(label.max() + 1):
        layer = raw[label == k]
        level = median_height(layer, period, layer[0])
        levels.append(level if not levels else levels[-1] + (level - levels[-1]) % period)
    return np.array(levels)


def _lowest(heights: np.ndarray, period: float, periodic: bool) -> float:
    """Where the period begins: in the middle of the vacuum if there is one, else opposite the slab."""
    if not periodic:
        return float(heights.min()) - 1e-6
    ordered = np.sort(np.mod(heights, period))
    gaps = np.append(np.diff(ordered), ordered[0] + period - ordered[-1])
    widest = int(np.argmax(gaps))
    if gaps[widest] <= VACUUM:
        return -0.5 * period
    return float((ordered[widest] + 0.5 * gaps[widest]) % period) - period

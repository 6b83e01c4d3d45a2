"""Where every Li is: in the metal, at the interface, in the LiCl film, in a layer of the crystal (Li_A) or between two (Li_B).

Li_A and Li_B are those of Nano Lett. 2022, doi:10.1021/acs.nanolett.2c00187.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sswnn.analysis.interface.layers import METAL_DISTANCE
from sswnn.analysis.interface.rocksalt import RockSalt, pairs_between, rock_salt
from sswnn.analysis.interface.slab import Slab, Species, slab_of
from sswnn.analysis.trajectories.frame import Frame

METAL, INTERFACE, FILM, IN_LAYER, BETWEEN = range(5)
NAMES = ("metal", "interface", "film", "A", "B")


@dataclass(frozen=True, eq=False)
class Environments:
    """One frame (I ions).

    Attributes
    ----------
    code
        (I,) `METAL`, `INTERFACE`, `FILM`, `IN_LAYER` or `BETWEEN`; the first rule that holds: no anion within
        `METAL_DISTANCE`; rock-salt-like; nearer to a layer than a quarter of the distance of the layers; between two
        layers. What is left is outside the slab, at the interface.
    heights_A
        (n,) of all atoms, above the middle of the slab.
    rock_salt
        Neighbours and film.
    """

    code: np.ndarray
    heights_A: np.ndarray
    rock_salt: RockSalt

    def counts(self) -> np.ndarray:
        """(5,) ions of each kind, in the order of `NAMES`."""
        return np.bincount(self.code, minlength=len(NAMES))


def environments(frame: Frame, slab: Slab) -> Environments:
    """Label the ions of a frame; the layers are those of the slab's first frame."""
    heights, salt = slab.heights(frame), rock_salt(frame, slab.species)
    above = heights[salt.ions]
    quarter = 0.25 * slab.spacing_A
    away = np.abs(above[:, None] - slab.levels_A).min(axis=1)
    inside = (above > slab.levels_A[0]) & (above < slab.levels_A[-1])
    near = np.unique(pairs_between(frame, salt.ions, salt.anions, METAL_DISTANCE)[0])
    bound = np.zeros(len(salt.ions), bool)
    bound[near] = True
    code = np.select(
        [~bound, salt.film_ion, away < quarter, inside],
        [METAL, FILM, IN_LAYER, BETWEEN],
        INTERFACE,
    )
    return Environments(code, heights, salt)


@dataclass(frozen=True)
class LithiumResult:
    """Ions of each kind against time (T frames).

    Attributes
    ----------
    time_ps
        (T,) ps.
    count
        (T, 5) in the order of `NAMES`.
    ion
        Element.
    """

    time_ps: np.ndarray
    count: np.ndarray
    ion: str = "Li"

    def to_dict(self) -> dict:
        """JSON-able by `sswnn.analysis.tables.jsonable`."""
        first, last = (dict(zip(NAMES, row.tolist(), strict=True)) for row in self.count[[0, -1]])
        return {"ion": self.ion, "first": first, "last": last, **self.columns()}

    def columns(self) -> dict[str, np.ndarray]:
        """Columns of the CSV file."""
        return {"time_ps": self.time_ps, **dict(zip(NAMES, self.count.T, strict=True))}


class LithiumObserver:
    """Counts the ions of each kind in one pass."""

    needs_time = True

    def __init__(self, species: Species | None = None):
        self.species = species or Species()
        self.slab: Slab | None = None
        self.times: list[float] = []
        self.rows: list[np.ndarray] = []

    def begin(self, frame: Frame) -> None:
        """Layers of the first frame."""
        self.slab = slab_of(frame, self.species)

    def measure(self, frame: Frame) -> np.ndarray:
        """Ions of each kind."""
        assert self.slab is not None
        return environments(frame, self.slab).counts()

    def collect(self, time_ps: float, measured: np.ndarray) -> None:
        """Keep them."""
        self.times.append(time_ps)
        self.rows.append(measured)

    def result(self) -> LithiumResult:
        """All frames."""
        return LithiumResult(np.array(self.times), np.array(self.rows), self.species.ion)

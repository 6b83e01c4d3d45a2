"""The LiCl film between the metal and the electrolyte: thickness on each side, and the composition of the layers behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sswnn.analysis.interface.environments import NAMES, environments
from sswnn.analysis.interface.growth import GrowthResult, growth
from sswnn.analysis.interface.rocksalt import CENTRE_REACH, pairs_between
from sswnn.analysis.interface.slab import Slab, Species, slab_of
from sswnn.analysis.trajectories.frame import Frame
from sswnn.errors import AnalysisError

LICL_LATTICE = 5.14
"""Lattice constant of rock-salt LiCl, A: an atomic layer, (001), is half of it thick and holds two Cl per square of it."""


@dataclass(frozen=True)
class FilmResult:
    """Film and layers against time (T frames, S sides, D depths).

    Attributes
    ----------
    time_ps
        (T,) ps.
    species
        Elements.
    sides
        Of the slab where metal is, -1 below and 1 above; both if the cell has two interfaces.
    film_ions, film_anions
        (T, S) atoms in rock-salt-like coordination on each side, by `sswnn.analysis.interface.rocksalt.rock_salt`.
    salt_anions
        (T, S) anions without a centre and with at least four ions around them, in order or not: film, melt, glass.
    extent_A
        (T, S) height between the lowest and the highest twentieth of the film's anions.
    environments
        (T, 5) ions of each kind, in the order of `sswnn.analysis.interface.environments.NAMES`.
    layer_atoms
        (T, D, 3) ions, centres and anions in each layer of the first frame, 0 at the metal; layers equally deep are one.
    centres
        Number of centres in all.
    dissolved
        (T,) centres without an anion within `CENTRE_REACH`.
    free_anions
        (T,) anions without a centre within `CENTRE_REACH`.
    area_A2
        Of one interface.
    lattice_A
        Lattice constant of the film's crystal.
    """

    time_ps: np.ndarray
    species: Species
    sides: tuple[int, ...]
    film_ions: np.ndarray
    film_anions: np.ndarray
    salt_anions: np.ndarray
    extent_A: np.ndarray
    environments: np.ndarray
    layer_atoms: np.ndarray
    centres: int
    dissolved: np.ndarray
    free_anions: np.ndarray
    area_A2: float
    lattice_A: float

    @property
    def thickness_A(self) -> np.ndarray:
        """(T, S) of a flat film of the same amount: volume of its formula units (a^3 / 4 each) over the area, A."""
        return self.layers * (self.lattice_A / 2)

    @property
    def layers(self) -> np.ndarray:
        """(T, S) thickness in atomic layers (001), a / 2 each."""
        return self.layers_of(self.film_anions)

    @property
    def salt_layers(self) -> np.ndarray:
        """(T, S) as `layers`, of all `salt_anions`: what the film would be if all of it had crystallised."""
        return self.layers_of(self.salt_anions)

    def layers_of(self, anions: np.ndarray) -> np.ndarray:
        """Atomic layers (001) that so many anions make."""
        return anions * (self.lattice_A**2 / 2 / self.area_A2)

    @property
    def anions_per_centre(self) -> np.ndarray:
        """(T, D) Cl/Zr of each layer; NaN in a layer without centres."""
        return _ratio(self.layer_atoms[:, :, 2], self.layer_atoms[:, :, 1])

    @property
    def ions_per_anion(self) -> np.ndarray:
        """(T, D) Li/Cl of each layer; NaN in a layer without anions."""
        return _ratio(self.layer_atoms[:, :, 0], self.layer_atoms[:, :, 2])

    @property
    def film_ions_per_anion(self) -> np.ndarray:
        """(T,) Li/Cl of the film; 1 in a thick one, NaN without one."""
        return _ratio(self.film_ions.sum(axis=1), self.film_anions.sum(axis=1))

    def growth(self, *, ordered: bool = True) -> GrowthResult:
        """Law and end of the growth of the mean thickness in layers; of `salt_layers` if the film need not be in order."""
        layers = self.layers if ordered else self.salt_layers
        return growth(self.time_ps, layers.mean(axis=1))

    def to_dict(self) -> dict:
        """JSON-able by `sswnn.analysis.tables.jsonable`."""
        return {
            "sides": self.sides,
            "area_A2": self.area_A2,
            "lattice_A": self.lattice_A,
            "layers_at_end": self.layers[-1],
            "salt_layers_at_end": self.salt_layers[-1],
            "thickness_at_end_A": self.thickness_A[-1],
            "growth": self.growth().to_dict(),
            "growth_of_salt": self.growth(ordered=False).to_dict(),
            "anions_per_centre_first": self.anions_per_centre[0],
            "anions_per_centre_last": self.anions_per_centre[-1],
            "ions_per_anion_first": self.ions_per_anion[0],
            "ions_per_anion_last": self.ions_per_anion[-1],
            **self.columns(),
        }

    def columns(self) -> dict[str, np.ndarray]:
        """Columns of the CSV file."""
        table: dict[str, np.ndarray] = {"time_ps": self.time_ps}
        for k, side in enumerate(self.sides):
            name = "below" if side < 0 else "above"
            table[f"layers_{name}"] = self.layers[:, k]
            table[f"salt_layers_{name}"] = self.salt_layers[:, k]
            table[f"thickness_{name}_A"] = self.thickness_A[:, k]
            table[f"extent_{name}_A"] = self.extent_A[:, k]
            table[f"film_{self.species.anion}_{name}"] = self.film_anions[:, k]
            table[f"film_{self.species.ion}_{name}"] = self.film_ions[:, k]
        for name, x in zip(NAMES, self.environments.T, strict=True):
            table[f"{self.species.ion}_{name}"] = x
        for k in range(self.layer_atoms.shape[1]):
            table[f"{self.species.anion}_per_{self.species.centre}_layer_{k}"] = (
                self.anions_per_centre[:, k]
            )
            table[f"{self.species.ion}_per_{self.species.anion}_layer_{k}"] = self.ions_per_anion[
                :, k
            ]
        return {**table, "dissolved": self.dissolved, "free_anions": self.free_anions}


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.where(below > 0, above / np.maximum(below, 1), np.nan)


class FilmObserver:
    """Measures film, environments and layers in one pass; see `FilmResult`.

    Parameters
    ----------
    species
        Elements.
    lattice
        Lattice constant of the film's crystal, A.
    """

    needs_time = True

    def __init__(self, species: Species | None = None, *, lattice: float = LICL_LATTICE):
        if not 0 < lattice < float("inf"):
            raise AnalysisError(
                f"lattice constant of the film is {lattice:g} A, expected a positive length"
            )
        self.species, self.lattice = species or Species(), lattice
        self.slab: Slab | None = None
        self.times: list[float] = []
        self.rows: list[tuple] = []

    def begin(self, frame: Frame) -> None:
        """Layers and sides of the first frame."""
        self.slab = slab_of(frame, self.species)
        if not self.slab.sides:
            raise AnalysisError(
                f"frame {frame.index} has no {self.species.metal} metal beside the layers of {self.species.centre}"
            )

    def measure(self, frame: Frame) -> tuple:
        """Numbers of one frame."""
        assert self.slab is not None
        found = environments(frame, self.slab)
        salt, heights = found.rock_salt, found.heights_A
        centres = np.flatnonzero(frame.symbols == self.species.centre)
        bound = np.unique(pairs_between(frame, centres, salt.anions, CENTRE_REACH)[0])
        ions, anions = heights[salt.ions[salt.film_ion]], heights[salt.anions[salt.film_anion]]
        salts = self._by_side(heights[salt.anions[salt.salt_anion]])
        layers = np.stack(
            [self._by_depth(heights[x]) for x in (salt.ions, centres, salt.anions)], axis=1
        )
        return (
            self._by_side(ions), self._by_side(anions), salts, self._extent(anions), found.counts(), layers,
            len(centres), len(centres) - len(bound), int(salt.free_anion.sum()),
        )  # fmt: skip

    def collect(self, time_ps: float, measured: tuple) -> None:
        """Keep them."""
        self.times.append(time_ps)
        self.rows.append(measured)

    def result(self) -> FilmResult:
        """All frames."""
        assert self.slab is not None
        ions, anions, salts, extent, kinds, layers, centres, dissolved, free = map(
            np.array, zip(*self.rows, strict=True)
        )
        return FilmResult(
            np.array(self.times), self.species, self.slab.sides, ions, anions, salts, extent, kinds, layers,
            int(centres[0]), dissolved, free, self.slab.area_A2, self.lattice,
        )  # fmt: skip

    def _of_side(self, heights: np.ndarray) -> list[np.ndarray]:
        assert self.slab is not None
        if len(self.slab.sides) == 1:
            return [heights]
        return [heights[np.sign(heights) == side] for side in self.slab.sides]

    def _by_side(self, heights: np.ndarray) -> list[int]:
        return [len(x) for x in self._of_side(heights)]

    def _extent(self, heights: np.ndarray) -> list[float]:
        ranges = [
            np.percentile(x, [5, 95]) if len(x) else np.zeros(2) for x in self._of_side(heights)
        ]
        return [float(high - low) for low, high in ranges]

    def _by_depth(self, heights: np.ndarray) -> np.ndarray:
        """(D,) atoms nearer to a layer of each depth than to any other, within half the distance of the layers."""
        assert self.slab is not None
        away = np.abs(heights[:, None] - self.slab.levels_A)
        nearest = away.argmin(axis=1)
        inside = away[np.arange(len(heights)), nearest] < 0.5 * self.slab.spacing_A
        depths = self.slab.depth[nearest[inside]]
        return np.bincount(depths, minlength=self.slab.depth.max() + 1)

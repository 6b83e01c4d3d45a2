"""Does the reaction Li2ZrCl6 + 4 Li -> 6 LiCl + Zr balance in a run? Counts of atoms, and the formal charge they imply.

Three counters that know nothing of each other must agree: Zr without Cl, Cl without Zr, and Li that are no longer metal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sswnn.analysis.interface.environments import METAL
from sswnn.analysis.interface.film import FilmResult

ANIONS_PER_CENTRE = 6
METAL_PER_CENTRE = 4


@dataclass(frozen=True)
class Stoichiometry:
    """Changes since the first frame (T frames).

    Attributes
    ----------
    time_ps
        (T,) ps.
    dissolved
        (T,) Zr that lost all Cl.
    freed_anions
        (T,) Cl that lost their Zr.
    film_anions
        (T,) Cl in rock-salt-like coordination.
    consumed_metal
        (T,) Li that were metal and now have a Cl neighbour. Also counts metal that a rougher interface touches.
    """

    time_ps: np.ndarray
    dissolved: np.ndarray
    freed_anions: np.ndarray
    film_anions: np.ndarray
    consumed_metal: np.ndarray

    @property
    def anions_per_centre(self) -> np.ndarray:
        """(T,) freed Cl per dissolved Zr, 6 if the reaction is complete; more where Zr have lost some of their Cl."""
        return _per(self.freed_anions, self.dissolved)

    @property
    def metal_per_centre(self) -> np.ndarray:
        """(T,) consumed Li per dissolved Zr, 4 if the reaction is complete."""
        return _per(self.consumed_metal, self.dissolved)

    @property
    def charge_e(self) -> np.ndarray:
        """(T,) change of the formal charge, consumed Li - 4 dissolved Zr; 0 in balance, 2 (say) if a Zr counts as dissolved
        for which only two Li were oxidised.
        """
        return self.consumed_metal - METAL_PER_CENTRE * self.dissolved

    def to_dict(self) -> dict:
        """JSON-able by `sswnn.analysis.tables.jsonable`."""
        return {
            "reaction": "Li2ZrCl6 + 4 Li -> 6 LiCl + Zr",
            "expected_anions_per_centre": ANIONS_PER_CENTRE,
            "expected_metal_per_centre": METAL_PER_CENTRE,
            "anions_per_centre_at_end": self.anions_per_centre[-1],
            "metal_per_centre_at_end": self.metal_per_centre[-1],
            "charge_at_end_e": self.charge_e[-1],
            **self.columns(),
        }

    def columns(self) -> dict[str, np.ndarray]:
        """Columns of the CSV file."""
        return {
            "time_ps": self.time_ps,
            "dissolved": self.dissolved,
            "freed_anions": self.freed_anions,
            "film_anions": self.film_anions,
            "consumed_metal": self.consumed_metal,
            "charge_e": self.charge_e,
        }


def stoichiometry(film: FilmResult) -> Stoichiometry:
    """The balance of a run whose film was measured."""
    metal, anions = film.environments[:, METAL], film.film_anions.sum(axis=1)
    return Stoichiometry(
        film.time_ps,
        film.dissolved - film.dissolved[0],
        film.free_anions - film.free_anions[0],
        anions - anions[0],
        metal[0] - metal,
    )


def _per(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.where(below > 0, above / np.maximum(below, 1), np.nan)

"""Atoms in rock-salt-like coordination: the LiCl that grows between Li and Li2ZrCl6.

In rock salt each ion stands between pairs of opposite ions of the other kind. In layered Li2ZrCl6 the Cl are close packed in
hexagons: their cations sit at the corners of a prism, of which no two are opposite, and one of them is Zr.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sswnn.analysis.interface.bonds import pair_vectors, pairs_within
from sswnn.analysis.interface.slab import Species
from sswnn.analysis.trajectories.frame import Frame

ION_REACH = 3.3
"""Li and Cl closer than this are neighbours, A: between the first (2.57) and the second (4.45) shell of LiCl."""
CENTRE_REACH = 3.2
"""A Cl that has a Zr this close is not of the film, A."""
ANION_REACH = 4.4
"""Cl closer than this are neighbours, A: between the first (3.63) and the second (5.14) shell of LiCl."""
FEWEST = 4
"""Neighbours of a Cl of the film; a single (001) layer has four."""
OPPOSITE = 145.0
"""Neighbours seen under a larger angle are opposite, degrees."""
FEWEST_OPPOSITE = 2
"""Opposite pairs around a Cl of the film; six of the bulk, two at the least in a (001) layer."""
COMPANIONS = 3
"""A Cl of the film has so many others beside it: one Cl in the metal is no film."""


@dataclass(frozen=True, eq=False)
class RockSalt:
    """Which atoms are of the film, and the neighbours that say so (I ions, A anions).

    Attributes
    ----------
    ions, anions
        (I,) and (A,) indices into the frame.
    film_ion, film_anion
        (I,), (A,) bool.
    ion_anions
        (I,) anions within `ION_REACH` of each ion.
    free_anion
        (A,) bool, no centre within `CENTRE_REACH`.
    salt_anion
        (A,) bool, free and with at least `FEWEST` ions around it, in order or not.
    """

    ions: np.ndarray
    anions: np.ndarray
    film_ion: np.ndarray
    film_anion: np.ndarray
    ion_anions: np.ndarray
    free_anion: np.ndarray
    salt_anion: np.ndarray


def rock_salt(frame: Frame, species: Species) -> RockSalt:
    """Find the atoms of a rock-salt film in a frame.

    An anion is of the film if it has no centre nearby, at least `FEWEST` ions around it, `FEWEST_OPPOSITE` pairs of them
    opposite each other, and `COMPANIONS` anions like it beside it. An ion is of the film if at least three of its anions,
    and at least half of them, are.
    """
    ions, anions = (
        np.flatnonzero(frame.symbols == species.ion),
        np.flatnonzero(frame.symbols == species.anion),
    )
    centres = np.flatnonzero(frame.symbols == species.centre)
    positions = frame.positions
    i, j, vectors = pair_vectors(
        positions[ions], positions[anions], frame.cell, frame.pbc, ION_REACH
    )
    free = np.ones(len(anions), bool)
    free[pairs_between(frame, centres, anions, CENTRE_REACH)[1]] = False
    around = np.bincount(j, minlength=len(anions))
    salt = free & (around >= FEWEST)
    candidate = salt.copy()
    keep = candidate[j]
    candidate &= opposite_pairs(j[keep], vectors[keep], len(anions)) >= FEWEST_OPPOSITE
    film_anion = candidate.copy()
    chosen = np.flatnonzero(candidate)
    a, b, distance = pairs_between(frame, anions[chosen], anions[chosen], ANION_REACH)
    beside = np.bincount(a[(distance > 1e-6) | (a != b)], minlength=len(chosen))
    film_anion[chosen[beside < COMPANIONS]] = False
    ours, all_ = (
        np.bincount(i[film_anion[j]], minlength=len(ions)),
        np.bincount(i, minlength=len(ions)),
    )
    return RockSalt(ions, anions, (ours >= 3) & (2 * ours >= all_), film_anion, all_, free, salt)


def pairs_between(
    frame: Frame, a: np.ndarray, b: np.ndarray, reach: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of two sets of atoms (indices) of a frame within a distance, as in `pairs_within`."""
    return pairs_within(frame.positions[a], frame.positions[b], frame.cell, frame.pbc, reach)


def opposite_pairs(owner: np.ndarray, vectors: np.ndarray, count: int) -> np.ndarray:
    """(count,) pairs of vectors of one owner that point in opposite directions, more than `OPPOSITE` degrees apart."""
    if not len(owner):
        return np.zeros(count, int)
    order = np.argsort(owner, kind="stable")
    owner, unit = (
        owner[order],
        vectors[order] / np.linalg.norm(vectors[order], axis=1, keepdims=True),
    )
    number = np.bincount(owner, minlength=count)
    place = np.arange(len(owner)) - (np.cumsum(number) - number)[owner]
    who, row = np.unique(owner, return_inverse=True)
    table = np.zeros((len(who), number.max(), 3))
    table[row, place] = unit
    cosine = table @ table.transpose(0, 2, 1)
    found = np.zeros(count, int)
    found[who] = (cosine < np.cos(np.radians(OPPOSITE))).sum(axis=(1, 2)) // 2
    return found

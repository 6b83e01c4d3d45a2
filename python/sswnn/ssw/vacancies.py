"""Vacant sites on the surface of a cluster, and atoms that leave poor places for them.

Geometry proposes, the energy decides: nothing here knows a potential. Atoms of one element.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sswnn.ssw.minimise import Relaxed

TOUCHING = 1.2
"""Atoms nearer than so many bond lengths are in contact; the next shell of dense packings begins at √2."""
ROOM = 0.85
"""A site has no atom nearer than so many bond lengths."""
CLOSED = 12
"""An atom with so many contacts is inside."""
LEAST_GAIN = 1e-6
"""eV. A refill is kept if it lowers the energy by more."""


def bond_length(positions: np.ndarray) -> float:
    """Median distance (Å) to the nearest neighbour of the atoms [n, 3]."""
    squared = _squared(positions, positions)
    np.fill_diagonal(squared, np.inf)
    return float(np.sqrt(max(0.0, np.median(squared.min(axis=1)))))


def contacts(positions: np.ndarray, bond: float) -> np.ndarray:
    """Which atoms touch which, [n, n] of bool; bond length in Å."""
    near = _squared(positions, positions) < (TOUCHING * bond) ** 2
    np.fill_diagonal(near, False)
    return near


def vacancies(positions: np.ndarray, bond: float) -> tuple[np.ndarray, np.ndarray]:
    """Points [s, 3] (Å) one bond length from three atoms of the surface and not too near to any, and their contacts [s].

    A hollow between four atoms appears once for each of their triples.

    Parameters
    ----------
    positions
        [n, 3], Å.
    bond
        Bond length, Å.
    """
    first, second, third = positions[_triples(contacts(positions, bond))].swapaxes(0, 1)
    u, v = second - first, third - first
    normal = np.cross(u, v)
    area = (normal**2).sum(axis=1)
    # circumcentre of a triangle with one corner at the origin
    centre = (
        np.cross(normal, u) * (v**2).sum(axis=1)[:, None]
        + np.cross(v, normal) * (u**2).sum(axis=1)[:, None]
    )
    with np.errstate(divide="ignore", invalid="ignore"):  # three atoms in a line
        centre /= 2 * area[:, None]
        rise = normal * np.sqrt((bond**2 - (centre**2).sum(axis=1)) / area)[:, None]
    sites = np.concatenate([first + centre + rise, first + centre - rise])
    sites = sites[np.isfinite(sites).all(axis=1)]
    squared = _squared(sites, positions)
    free = (squared >= (ROOM * bond) ** 2).all(axis=1)
    return sites[free], (squared[free] < (TOUCHING * bond) ** 2).sum(axis=1)


def refilled(rng: np.random.Generator, positions: np.ndarray) -> np.ndarray | None:
    """Positions in which an atom with fewest contacts has gone to a vacancy with most, None if that has no more of them.

    Parameters
    ----------
    rng
        Chooses among equals.
    positions
        A minimum, [n, 3], Å; not changed.
    """
    bond = bond_length(positions)
    count = contacts(positions, bond).sum(axis=1)
    atom = int(rng.choice(np.flatnonzero(count == count.min())))
    sites, gained = vacancies(np.delete(positions, atom, axis=0), bond)
    elsewhere = ((sites - positions[atom]) ** 2).sum(axis=1) > (bond / 2) ** 2
    sites, gained = sites[elsewhere], gained[elsewhere]
    if not len(sites) or gained.max() <= count[atom]:
        return None
    out = positions.copy()
    out[atom] = rng.choice(sites[gained == gained.max()])
    return out


def settle(
    rng: np.random.Generator, found: Relaxed, quench: Callable[[np.ndarray], Relaxed], refills: int
) -> Relaxed:
    """The minimum after at most so many refills, each quenched and kept if the energy falls; the first that is not ends it.

    Parameters
    ----------
    found
        A minimum of a cluster.
    quench
        The minimum below positions [n, 3], Å.
    """
    for _ in range(refills):
        positions = refilled(rng, found.positions)
        if positions is None:
            break
        new = quench(positions)
        if not new.converged or new.evaluation.energy > found.evaluation.energy - LEAST_GAIN:
            break
        found = new
    return found


def _triples(near: np.ndarray) -> np.ndarray:
    """Triples of atoms of the surface of which the first touches the other two, each once, [t, 3]."""
    outside = near.sum(axis=1) < CLOSED
    one, other = np.nonzero(near & outside & outside[:, None])
    a, b = np.nonzero(np.triu(one[:, None] == one, 1))  # two contacts of the same atom
    first, second, third = one[a], other[a], other[b]
    once = ~near[second, third] | (first < second)  # three that all touch: from the first only
    return np.stack([first, second, third], axis=1)[once]


def _squared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared distances, [len(a), len(b)], to rounding; a matrix product is ten times faster than differences."""
    return (a * a).sum(axis=1)[:, None] + (b * b).sum(axis=1) - 2 * a @ b.T

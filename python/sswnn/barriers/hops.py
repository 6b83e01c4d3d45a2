"""Symmetry-distinct hops between sites, and the channel of a layered crystal that each belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from ase import Atoms
from ase.neighborlist import neighbor_list

from sswnn.analysis.sites.labels import CHANNELS
from sswnn.barriers.sites import Sites
from sswnn.data.composition import by_electronegativity
from sswnn.errors import AnalysisError

MECHANISMS = ("vacancy", "frenkel", "interstitial")
"""An ion hops into a vacancy; one of the perfect crystal into an empty octahedron; an added one from such a place to another."""
CUTOFF = 5.0
"""Longest hop, A."""
CLEARANCE = 1.0
"""A hop whose straight line passes another site or a cation nearer than this, A, is made of shorter ones."""

Key = tuple[int, int, int, int, int]


@dataclass(frozen=True)
class Hop:
    """A hop and all that are equivalent to it.

    Attributes
    ----------
    name
        Mechanism's letter and number by length, for example ``v1``.
    mechanism
        One of `MECHANISMS`.
    first, second
        Sites at the ends.
    cell
        Cell of the second one.
    vector
        From the first to the second, A.
    distance
        Its length, A.
    channel
        ``I`` between a layer and a space between layers, ``II`` in such a space, ``III`` in a layer, empty otherwise.
    multiplicity
        Equivalent hops per cell, both directions counted once.
    equivalent_ends
        Whether a symmetry of the crystal turns one site into the other.
    blocked
        Whether the straight line passes another site or cation.
    """

    name: str
    mechanism: str
    first: int
    second: int
    cell: tuple[int, int, int]
    vector: tuple[float, float, float]
    distance: float
    channel: str
    multiplicity: int
    equivalent_ends: bool
    blocked: bool


def distinct_hops(sites: Sites, mechanism: str = "vacancy", cutoff: float = CUTOFF) -> list[Hop]:
    """Hops up to a length, one of each class of equivalent ones, the shortest first.

    Parameters
    ----------
    sites
        As `sswnn.barriers.find_sites` finds them.
    mechanism
        One of `MECHANISMS`.
    cutoff
        Longest hop, A.

    Raises
    ------
    AnalysisError
        If the mechanism is unknown or the cutoff not positive.
    """
    if mechanism not in MECHANISMS:
        raise AnalysisError(f"mechanism is {mechanism!r}, expected one of {', '.join(MECHANISMS)}")
    if not (np.isfinite(cutoff) and cutoff > 0):
        raise AnalysisError(f"longest hop is {cutoff} A, expected a positive length")
    full_first, full_second = {
        "vacancy": (True, True),
        "frenkel": (True, False),
        "interstitial": (False, False),
    }[mechanism]
    places = Atoms("H" * len(sites.positions), sites.positions, cell=sites.host.cell, pbc=True)
    i, j, cells = neighbor_list("ijS", places, cutoff)  # type: ignore[misc]
    wanted = (sites.occupied[i] == full_first) & (sites.occupied[j] == full_second)
    keys = {_key(a, b, c) for a, b, c in zip(i[wanted], j[wanted], cells[wanted], strict=True)}
    classes = []
    while keys:
        members = _equivalent(sites, min(keys))
        classes.append((min(members), len(members | {_reversed(k) for k in members}) // 2))
        keys -= members | {_reversed(k) for k in members}
    found = [_hop(sites, mechanism, key, number) for key, number in classes]
    found.sort(key=lambda hop: (round(hop.distance, 3), hop.first, hop.second, hop.cell))
    return [replace(hop, name=f"{mechanism[0]}{k}") for k, hop in enumerate(found, 1)]


def _key(first: int, second: int, cell: Iterable[int]) -> Key:
    a, b, c = (int(x) for x in cell)
    return int(first), int(second), a, b, c


def _reversed(key: Key) -> Key:
    return key[1], key[0], -key[2], -key[3], -key[4]


def _equivalent(sites: Sites, key: Key) -> set[Key]:
    """All hops onto which operations of the crystal move one."""
    first, second = key[:2]
    cell = np.array(key[2:])
    moved = sites.rotations @ cell + sites.shifts[:, second] - sites.shifts[:, first]
    return {
        _key(a, b, c)
        for a, b, c in zip(sites.images[:, first], sites.images[:, second], moved, strict=True)
    }


def _hop(sites: Sites, mechanism: str, key: Key, multiplicity: int) -> Hop:
    first, second = key[:2]
    start = sites.positions[first]
    vector = sites.positions[second] + np.array(key[2:]) @ sites.host.cell.array - start
    length = float(np.linalg.norm(vector))
    return Hop(
        name="",
        mechanism=mechanism,
        first=first,
        second=second,
        cell=(key[2], key[3], key[4]),
        vector=(float(vector[0]), float(vector[1]), float(vector[2])),
        distance=length,
        channel=_channel(sites, first, second),
        multiplicity=multiplicity,
        equivalent_ends=bool(sites.orbits[first] == sites.orbits[second]),
        blocked=_blocked(sites, start, vector),
    )


def _channel(sites: Sites, first: int, second: int) -> str:
    first_label, second_label = sorted(sites.labels[[first, second]].tolist())
    name = CHANNELS.get((first_label, second_label), "")
    return name if name == "I" or sites.spaces[first] == sites.spaces[second] else ""


def _blocked(sites: Sites, start: np.ndarray, vector: np.ndarray) -> bool:
    """Whether a site or a cation other than the ends lies within `CLEARANCE` of the line."""
    host = sites.host
    cations = host.positions[np.isin(host.get_chemical_symbols(), list(_metals(sites)))]
    places = np.concatenate([sites.positions, cations])
    shifts = np.array([(a, b, c) for a in range(-2, 3) for b in range(-2, 3) for c in range(-2, 3)])
    apart = (places[:, None] + shifts @ host.cell.array).reshape(-1, 3) - start
    along = apart @ vector / (vector @ vector)
    inside = (along > 0.05) & (along < 0.95)
    off = np.linalg.norm(apart[inside] - along[inside, None] * vector, axis=1)
    return bool((off < CLEARANCE).any())


def _metals(sites: Sites) -> set[str]:
    """All elements but the most electronegative one."""
    present = by_electronegativity(sites.host.get_chemical_symbols())
    return set(present[:-1]) or set(present)

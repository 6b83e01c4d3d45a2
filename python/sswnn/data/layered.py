"""Layered models of Li2ZrCl6 on a close-packed Cl lattice: ordered and disordered stackings, shared Zr-Zr edges, Zr moved
between the layers (Nano Lett. 2022, doi:10.1021/acs.nanolett.2c00187).

The spaces between Cl layers are filled and empty in turn. In a filled one the octahedral sites are three sublattices, each with
the spacing sqrt(3) d; Zr takes one of them, its number being the shift of the layer, and Li the others, so that no two Zr
octahedra share an edge. Geometries are ideal, starting points for a relaxation.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ase import Atoms

from sswnn.data.prototypes import ChlorideLattice, chloride_lattice
from sswnn.errors import DataError


def layered_model(
    shifts: Sequence[int] = (0,),
    *,
    anions: str = "AB",
    repeat: tuple[int, int] = (3, 3),
    shared_edges: bool = False,
    moved: int = 0,
    elements: tuple[str, str, str] = ("Li", "Zr", "Cl"),
) -> Atoms:
    """One layered model.

    Parameters
    ----------
    shifts
        Sublattice of Zr, 0, 1 or 2, of each layer upwards: equal ones are an ordered stacking.
    anions
        Stacking of the Cl, as in `sswnn.data.prototypes.chloride_lattice`, repeated until there are two Cl layers a shift.
    repeat
        Close-packed sites along the two axes, multiples of 3.
    shared_edges
        Exchange one Zr of the first layer with a Li next to another Zr: their octahedra share an edge.
    moved
        Number of Zr of each layer that sit in the space above it instead, as far from all other Zr as they can: Zr-rich layers A
        and Zr-poor spaces B.
    elements
        What stands for Li, Zr and Cl.

    Raises
    ------
    DataError
        If a number is out of range, or the stackings of Zr and Cl do not fit.
    """
    if not shifts or any(s not in (0, 1, 2) for s in shifts):
        raise DataError(f"shifts are {list(shifts)}, expected 0, 1 or 2 for each layer")
    if repeat[0] % 3 or repeat[1] % 3 or min(repeat) < 3:
        raise DataError(f"repeat is {repeat}, expected multiples of 3")
    planes = 2 * len(shifts)
    period = int(np.lcm(planes, len(anions)))
    lattice = chloride_lattice(anions * (period // len(anions)), repeat)
    zirconium, lithium = _sites(lattice, list(shifts) * (period // planes), repeat, moved)
    if shared_edges:
        _exchange(lattice, zirconium, lithium)
    li, zr, cl = elements
    positions = np.concatenate([lattice.octahedral[zirconium], lattice.octahedral[lithium], lattice.chlorine])
    symbols = [zr] * len(zirconium) + [li] * len(lithium) + [cl] * len(lattice.chlorine)
    return Atoms(symbols, positions, cell=lattice.cell, pbc=True)


def random_shifts(rng: np.random.Generator, layers: int) -> tuple[int, ...]:
    """Sublattice of Zr of each layer at random, not all the same if there are several layers."""
    if layers < 1:
        raise DataError(f"number of layers is {layers}, expected at least 1")
    while True:
        shifts = tuple(int(s) for s in rng.integers(3, size=layers))
        if layers == 1 or len(set(shifts)) > 1:
            return shifts


def _sites(
    lattice: ChlorideLattice, shifts: Sequence[int], repeat: tuple[int, int], moved: int
) -> tuple[list[int], list[int]]:
    """Octahedral sites of Zr and Li."""
    number = repeat[0] * repeat[1]
    kind = np.array([(i + j) % 3 for i in range(repeat[0]) for j in range(repeat[1])])
    if not 0 <= moved <= number // 6:
        raise DataError(f"number of Zr moved is {moved}, expected 0 to {number // 6} of {number // 3} in a layer")
    zirconium: list[int] = []
    lithium: list[int] = []
    for layer, shift in enumerate(shifts):
        first = 2 * layer * number
        zirconium += [int(first + site) for site in np.flatnonzero(kind == shift)[moved:]]
        lithium += [int(first + site) for site in np.flatnonzero(kind != shift)]
    sites = Atoms("X" * len(lattice.octahedral), lattice.octahedral, cell=lattice.cell, pbc=True)
    for space in np.repeat(2 * np.arange(len(shifts)) + 1, moved):
        free = [int(s) for s in np.flatnonzero(lattice.layer == space) if s not in zirconium]
        room = [sites.get_distances(s, zirconium, mic=True).min() for s in free]
        zirconium.append(free[int(np.argmax(np.round(room, 6)))])
    return zirconium, lithium


def _exchange(lattice: ChlorideLattice, zirconium: list[int], lithium: list[int]) -> None:
    """Exchange the second Zr of the first layer with a Li next to the first one, farthest from all other Zr."""
    layer = [z for z in zirconium if lattice.layer[z] == lattice.layer[zirconium[0]]]
    if len(layer) < 3:
        raise DataError(f"{len(layer)} Zr in a layer, shared edges need at least 3")
    sites = Atoms("X" * len(lattice.octahedral), lattice.octahedral, cell=lattice.cell, pbc=True)
    fixed, moving = layer[0], layer[1]
    to_fixed = sites.get_distances(fixed, lithium, mic=True)
    near = [s for s, d in zip(lithium, to_fixed, strict=True) if d < 1.1 * to_fixed.min() and lattice.layer[s] == 0]
    others = [z for z in zirconium if z not in (fixed, moving)]
    room = [sites.get_distances(s, others, mic=True).min() for s in near]
    target = near[int(np.argmax(room))]
    zirconium[zirconium.index(moving)] = target
    lithium[lithium.index(target)] = moving

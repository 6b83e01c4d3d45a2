"""Crystals made from others: elements replaced, cations exchanged or shuffled over the octahedra of the anions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from ase import Atoms
from scipy.spatial import Voronoi, cKDTree

from sswnn.data.mixtures import minimum_distances
from sswnn.data.sampling import bare, exchanged
from sswnn.errors import DataError


def substituted(
    rng: np.random.Generator,
    structure: Atoms,
    exchange: Mapping[str, str],
    *,
    fraction: float = 1.0,
) -> Atoms:
    """Copy in which elements are replaced, for example ``{"Zr": "Hf"}``.

    Parameters
    ----------
    rng
        Source of randomness; it chooses the atoms if `fraction` is below 1.
    structure
        Parent.
    exchange
        New element of each old one, all at once: ``{"Li": "Zr", "Zr": "Li"}`` inverts the two.
    fraction
        Share of the atoms of each old element that is replaced, rounded to a number of atoms.

    Raises
    ------
    DataError
        If an old element is not in the structure or a new one is unknown.
    """
    minimum_distances(exchange.values())  # refuses unknown elements
    copy = bare(structure)
    symbols = np.array(structure.get_chemical_symbols(), dtype=object)
    for old, new in exchange.items():
        sites = np.flatnonzero(np.array(structure.get_chemical_symbols()) == old)
        if not len(sites):
            raise DataError(f"no {old} to replace in {structure.get_chemical_formula()}")
        symbols[rng.choice(sites, round(fraction * len(sites)), replace=False)] = new
    copy.set_chemical_symbols(symbols.tolist())
    return copy


def swapped(
    rng: np.random.Generator,
    structure: Atoms,
    pairs: int,
    *,
    elements: Sequence[str] = ("Li", "Zr"),
) -> Atoms:
    """Copy in which `pairs` random pairs of different elements have changed places.

    Raises
    ------
    DataError
        If fewer than two of the elements are in the structure.
    """
    present = [e for e in elements if e in structure.get_chemical_symbols()]
    if len(present) < 2:
        raise DataError(
            f"{structure.get_chemical_formula()} has {present or 'none'} of {list(elements)}, "
            "expected two to swap"
        )
    return exchanged(bare(structure), rng, pairs, elements=present)


def octahedral_vacancies(structure: Atoms, anion: str = "Cl", *, room: float = 1.6) -> np.ndarray:
    """(m, 3) centres of the octahedra of anions that hold no other atom, A.

    From each vertex of the Voronoi polyhedra of the anions, a place with at least four equally near
    ones, the centre of the six nearest anions is sought; it counts if the sixth is within 1.3 of the
    distance of the first, and the seventh beyond 1.2 of that of the sixth.

    Parameters
    ----------
    structure
        Periodic crystal.
    anion
        Element of the corners.
    room
        Least distance to atoms that are no anions, A.

    Raises
    ------
    DataError
        If there is no such anion.
    """
    cell = structure.cell.array
    is_anion = np.array(structure.get_chemical_symbols()) == anion
    if not is_anion.any():
        raise DataError(f"{structure.get_chemical_formula()} has no {anion} as anion")
    shifts = np.array([(i, j, k) for i in range(-2, 3) for j in range(-2, 3) for k in range(-2, 3)])
    images = (structure.positions[:, None, :] + (shifts @ cell)[None]).transpose(1, 0, 2)
    corners = cKDTree(images[:, is_anion].reshape(-1, 3))
    vertices = Voronoi(corners.data).vertices
    left = vertices[_inside(vertices, cell)]
    for _ in range(3):
        left = corners.data[corners.query(left, k=6)[1]].mean(axis=1)
    near = corners.query(left, k=7)[0]
    left = left[(near[:, 5] < 1.3 * near[:, 0]) & (near[:, 6] > 1.2 * near[:, 5])]
    centres: list[np.ndarray] = []
    while len(left):
        apart = left - left[0]
        apart -= np.round(np.linalg.solve(cell.T, apart.T).T) @ cell
        centres.append(left[0])
        left = left[np.linalg.norm(apart, axis=1) > 0.5]
    found = np.array(centres).reshape(-1, 3)
    if len(found) and not is_anion.all():
        others = cKDTree(images[:, ~is_anion].reshape(-1, 3))
        found = found[others.query(found)[0] > room]
    return found


def _inside(places: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """(m,) whether a place lies in the cell or a little outside."""
    fractional = np.linalg.solve(cell.T, places.T).T
    return ((fractional > -0.05) & (fractional < 1.05)).all(axis=1)


def shuffled(
    rng: np.random.Generator,
    structure: Atoms,
    *,
    elements: Sequence[str] = ("Li", "Zr"),
    anion: str = "Cl",
) -> Atoms:
    """Copy with the cations at random on their own sites and the empty octahedra between the anions.

    Parameters
    ----------
    rng
        Source of randomness.
    structure
        Periodic crystal.
    elements
        Cations that move.
    anion
        Element of the octahedra's corners, see `octahedral_vacancies`.

    Raises
    ------
    DataError
        If the structure has none of the cations, or no anion.
    """
    copy = bare(structure)
    moving = np.flatnonzero(np.isin(copy.get_chemical_symbols(), list(elements)))
    if not len(moving):
        raise DataError(f"{copy.get_chemical_formula()} has none of {list(elements)} to shuffle")
    sites = np.concatenate([copy.positions[moving], octahedral_vacancies(structure, anion)])
    copy.positions[moving] = sites[rng.choice(len(sites), len(moving), replace=False)]
    return copy

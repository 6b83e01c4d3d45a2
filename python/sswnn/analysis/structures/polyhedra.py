"""Coordination polyhedra of a crystal: ligands, shape, and how two of them share corners, edges or faces.

A pair of polyhedra shares a corner, an edge or a face if one, two, or more ligands belong to both; images in neighbouring
cells count as polyhedra of their own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.neighborlist import neighbor_list

from sswnn.data.composition import by_electronegativity
from sswnn.errors import AnalysisError

REACH = 1.35
"""Ligands lie within this times the usual nearest distance; the second shell of octahedra begins at sqrt(3), of cubes at 1.9."""
KINDS = ("corner", "edge", "face")
_SEARCH = 6.0  # A, within which the nearest ligand of some centre of each element is looked for
_STRAIGHT = 145.0  # degrees: ligands opposite each other


@dataclass(frozen=True, eq=False)
class Polyhedra:
    """Polyhedra around the centres of a crystal and what they share.

    Attributes
    ----------
    centres
        (n,) indices of the atoms in the middle.
    elements
        (n,) their symbols.
    ligand
        Element at the corners.
    cutoffs
        Element of the centres -> largest distance of a ligand, A.
    ligands
        n arrays (c,) of ligand indices.
    lengths
        n arrays (c,) of distances to them, A, in the same order.
    shapes
        (n,) ``octahedron``, ``trigonal prism``, ``tetrahedron``, ``square``, or ``c-fold`` for c ligands.
    first, second
        (p,) places in `centres` of the two polyhedra of each shared element; each pair is listed both ways.
    shared
        (p,) number of ligands that both have.
    distance
        (p,) distance of the two centres, A.
    """

    centres: np.ndarray
    elements: np.ndarray
    ligand: str
    cutoffs: dict[str, float]
    ligands: tuple[np.ndarray, ...]
    lengths: tuple[np.ndarray, ...]
    shapes: np.ndarray
    first: np.ndarray
    second: np.ndarray
    shared: np.ndarray
    distance: np.ndarray

    @property
    def coordination(self) -> np.ndarray:
        """(n,) numbers of ligands."""
        return np.array([len(x) for x in self.ligands], dtype=int)

    def per_centre(self, element: str, neighbour: str, kind: str) -> np.ndarray:
        """(m,) shared corners, edges or faces of each polyhedron of an element with those of another one.

        Raises
        ------
        AnalysisError
            If the kind is none of `KINDS`.
        """
        chosen = self._chosen(element, neighbour, kind)
        counts = np.bincount(self.first[chosen], minlength=len(self.centres))
        return counts[self.elements == element]

    def count(self, element: str, neighbour: str, kind: str) -> int:
        """Number of corners, edges or faces per cell that polyhedra of two elements share."""
        both = int(self._chosen(element, neighbour, kind).sum())
        return both // 2 if element == neighbour else both

    def counts(self) -> dict[tuple[str, str, str], int]:
        """(element, element, kind) -> number per cell, of all that occur."""
        names = sorted(set(self.elements.tolist()))
        pairs = [(a, b) for k, a in enumerate(names) for b in names[k:]]
        found = {(a, b, kind): self.count(a, b, kind) for a, b in pairs for kind in KINDS}
        return {key: number for key, number in found.items() if number}

    def _chosen(self, element: str, neighbour: str, kind: str) -> np.ndarray:
        if kind not in KINDS:
            raise AnalysisError(f"kind is {kind!r}, expected one of {', '.join(KINDS)}")
        number = np.minimum(self.shared, 3) == KINDS.index(kind) + 1
        return number & (self.elements[self.first] == element) & (self.elements[self.second] == neighbour)


def polyhedra(
    atoms: Atoms,
    *,
    centres: Sequence[str] | None = None,
    ligand: str | None = None,
    cutoffs: Mapping[str, float] | None = None,
) -> Polyhedra:
    """Coordination polyhedra of a structure.

    Parameters
    ----------
    atoms
        Structure, A, periodic in any directions; the cell may be smaller than a polyhedron.
    centres
        Elements in the middle; None: all but the ligand.
    ligand
        Element at the corners; None: the most electronegative one.
    cutoffs
        Element -> largest distance of a ligand, A. Others: `REACH` times the median, over the atoms of the element, of the
        distance to the nearest ligand.

    Raises
    ------
    AnalysisError
        If an element is missing or a cutoff is not positive.
    """
    present = list(dict.fromkeys(atoms.get_chemical_symbols()))
    ligand = ligand or by_electronegativity(present)[-1]
    names = list(centres) if centres is not None else [x for x in present if x != ligand]
    for name in (ligand, *names):
        if name not in present:
            raise AnalysisError(f"the structure has no {name}, elements are {', '.join(present)}")
    if not names or ligand in names:
        raise AnalysisError(f"centres are {', '.join(names) or 'none'} and the ligand is {ligand}, expected different elements")
    reach = _cutoffs(atoms, names, ligand, cutoffs or {})
    symbols = np.array(atoms.get_chemical_symbols())
    i, j, shift, length = neighbor_list(  # type: ignore[misc]
        "ijSd", atoms, {(name, ligand): reach[name] for name in names}
    )
    keep = np.isin(symbols[i], names)
    i, j, shift, length = i[keep], j[keep], shift[keep], length[keep]
    members = np.flatnonzero(np.isin(symbols, names))
    place = np.full(len(atoms), -1)
    place[members] = np.arange(len(members))
    bonds = [np.flatnonzero(place[i] == k) for k in range(len(members))]
    vectors = atoms.positions[j] + shift @ atoms.cell.array - atoms.positions[i]
    first, second, images, shared = _shared(place[i], j, shift)
    apart = atoms.positions[members][second] + images @ atoms.cell.array - atoms.positions[members][first]
    return Polyhedra(
        centres=members,
        elements=symbols[members],
        ligand=ligand,
        cutoffs=reach,
        ligands=tuple(j[b] for b in bonds),
        lengths=tuple(length[b] for b in bonds),
        shapes=np.array([shape(vectors[b]) for b in bonds]),
        first=first,
        second=second,
        shared=shared,
        distance=np.linalg.norm(apart, axis=1),
    )


def _cutoffs(
    atoms: Atoms, names: Sequence[str], ligand: str, given: Mapping[str, float]
) -> dict[str, float]:
    """Largest distance of a ligand of each element in the middle, A."""
    reach = {}
    symbols = np.array(atoms.get_chemical_symbols())
    for name in names:
        if name in given:
            if not (np.isfinite(given[name]) and given[name] > 0):
                raise AnalysisError(f"cutoff of {name} is {given[name]} A, expected a positive length")
            reach[name] = float(given[name])
            continue
        i, length = neighbor_list("id", atoms, {(name, ligand): _SEARCH})
        ours = symbols[i] == name
        nearest = [length[ours & (i == k)].min() for k in np.unique(i[ours])]
        reach[name] = REACH * float(np.median(nearest)) if nearest else _SEARCH
    return reach


def _shared(
    centre: np.ndarray, ligand: np.ndarray, shift: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of polyhedra with the image of the second one (p, 3) and the number of ligands that they share."""
    around: dict[int, list[tuple[int, tuple[int, int, int]]]] = defaultdict(list)
    for k, atom, (a, b, c) in zip(centre.tolist(), ligand.tolist(), shift.tolist(), strict=True):
        around[atom].append((k, (-a, -b, -c)))  # the centre as the ligand in the home cell sees it
    number: Counter[tuple[int, int, int, int, int]] = Counter()
    for bonds in around.values():
        for k, (a, b, c) in bonds:
            for other, (p, q, r) in bonds:
                number[k, other, p - a, q - b, r - c] += 1
    pairs = [key for key in number if key[0] != key[1] or any(key[2:])]
    table = np.array(pairs, dtype=int).reshape(-1, 5)
    return table[:, 0], table[:, 1], table[:, 2:], np.array([number[key] for key in pairs], dtype=int)


def shape(vectors_lc: np.ndarray) -> str:
    """Name of a polyhedron from the (l, 3) vectors to its ligands, by how many of them are opposite each other."""
    n = len(vectors_lc)
    if n not in (4, 6):
        return f"{n}-fold"
    unit = vectors_lc / np.linalg.norm(vectors_lc, axis=1, keepdims=True)
    cosine = (unit @ unit.T)[np.triu_indices(n, 1)]
    opposite = int((cosine < np.cos(np.radians(_STRAIGHT))).sum())
    names = {(4, 0): "tetrahedron", (4, 2): "square", (6, 3): "octahedron", (6, 0): "trigonal prism"}
    return names.get((n, opposite), f"{n}-fold")

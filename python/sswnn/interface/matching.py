"""Common supercells of two plane lattices, by exhaustive search (Zur, McGill 1984, doi:10.1063/1.333084).

Knows plane lattices only, (2, 2) arrays whose rows are lattice vectors in A; no atoms, no third dimension.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sswnn.errors import InterfaceError


@dataclass(frozen=True)
class LatticeMatch:
    """One pair of supercells, film on substrate, that nearly coincide.

    Attributes
    ----------
    film, substrate
        (2, 2) integer matrices; rows are the supercell vectors in units of the two lattices.
    deformation
        (2, 2) matrix F with `substrate supercell = film supercell @ F.T`, rotation included.
    strains
        The two principal strains that bring the film onto the substrate, dimensionless.
    rotation_degrees
        Angle by which the film lattice is turned in the plane.
    area
        Of the substrate supercell, A^2.
    """

    film: np.ndarray
    substrate: np.ndarray
    deformation: np.ndarray
    strains: tuple[float, float]
    rotation_degrees: float
    area: float

    @property
    def mismatch(self) -> float:
        """The larger of the absolute principal strains."""
        return max(abs(s) for s in self.strains)


def reduce_plane_lattice(lattice: np.ndarray) -> np.ndarray:
    """Integer (2, 2) matrix M, det M = 1, such that the rows of `M @ lattice` are the shortest (Gauss reduction).

    `lattice` is (2, 2), or (2, 3) for a plane in space.
    """
    matrix = np.eye(2, dtype=int)
    while True:
        a, b = matrix @ lattice
        if a @ a > b @ b + 1e-9:
            matrix = np.array([matrix[1], -matrix[0]])
            continue
        step = int(np.rint(a @ b / (a @ a)))
        if step == 0 or abs(a @ b) <= 0.5 * (a @ a) * (1 + 1e-9):
            return matrix
        matrix = np.array([matrix[0], matrix[1] - step * matrix[0]])


def supercells(index: int) -> Iterator[np.ndarray]:
    """All distinct plane sublattices of the given index, as Hermite normal forms."""
    for p in range(1, index + 1):
        if index % p == 0:
            for shear in range(index // p):
                yield np.array([[p, shear], [0, index // p]])


_CHANGES_OF_BASIS = [
    np.array([[a, b], [c, d]])
    for a in (-1, 0, 1)
    for b in (-1, 0, 1)
    for c in (-1, 0, 1)
    for d in (-1, 0, 1)
    if a * d - b * c == 1
]


def _polar(deformation: np.ndarray) -> tuple[tuple[float, float], float]:
    """Principal strains and rotation angle (degrees) of a plane deformation."""
    u, s, vt = np.linalg.svd(deformation)
    rotation = u @ vt
    angle = np.degrees(np.arctan2(rotation[1, 0], rotation[0, 0]))
    return (float(s[0] - 1), float(s[1] - 1)), float(angle)


def match_lattices(
    film: np.ndarray,
    substrate: np.ndarray,
    *,
    max_mismatch: float = 0.015,
    max_area: float = 400.0,
) -> list[LatticeMatch]:
    """The smallest supercells of two plane lattices that coincide within a strain, smallest mismatch first.

    All matches of the least substrate index that has any are returned; larger areas are not looked at.

    Parameters
    ----------
    film, substrate
        (2, 2), rows are lattice vectors, A, right-handed.
    max_mismatch
        Largest principal strain allowed, dimensionless.
    max_area
        Largest area of the substrate supercell, A^2.

    Raises
    ------
    InterfaceError
        If nothing matches; the message says what was searched.
    """
    area_film, area_substrate = (float(np.linalg.det(x)) for x in (film, substrate))
    if min(area_film, area_substrate) <= 0:
        raise InterfaceError(
            f"plane lattices have areas {area_film:.3f} and {area_substrate:.3f} A^2, expected positive"
        )
    for n in range(1, int(max_area / area_substrate + 1e-6) + 1):
        ratio = n * area_substrate / area_film
        lowest = int(np.ceil(ratio / (1 + max_mismatch) ** 2))
        highest = int(ratio * (1 + max_mismatch) ** 2)
        matches = []
        for m in range(max(lowest, 1), highest + 1):
            matches += _matches_of_indices(film, substrate, m, n, max_mismatch)
        if matches:
            return sorted(matches, key=lambda x: round(x.mismatch, 6))
    raise InterfaceError(
        f"no common supercell up to {max_area:g} A^2 within a mismatch of {100 * max_mismatch:g} %; "
        "raise max_area or max_mismatch"
    )


def _matches_of_indices(
    film: np.ndarray, substrate: np.ndarray, m: int, n: int, max_mismatch: float
) -> list[LatticeMatch]:
    """Best match of every pair of sublattices of index m (film) and n (substrate)."""
    found = []
    films = [reduce_plane_lattice(h @ film) @ h for h in supercells(m)]
    for h in supercells(n):
        s = reduce_plane_lattice(h @ substrate) @ h
        target = s @ substrate
        for f in films:
            lengths = np.linalg.norm(f @ film, axis=1) / np.linalg.norm(target, axis=1)
            if np.abs(np.log(lengths)).max() > -np.log(1 - max_mismatch) + 1e-9:
                continue  # a strain changes the shortest vectors of a lattice by no more than itself
            best = None
            for change in _CHANGES_OF_BASIS:
                cell = change @ f
                deformation = np.linalg.solve(cell @ film, target).T
                strains, angle = _polar(deformation)
                size = max(abs(x) for x in strains)
                if size <= max_mismatch and (best is None or size < best.mismatch - 1e-9):
                    area = float(abs(np.linalg.det(target)))
                    best = LatticeMatch(cell, s, deformation, strains, angle, area)
            if best is not None:
                found.append(best)
    return found

"""Sites of an ion in a crystal: those it is on and the empty octahedra of the anions, with layers and symmetry.

Knows no potential.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import spglib
from ase import Atoms

from sswnn.analysis.structures.stacking import stacking
from sswnn.data.composition import by_electronegativity
from sswnn.data.sampling import bare
from sswnn.errors import AnalysisError
from sswnn.ssw.substitution import octahedral_vacancies
from sswnn.ssw.symmetry import SpaceGroup, space_group

TOLERANCE = 0.05
"""Distance to which positions may deviate from a symmetry, A."""
_MATCH = 0.5  # A: an empty octahedron and the image of another one are the same place if nearer


@dataclass(frozen=True, eq=False)
class Sites:
    """Sites of an ion in one cell of a crystal; occupied ones first.

    Attributes
    ----------
    host
        Crystal, A.
    ion
        Element that hops.
    positions
        (s, 3) A.
    atoms
        (s,) index of the atom on each site, -1 for an empty octahedron.
    labels
        (s,) ``A`` in a layer, ``B`` between layers, empty without layers.
    spaces
        (s,) number of the space between planes of anions, -1 without layers.
    orbits
        (s,) sites with the same number are equivalent.
    group
        Space group of the crystal.
    rotations
        (o, 3, 3) of the operations, on fractional columns.
    images
        (o, s) site onto which each operation moves each site.
    shifts
        (o, s, 3) and in which cell.
    """

    host: Atoms
    ion: str
    positions: np.ndarray
    atoms: np.ndarray
    labels: np.ndarray
    spaces: np.ndarray
    orbits: np.ndarray
    group: SpaceGroup
    rotations: np.ndarray
    images: np.ndarray
    shifts: np.ndarray

    @property
    def occupied(self) -> np.ndarray:
        """(s,) whether an ion is there."""
        return self.atoms >= 0


def find_sites(
    host: Atoms,
    *,
    ion: str = "Li",
    anion: str | None = None,
    centre: str | None = None,
    tolerance: float = TOLERANCE,
) -> Sites:
    """Sites of an ion.

    Parameters
    ----------
    host
        Crystal, A.
    ion
        Element that hops.
    anion
        Element of the octahedra; None: the most electronegative one.
    centre
        Element that makes the layers; None: the least electronegative one of the others.
    tolerance
        Of the symmetry, A.

    Raises
    ------
    AnalysisError
        If the structure is no crystal, or has no such element.
    """
    if not host.pbc.all() or abs(np.linalg.det(host.cell.array)) < 1e-9:
        raise AnalysisError(
            "hops are those in a crystal, but the structure is not periodic in three directions"
        )
    host = bare(host)
    present = by_electronegativity(host.get_chemical_symbols())
    for name in (ion, anion, centre):
        if name is not None and name not in present:
            raise AnalysisError(f"the structure has no {name}, elements are {', '.join(present)}")
    others = [name for name in present if name != ion]
    anion = anion or (others[-1] if others else None)
    if anion == ion or (centre is not None and centre in (ion, anion)):
        raise AnalysisError(
            f"ion {ion}, anion {anion} and centre {centre} are not three different elements"
        )
    middle = [name for name in others if name != anion]
    centre = centre or (middle[0] if middle else None)
    members = np.flatnonzero(np.array(host.get_chemical_symbols()) == ion)
    empty = octahedral_vacancies(host, anion) if anion else np.empty((0, 3))
    fractional = np.concatenate([host.positions[members], empty]) @ np.linalg.inv(host.cell.array)
    rotations, translations = _operations(host, tolerance)
    fractional = _closed(fractional, len(members), rotations, translations, host.cell.array)
    images, shifts = _moved(fractional, rotations, translations, host.cell.array)
    positions = fractional @ host.cell.array
    labels, spaces = _layers(host, positions[len(members) :], ion, anion, centre)
    return Sites(
        host=host,
        ion=ion,
        positions=positions,
        atoms=np.append(members, np.full(len(positions) - len(members), -1)),
        labels=labels,
        spaces=spaces,
        orbits=images.min(axis=0),
        group=space_group(host, tolerance) or SpaceGroup("P1", 1),
        rotations=rotations,
        images=images,
        shifts=shifts,
    )


def _operations(host: Atoms, tolerance: float) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (o, 3, 3) and translations (o, 3) of the crystal; the identity where the finder fails."""
    cell = (host.cell.array, host.get_scaled_positions(wrap=True), host.numbers)
    try:
        found = spglib.get_symmetry(cell, symprec=tolerance)
    except Exception:  # spglib raises different types in different versions
        found = None
    if found is None:
        return np.eye(3, dtype=int)[None], np.zeros((1, 3))
    return np.asarray(found["rotations"]), np.asarray(found["translations"])


def _apart(
    one_s: np.ndarray, other_s: np.ndarray, cell: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Distance (A) of each fractional position of one set to each of the other, and the cells (., ., 3) that make it so short."""
    difference = one_s[:, None] - other_s[None]
    shift = np.rint(difference)
    return np.linalg.norm((difference - shift) @ cell, axis=-1), shift.astype(int)


def _closed(
    fractional: np.ndarray,
    occupied: int,
    rotations: np.ndarray,
    translations: np.ndarray,
    cell: np.ndarray,
) -> np.ndarray:
    """Sites with all their images, in case the search for empty octahedra missed one; empty ones put onto the symmetry."""
    sites = list(fractional)
    k = occupied
    while k < len(sites):
        for image in rotations @ sites[k] + translations:
            if _apart(image[None], np.array(sites), cell)[0].min() > _MATCH:
                sites.append(image - np.floor(image))
        k += 1
    result = np.array(sites).reshape(-1, 3)
    for k in range(occupied, len(result)):
        images = rotations @ result[k] + translations
        distance, shift = _apart(images, result[k][None], cell)
        own = distance[:, 0] < _MATCH
        result[k] = (images - shift[:, 0])[own].mean(axis=0)
    return result


def _moved(
    fractional: np.ndarray, rotations: np.ndarray, translations: np.ndarray, cell: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Site (o, s) and cell (o, s, 3) onto which operations move sites."""
    images = np.empty((len(rotations), len(fractional)), dtype=int)
    shifts = np.empty((len(rotations), len(fractional), 3), dtype=int)
    for k, (rotation, translation) in enumerate(zip(rotations, translations, strict=True)):
        distance, shift = _apart(fractional @ rotation.T + translation, fractional, cell)
        images[k] = distance.argmin(axis=1)
        shifts[k] = shift[np.arange(len(fractional)), images[k]]
        if len(set(images[k])) < len(fractional):
            raise AnalysisError(
                "two sites are moved onto one by a symmetry of the crystal; try a smaller --tolerance"
            )
    return images, shifts


def _layers(
    host: Atoms, empty: np.ndarray, ion: str, anion: str | None, centre: str | None
) -> tuple[np.ndarray, np.ndarray]:
    """Label and space of each site, as if all were filled."""
    filled = host + Atoms([ion] * len(empty), empty)
    found = stacking(filled, centre=centre, ion=ion, anion=anion) if centre and anion else None
    number = sum(symbol == ion for symbol in filled.get_chemical_symbols())
    if found is None:
        return np.full(number, ""), np.full(number, -1)
    return found.ion_labels, found.ion_spaces

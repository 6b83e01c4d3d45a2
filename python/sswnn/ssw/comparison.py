"""Whether two structures are one, whatever the order of their atoms, orientation and cell.

Crystals are laid onto each other by the compiled core, which answers where the answer is plain; in
between pymatgen's StructureMatcher has the final word. What a comparison needs of a structure is
computed once, in a `Crystal` or a `Cluster`. This module knows no energies and no archive.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from ase import Atoms

from sswnn import _core
from sswnn.ssw.symmetry import reduced_cell

_VACUUM = 15.0  # length units, along directions without period
_PRIMITIVE = 0.25  # length units, by which atoms may miss a translation of a primitive cell


def same_structure(
    a: Atoms, b: Atoms, *, length_unit: float = 1.0, tolerance: float = 0.05
) -> bool:
    """Whether two structures are one, whatever the order of atoms, orientation and cell.

    Parameters
    ----------
    a, b
        Structures. Crystals are compared by `same_crystal`, clusters by `same_cluster`, and slabs and
        chains as crystals, with the same vacuum in the directions that are not periodic.
    length_unit
        As in `sswnn.ssw.fingerprint.fingerprint`.
    tolerance
        Of clusters, see `same_cluster`.
    """
    if tuple(a.pbc) != tuple(b.pbc):
        return False
    if not a.pbc.any():
        return same_cluster(a, b, length_unit=length_unit, tolerance=tolerance)
    return same_crystal(a, b, length_unit=length_unit)


def same_cluster(a: Atoms, b: Atoms, *, length_unit: float = 1.0, tolerance: float = 0.05) -> bool:
    """Whether two clusters have the same distances, up to permutation, rotation and reflection.

    Compared are the sorted distances of each pair of elements and the eigenvalues of the matrix of
    distances with one constant per element on its diagonal. For two clusters with matrices D and D'
    in the best common order, the root mean square of both differences is at most that of D - D' (for the
    eigenvalues: Hoffman and Wielandt, Duke Math. J. 20, 37 (1953)), so a tolerance on distances
    accepts every pair of clusters that agree to it.

    Parameters
    ----------
    a, b
        Clusters; cell and periodicity are ignored.
    length_unit
        As in `sswnn.ssw.fingerprint.fingerprint`.
    tolerance
        Largest root mean square difference of distances, length units.
    """
    return Cluster(a, length_unit).same(Cluster(b, length_unit), tolerance)


def same_crystal(
    a: Atoms,
    b: Atoms,
    *,
    length_unit: float = 1.0,
    length_tolerance: float = 0.2,
    site_tolerance: float = 0.2,
    angle_tolerance: float = 5.0,
) -> bool:
    """Whether one crystal can be laid onto the other, without scaling the volume.

    The cells may be supercells of each other; mirror images are one crystal. The answer does not depend
    on the order of the two. The limits are wide, so that soft crystals whose quenches stopped early are
    recognised: the fingerprint has to tell small distortions apart.

    Parameters
    ----------
    a, b
        Crystals; vacuum is added along directions that are not periodic.
    length_unit
        As in `sswnn.ssw.fingerprint.fingerprint`.
    length_tolerance, site_tolerance, angle_tolerance
        See `Limits`.
    """
    limits = Limits(length_tolerance, angle_tolerance, site_tolerance)
    return Crystal(a, length_unit).same(Crystal(b, length_unit), limits)


def comparable(atoms: Atoms, length_unit: float = 1.0) -> Crystal | Cluster:
    """What comparisons of a structure need."""
    return Crystal(atoms, length_unit) if atoms.pbc.any() else Cluster(atoms, length_unit)


class Cluster:
    """Invariants of a cluster, see `same_cluster`."""

    def __init__(self, atoms: Atoms, length_unit: float = 1.0):
        self.numbers, self.positions = atoms.numbers, atoms.positions / length_unit

    def same(self, other: Cluster, tolerance: float = 0.05) -> bool:
        """As `same_cluster`."""
        n = len(self.numbers)
        if not np.array_equal(np.sort(self.numbers), np.sort(other.numbers)):
            return False
        if n == 1:
            return True
        pairs = zip(self._invariants, other._invariants, strict=True)
        return all(np.sqrt(np.mean((x - y) ** 2)) <= tolerance for x, y in pairs)

    @cached_property
    def _invariants(self) -> tuple[np.ndarray, np.ndarray]:
        """Sorted distances, by pairs of elements, and eigenvalues over sqrt(n - 1), length units."""
        n = len(self.numbers)
        difference = self.positions[:, None] - self.positions
        matrix = np.sqrt(np.einsum("ijc,ijc->ij", difference, difference))
        elements, kind = np.unique(self.numbers, return_inverse=True)
        i, j = np.triu_indices(n, 1)
        pair = np.minimum(kind[i], kind[j]) * len(elements) + np.maximum(kind[i], kind[j])
        lengths = matrix[i, j]
        lengths = lengths[np.lexsort((lengths, pair))]
        matrix[np.diag_indices(n)] = self.numbers
        return lengths, np.linalg.eigvalsh(matrix) / np.sqrt(n - 1)


@dataclass(frozen=True)
class Limits:
    """Within which two crystals are one."""

    length: float = 0.2  # largest relative difference of lattice lengths
    angle: float = 5.0  # degrees, largest difference of lattice angles
    site: float = 0.2  # largest displacement of a site over the cube root of the volume per atom


DEFAULT_LIMITS = Limits()


class Crystal:
    """A crystal in its reduced cell, lengths in length units; see `same_crystal`."""

    def __init__(self, atoms: Atoms, length_unit: float = 1.0):
        cell, positions = _completed(
            atoms.cell.array / length_unit, atoms.positions / length_unit, atoms.pbc
        )
        self._set(atoms.numbers, cell, positions)

    def _set(self, numbers: np.ndarray, cell: np.ndarray, positions: np.ndarray) -> None:
        reduced = reduced_cell(cell)
        self.is_reduced = reduced is not None
        self.numbers = numbers
        self.cell = cell if reduced is None else reduced
        self.fractions = np.ascontiguousarray(np.linalg.solve(self.cell.T, positions.T).T)

    def __len__(self) -> int:
        return len(self.numbers)

    def same(self, other: Crystal, limits: Limits = DEFAULT_LIMITS) -> bool:
        """As `same_crystal`."""
        if len(self) == len(other) and self._fits(other, limits):
            return True
        small, smaller = self.primitive, other.primitive
        if len(small) != len(smaller) or (small is self and smaller is other):
            return False
        return small._fits(smaller, limits)

    def _fits(self, other: Crystal, limits: Limits) -> bool:
        """Whether the cells, with equal numbers of atoms, are those of one crystal."""
        if self.is_reduced and other.is_reduced:
            verdict = _core.same_crystal(
                *(self.cell, self.fractions, self.numbers),
                *(other.cell, other.fractions, other.numbers),
                *(limits.length, limits.angle, limits.site),
            )
            if verdict is not None:
                return verdict
        return self._fits_by_matcher(other, limits)

    def _fits_by_matcher(self, other: Crystal, limits: Limits) -> bool:
        """As StructureMatcher says of either order, as its answer depends on it."""
        from pymatgen.analysis.structure_matcher import StructureMatcher

        matcher = StructureMatcher(
            ltol=limits.length,
            stol=limits.site,
            angle_tol=limits.angle,
            primitive_cell=False,
            scale=False,
        )
        a, b = self.structure, other.structure
        return any(
            matcher.fit(x, y, skip_structure_reduction=True) for x, y in ((a, b), (b, a))
        )

    @cached_property
    def structure(self):
        """Structure of pymatgen in the reduced cell."""
        from pymatgen.core import DummySpecies, Element, Structure

        species = [Element.from_Z(int(z)) if z else DummySpecies("X") for z in self.numbers]
        structure = Structure(self.cell, species, self.fractions)
        return structure if self.is_reduced else structure.get_reduced_structure("niggli")

    @cached_property
    def primitive(self) -> Crystal:
        """The crystal in a primitive cell, itself if that is no smaller."""
        from pymatgen.core import Element

        if not self._may_repeat():
            return self
        small = self.structure.get_primitive_structure(_PRIMITIVE)
        if len(small) == len(self):
            return self
        crystal = Crystal.__new__(Crystal)
        numbers = np.array([kind.Z if isinstance(kind, Element) else 0 for kind in small.species])
        crystal._set(numbers, small.lattice.matrix, small.cart_coords)
        return crystal

    def _may_repeat(self) -> bool:
        """Whether a translation inside the cell may bring every atom near one of its kind; True in case of doubt."""
        near = 3 * _PRIMITIVE / np.linalg.norm(self.cell, axis=1)  # the matcher asks for two thirds of that
        groups = [self.fractions[self.numbers == z] for z in np.unique(self.numbers)]
        groups.sort(key=len)
        shifts = groups[0][1:] - groups[0][0]
        for members in groups:
            steps = members - members[:, None]  # from each atom to each of its kind
            miss = steps - shifts[:, None, None]
            miss -= np.round(miss)
            found = (np.abs(miss) <= near).all(axis=3).any(axis=2).all(axis=1)
            shifts = shifts[found]
            if not len(shifts):
                return False
        return True


def _completed(
    cell: np.ndarray, positions: np.ndarray, pbc: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Cell whose vectors without period are normal to the others and 15 longer than the structure."""
    if pbc.all():
        return cell, positions
    cell = np.where(pbc[:, None], cell, 0.0)
    for k in np.flatnonzero(~pbc):
        normal = np.linalg.svd(cell)[2][-1]  # of the vectors that are there so far
        height = positions @ normal
        cell[k] = normal * (np.ptp(height) + _VACUUM)
        positions = positions + (_VACUUM / 2 - height.min()) * normal
    return cell, positions

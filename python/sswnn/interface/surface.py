"""Crystal surfaces: the bulk cell turned so that a lattice plane lies in xy, its atomic layers, slabs cut from it.

Knows one crystal at a time; what lies on top of it is the builder's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np
import spglib
from ase import Atoms

from sswnn.errors import InterfaceError
from sswnn.interface.matching import reduce_plane_lattice

PLANE_TOLERANCE = 0.3
"""Atoms whose heights differ by less than this belong to one atomic plane, A."""
SAME_GAP = 0.15
"""Gaps between planes that differ by less than this count as equal, A."""


@dataclass(frozen=True)
class OrientedCrystal:
    """One primitive bulk cell with a lattice plane in xy.

    A layer is what lies between two neighbouring cuts of the chosen termination.

    Attributes
    ----------
    atoms
        Periodic in three directions; the first two cell vectors lie in xy, heights z in [0, spacing).
    plane
        (2, 2) in-plane lattice vectors, A.
    spacing
        Height of the cell along z, A.
    cuts
        (layers,) lower boundary of every layer, A, ascending; the first is 0.
    """

    atoms: Atoms
    plane: np.ndarray
    spacing: float
    cuts: np.ndarray


def primitive(bulk: Atoms, miller: tuple[int, int, int]) -> tuple[Atoms, tuple[int, int, int]]:
    """The primitive cell of a crystal, not turned, and the indices of the same plane in it."""
    found = spglib.standardize_cell(
        (bulk.cell.array, bulk.get_scaled_positions(), bulk.numbers),
        to_primitive=True,
        no_idealize=True,
        symprec=1e-3,
    )
    if found is None:
        raise InterfaceError(
            f"no primitive cell found for {bulk.get_chemical_formula()}; are atoms on top of each other?"
        )
    cell, scaled, numbers = found
    products = cell @ np.linalg.inv(bulk.cell.array) @ np.array(miller, dtype=float)
    smallest = np.abs(products[np.abs(products) > 1e-3]).min()
    for factor in range(1, 25):
        indices = products * factor / smallest
        if np.allclose(indices, np.rint(indices), atol=1e-2):
            first, second, third = (int(x) for x in np.rint(indices))
            return Atoms(numbers, scaled_positions=scaled, cell=cell, pbc=True), (
                first,
                second,
                third,
            )
    raise InterfaceError(f"plane {miller} is no lattice plane of {bulk.get_chemical_formula()}")


def _plane_basis(miller: tuple[int, int, int]) -> np.ndarray:
    """Integer (3, 3), rows v1, v2 in the plane hkl and v3 one plane up: hkl.v1 = hkl.v2 = 0, hkl.v3 = 1, det = 1."""
    hkl = np.array(miller, dtype=int)
    hkl = hkl // gcd(*(int(abs(x)) for x in hkl))
    basis = np.eye(3, dtype=int)
    while np.count_nonzero(products := basis @ hkl) > 1:  # Euclid's algorithm on hkl.v
        order = np.argsort(np.abs(products))
        small, large = order[np.abs(products[order]) > 0][0], order[-1]
        basis[large] -= int(products[large] // products[small]) * basis[small]
    k = int(np.nonzero(products)[0][0])
    basis = np.array([basis[(k + 1) % 3], basis[(k + 2) % 3], basis[k] * products[k]])
    if np.linalg.det(basis) < 0:
        basis[[0, 1]] = basis[[1, 0]]
    return basis


def atomic_planes(heights: np.ndarray, period: float) -> tuple[np.ndarray, np.ndarray]:
    """Gaps between atomic planes along a periodic direction.

    Returns
    -------
    middle, width
        Position of the middle of each gap and its width, A, in ascending position.
    """
    z = np.sort(np.mod(heights, period))
    above = np.append(z[1:], z[0] + period)
    width = above - z
    keep = width > PLANE_TOLERANCE
    if not keep.any():
        raise InterfaceError(
            f"no gap wider than {PLANE_TOLERANCE} A between atomic planes within {period:.3f} A; choose other indices"
        )
    return np.mod(z[keep] + 0.5 * width[keep], period), width[keep]


def _cuts(heights: np.ndarray, period: float, termination: int) -> np.ndarray:
    """Heights of the gaps of one termination: 0 the widest gaps, 1 the next wider ones, and so on."""
    middle, width = atomic_planes(heights, period)
    classes: list[float] = []
    for w in sorted(width, reverse=True):
        if not classes or classes[-1] - w > SAME_GAP:
            classes.append(w)
    if not 0 <= termination < len(classes):
        raise InterfaceError(
            f"termination is {termination}, expected 0 to {len(classes) - 1}: "
            f"gaps of {', '.join(f'{w:.2f}' for w in classes)} A"
        )
    top = classes[termination]
    return np.sort(middle[(width <= top + 1e-9) & (width > top - SAME_GAP)])


def _whole_formulas(atoms: Atoms, cuts: np.ndarray, period: float) -> np.ndarray:
    """Those of the cuts between which the crystal has the composition of the bulk, as many as there are.

    Other slabs lack ions of one sign, and so are charged: they would oxidise or reduce the metal at them.
    """
    layer = np.searchsorted(cuts, np.mod(atoms.positions[:, 2], period), side="right") % len(cuts)  # above which cut, from 1
    kinds = np.unique(atoms.numbers)
    counts = np.array([[np.sum((layer == k) & (atoms.numbers == z)) for z in kinds] for k in range(len(cuts))])
    counts = np.roll(counts, -1, axis=0)  # row k: between cut k and the next
    whole = counts.sum(axis=0)
    best: list[int] = []
    for first in range(len(cuts)):
        below = np.cumsum(np.roll(counts, -first, axis=0), axis=0)[:-1]
        same = (below * whole.sum() == below.sum(axis=1, keepdims=True) * whole).all(axis=1) & (below.sum(axis=1) > 0)
        found = [first, *((np.flatnonzero(same) + 1 + first) % len(cuts))]
        if len(found) > len(best):
            best = found
    return np.sort(cuts[best])


def orient(bulk: Atoms, miller: tuple[int, int, int], termination: int = 0) -> OrientedCrystal:
    """The bulk crystal with plane `miller` in xy and its origin in a gap between atomic planes; layers are whole formulas.

    Parameters
    ----------
    bulk
        Periodic crystal; the indices refer to its cell.
    miller
        Miller indices hkl of the plane.
    termination
        Which gaps the cut goes through: 0 the widest, 1 the next.
    """
    if len(miller) != 3 or not any(miller):
        raise InterfaceError(
            f"Miller indices are {miller!r}, expected three integers, not all zero"
        )
    bulk, miller = primitive(bulk, miller)
    basis = _plane_basis(miller)
    basis[:2] = reduce_plane_lattice(basis[:2] @ bulk.cell.array) @ basis[:2]
    vectors = basis @ bulk.cell.array
    normal = np.cross(vectors[0], vectors[1])
    normal /= np.linalg.norm(normal)
    x = vectors[0] / np.linalg.norm(vectors[0])
    frame = np.array([x, np.cross(normal, x), normal])  # rows: new axes
    cell = vectors @ frame.T
    atoms = Atoms(bulk.numbers, bulk.positions @ frame.T, cell=cell, pbc=True)
    spacing = float(cell[2, 2])
    cuts = _whole_formulas(atoms, _cuts(atoms.positions[:, 2], spacing, termination), spacing)
    atoms.positions[:, 2] -= cuts[0]
    atoms.positions -= np.floor(atoms.positions[:, 2:] / spacing) * cell[2]
    return OrientedCrystal(atoms, cell[:2, :2].copy(), spacing, cuts - cuts[0])


def slab(crystal: OrientedCrystal, layers: int, supercell: np.ndarray) -> Atoms:
    """A slab of whole layers on an in-plane supercell, lowest atom at z = 0, cell vector c along z, as high as it.

    Parameters
    ----------
    crystal
        From `orient`.
    layers
        Number of layers, at least 1.
    supercell
        (2, 2) integer matrix, rows are the in-plane vectors.
    """
    if layers < 1:
        raise InterfaceError(f"number of layers is {layers}, expected at least 1")
    repeats = layers // len(crystal.cuts) + 1
    stack = crystal.atoms.repeat((1, 1, repeats))
    cuts = np.concatenate([crystal.cuts + k * crystal.spacing for k in range(repeats)])
    stack = stack[stack.positions[:, 2] < cuts[layers]]
    stack = _plane_supercell(stack, crystal.plane, supercell)
    stack.positions[:, 2] -= stack.positions[:, 2].min()
    stack.cell[2] = (0, 0, max(float(np.ptp(stack.positions[:, 2])), 1.0))
    stack.wrap(pbc=(True, True, False))
    return stack


def _plane_supercell(atoms: Atoms, plane: np.ndarray, supercell: np.ndarray) -> Atoms:
    """Repeat `atoms`, whose in-plane cell is `plane`, on the supercell (rows, integer); c is kept."""
    count = round(float(np.linalg.det(supercell)))
    if count < 1:
        raise InterfaceError(f"in-plane supercell has determinant {count}, expected at least 1")
    reach = int(np.abs(supercell).sum()) + 1
    shifts = np.array([(i, j) for i in range(-reach, reach + 1) for j in range(-reach, reach + 1)])
    fractional = shifts @ np.linalg.inv(supercell)
    inside = np.all((fractional > -1e-9) & (fractional < 1 - 1e-9), axis=1)
    offsets = np.zeros((count, 3))
    offsets[:, :2] = shifts[inside] @ plane
    positions = (atoms.positions[None] + offsets[:, None]).reshape(-1, 3)
    cell = np.zeros((3, 3))
    cell[:2, :2] = supercell @ plane
    cell[2] = atoms.cell[2]
    return Atoms(np.tile(atoms.numbers, count), positions, cell=cell, pbc=True)

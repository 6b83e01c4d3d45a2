"""Distance-weighted Steinhardt order parameter of structures (Huang et al., Chem. Sci. 9, 8644 (2018)).

    q_lm(i) = (1 / 0.71) sum_j w(r_ij) Y_lm(r_ij),   w(r) = exp(-(r - r_c) / (2 r_c)) for r > r_c
    OP_l(i) = (1 / Nb_i) sqrt(4 pi / (2 l + 1) sum_m |q_lm(i)|^2),   OP_l = mean over the atoms

with r_c = 0.6 r_0, r_0 the single-bond length of the pair, weights below 1e-4 and pairs beyond 20 A
dropped, and Nb_i the neighbours between r_c and 1.3 r_0. The paper leaves the normalisation 1 / 0.71 open;
it is chosen to reproduce the values of alpha- and gamma-boron given there. The sums over neighbours are
the compiled core's (`pair_nn/search/order.h`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii

from sswnn import _core
from sswnn.errors import StructureError
from sswnn.ssw.symmetry import reduced_cell

RADII = {"Li": 1.40, "Zr": 2.16, "Cl": 1.12}
"""Radii whose sum is the single-bond length r_0 of two elements, A; other elements have the covalent
radii of Cordero et al., Dalton Trans. 2832 (2008).
"""
BOND_LENGTHS = {frozenset({"Cl"}): 1.99}
"""Single-bond lengths that are not the sum of two radii, A."""
CONTACT, BONDED = 0.6, 1.3
"""Single-bond lengths from which neighbours have a weight, and up to which they count as bonded."""
NORMALISATION = 0.71
SMALLEST_WEIGHT = 1e-4
LARGEST_DISTANCE = 20.0
"""Range of the sums, A."""


@dataclass(frozen=True, eq=False)
class OrderParameter:
    """Order parameter OP_l of a structure.

    Attributes
    ----------
    degree
        l of the spherical harmonics.
    value
        Mean over the atoms, dimensionless.
    per_atom
        (n,) of each atom; 0 for an atom without neighbours within 1.3 r_0.
    """

    degree: int
    value: float
    per_atom: np.ndarray


def order_parameter(
    atoms: Atoms,
    degree: int = 6,
    *,
    bond_lengths: Mapping[frozenset[str], float] | None = None,
    length_unit: float = 1.0,
) -> OrderParameter:
    """Distance-weighted Steinhardt order parameter of one degree; arguments as `order_parameters`."""
    found = order_parameters(atoms, (degree,), bond_lengths=bond_lengths, length_unit=length_unit)
    return found[degree]


def order_parameters(
    atoms: Atoms,
    degrees: Sequence[int] = (4, 6),
    *,
    bond_lengths: Mapping[frozenset[str], float] | None = None,
    length_unit: float = 1.0,
) -> dict[int, OrderParameter]:
    """Distance-weighted Steinhardt order parameters from one neighbour list.

    Parameters
    ----------
    atoms
        Structure, periodic in any directions or none.
    degrees
        Degrees l of the spherical harmonics.
    bond_lengths
        Single-bond length r_0 of pairs of elements, length units (A), instead of `single_bond_length`;
        a pair of equal elements is a set of one.
    length_unit
        Length that plays the part of 1 A, in the unit of the positions.

    Returns
    -------
    dict
        Degree -> order parameter.

    Raises
    ------
    StructureError
        If there are no atoms, a degree is negative, or a bond length is not positive.
    """
    if not len(atoms):
        raise StructureError("the structure has no atoms, at least one is needed")
    for degree in degrees:
        if degree < 0 or degree != int(degree):
            raise StructureError(f"degree is {degree}, expected an integer of at least 0")
    elements, kind = np.unique(atoms.get_chemical_symbols(), return_inverse=True)
    cell = atoms.cell.array / length_unit
    if atoms.pbc.all():  # a compact cell has the fewest images in reach
        reduced = reduced_cell(cell)
        cell = cell if reduced is None else reduced
    wanted = sorted({int(degree) for degree in degrees})
    length_da, bonded_a = _core.harmonic_sums(
        *(atoms.positions / length_unit, cell, atoms.pbc),
        *(kind, _bond_length_table([str(e) for e in elements], bond_lengths or {}), wanted),
        contact=CONTACT,
        bonded=BONDED,
        smallest=SMALLEST_WEIGHT,
        range=LARGEST_DISTANCE,
    )
    scale_a = np.where(bonded_a > 0, 1 / (NORMALISATION * np.maximum(bonded_a, 1)), 0.0)
    return {
        degree: OrderParameter(degree, float((length_a * scale_a).mean()), length_a * scale_a)
        for degree, length_a in zip(wanted, length_da, strict=True)
    }


def single_bond_length(a: str, b: str) -> float:
    """Single-bond length r_0 of two elements, A: of `BOND_LENGTHS`, or the sum of their radii."""
    known = BOND_LENGTHS.get(frozenset({a, b}))
    return known if known is not None else _radius(a) + _radius(b)


def _radius(symbol: str) -> float:
    return RADII.get(symbol, float(covalent_radii[atomic_numbers[symbol]]))


def _bond_length_table(
    elements: Sequence[str], given: Mapping[frozenset[str], float]
) -> np.ndarray:
    """(e, e) single-bond lengths of pairs of elements."""
    table = np.array(
        [
            [given.get(frozenset({a, b}), single_bond_length(a, b)) for b in elements]
            for a in elements
        ]
    )
    if not (table > 0).all():
        a, b = np.argwhere(~(table > 0))[0]
        raise StructureError(
            f"single-bond length {elements[a]}-{elements[b]} is {table[a, b]} A, expected a positive length"
        )
    return table

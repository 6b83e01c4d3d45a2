"""Distance-weighted Steinhardt order parameter of structures (Huang et al., Chem. Sci. 9, 8644 (2018)).

    q_lm(i) = (1 / 0.71) sum_j w(r_ij) Y_lm(r_ij),   w(r) = exp(-(r - r_c) / (2 r_c)) for r > r_c
    OP_l(i) = (1 / Nb_i) sqrt(4 pi / (2 l + 1) sum_m |q_lm(i)|^2),   OP_l = mean over the atoms

with r_c = 0.6 r_0, r_0 the single-bond length of the pair, weights below 1e-4 and pairs beyond 20 A
dropped, and Nb_i the neighbours between r_c and 1.3 r_0. The paper leaves the normalisation 1 / 0.71 open;
it is chosen to reproduce the values of alpha- and gamma-boron given there. This module knows no
neighbours but those of the compiled core.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import factorial, pi

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii

from sswnn.errors import StructureError

RADII = {"Li": 1.40, "Zr": 2.16, "Cl": 1.12}
"""Radii whose sum is the single-bond length r_0 of two elements, A; other elements have the covalent
radii of Cordero et al., Dalton Trans. 2832 (2008).
"""
BOND_LENGTHS = {frozenset({"Cl"}): 1.99}
"""Single-bond lengths that are not the sum of two radii, A."""
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
    from sswnn import _core

    if not len(atoms):
        raise StructureError("the structure has no atoms, at least one is needed")
    for degree in degrees:
        if degree < 0 or degree != int(degree):
            raise StructureError(f"degree is {degree}, expected an integer of at least 0")
    n = len(atoms)
    elements, kind = np.unique(atoms.get_chemical_symbols(), return_inverse=True)
    r0_ab = _bond_length_table([str(e) for e in elements], bond_lengths or {})
    vanishing = 1 - 2 * np.log(SMALLEST_WEIGHT)  # r / r_c where the weight falls below the smallest
    cutoff = min(LARGEST_DISTANCE, float(vanishing * 0.6 * r0_ab.max()))
    first, second, shift_pc = _core.neighbor_list(
        atoms.positions / length_unit, atoms.cell.array / length_unit, atoms.pbc, cutoff
    )
    r0 = r0_ab[kind[first], kind[second]]
    rc = 0.6 * r0
    r = np.sqrt(np.einsum("pc,pc->p", shift_pc, shift_pc))
    keep = (r > rc) & (r < vanishing * rc)
    first, r, r0, rc, shift_pc = first[keep], r[keep], r0[keep], rc[keep], shift_pc[keep]
    weight = np.exp(-(r - rc) / (2 * rc)) / NORMALISATION
    bonded = np.bincount(first[r < 1.3 * r0], minlength=n)
    moments = _moments(shift_pc / r[:, None], weight, first, n, sorted(set(degrees)))
    result = {}
    for degree, square in moments.items():
        length = np.sqrt(4 * pi / (2 * degree + 1) * square)
        per_atom = np.where(bonded > 0, length / np.maximum(bonded, 1), 0.0)
        result[degree] = OrderParameter(degree, float(per_atom.mean()), per_atom)
    return result


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


def _moments(
    unit_pc: np.ndarray, weight: np.ndarray, first: np.ndarray, n: int, degrees: Sequence[int]
) -> dict[int, np.ndarray]:
    """Degree l -> (n,) sum_m |sum_j w Y_lm|^2 of each atom, from unit vectors sorted by centre.

    Y_lm = N_lm Q_lm(z) (x + iy)^m with Q_lm = P_lm / (1 - z^2)^(m/2), a polynomial of z with
    (l - m) Q_lm = (2l - 1) z Q_l-1,m - (l + m - 1) Q_l-2,m and Q_mm = (2m - 1)!!; only m >= 0 is
    computed, as |q_l,-m| = |q_lm|.
    """
    x, y, z = np.ascontiguousarray(unit_pc.T)
    first = first.astype(np.intp)
    square = {degree: np.zeros(n) for degree in degrees}
    cosine, sine = weight, np.zeros_like(weight)  # w Re (x + iy)^m, w Im (x + iy)^m
    diagonal = 1.0  # (2m - 1)!!
    for m in range(max(degrees, default=-1) + 1):
        before, now = np.zeros_like(z), np.full_like(z, diagonal)
        for degree in range(m, max(degrees) + 1):
            if degree > m:
                before, now = (
                    now,
                    ((2 * degree - 1) * z * now - (degree + m - 1) * before) / (degree - m),
                )
            if degree in square:
                norm = (2 * degree + 1) / (4 * pi) * factorial(degree - m) / factorial(degree + m)
                cosine_sum = np.bincount(first, now * cosine, minlength=n)
                sine_sum = np.bincount(first, now * sine, minlength=n)
                square[degree] += (1 if m == 0 else 2) * norm * (cosine_sum**2 + sine_sum**2)
        cosine, sine = cosine * x - sine * y, cosine * y + sine * x
        diagonal *= 2 * m + 1
    return square

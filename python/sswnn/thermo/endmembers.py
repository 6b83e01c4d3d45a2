"""The axes of a phase diagram: endmembers, and compositions as amounts of them. Knows no energies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from ase.data import atomic_numbers

from sswnn.data.composition import (
    by_electronegativity,
    electronegativity,
    parse_formula,
    reduced_formula,
)
from sswnn.errors import DataError

_TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Axes:
    """Endmembers of a phase diagram.

    Attributes
    ----------
    elements
        Sorted symbols.
    formulas
        Of the k endmembers.
    matrix
        (k, elements) atoms in one formula unit of each endmember.
    """

    elements: tuple[str, ...]
    formulas: tuple[str, ...]
    matrix: np.ndarray

    @property
    def sizes(self) -> np.ndarray:
        """(k,) atoms in one formula unit of each endmember."""
        return self.matrix.sum(axis=1)

    def amounts(self, counts: Mapping[str, int]) -> np.ndarray | None:
        """(k,) moles of each endmember in a composition; None if it is no mixture of them."""
        if set(counts) - set(self.elements):
            return None
        atoms = np.array([counts.get(element, 0) for element in self.elements], dtype=float)
        found = np.linalg.lstsq(self.matrix.T, atoms, rcond=None)[0]
        away = np.abs(found @ self.matrix - atoms).max()
        if away > _TOLERANCE * atoms.sum() or found.min() < -_TOLERANCE * atoms.sum():
            return None
        return np.asarray(np.round(np.maximum(found, 0.0), 9))


def make_axes(endmembers: Sequence[str]) -> Axes:
    """Axes of given endmembers.

    Raises
    ------
    DataError
        If a formula is wrong, there are fewer than two, or one is a mixture of the others.
    """
    if len(endmembers) < 2:
        raise DataError(f"endmembers are {' '.join(endmembers) or 'none'}, at least two are needed")
    counts = [parse_formula(text, "endmember") for text in endmembers]
    elements = tuple(sorted({e for c in counts for e in c}, key=atomic_numbers.__getitem__))
    formulas = tuple(reduced_formula(c) for c in counts)
    reduced = [parse_formula(text) for text in formulas]
    matrix = np.array([[c.get(e, 0) for e in elements] for c in reduced], dtype=float)
    if np.linalg.matrix_rank(matrix) < len(matrix):
        raise DataError(f"endmembers {' '.join(formulas)} are mixtures of each other, expected independent ones")
    return Axes(elements, formulas, matrix)


def default_axes(compositions: Sequence[Mapping[str, int]]) -> Axes:
    """The elements if each of them is among the compositions, else the outermost compositions.

    Parameters
    ----------
    compositions
        Element -> number of atoms, of each phase.

    Raises
    ------
    DataError
        If there is one composition only, or the outermost ones are more than the axes that the compositions span.
    """
    distinct = {reduced_formula(c): c for c in compositions}
    if len(distinct) < 2:
        raise DataError(
            f"all phases have the composition {''.join(distinct)}, a phase diagram needs at least two compositions"
        )
    elements = by_electronegativity(e for c in distinct.values() for e in c)
    if all(element in distinct for element in elements):
        return make_axes(elements)
    names = list(distinct)
    atoms = np.array([[distinct[n].get(e, 0) for e in elements] for n in names], dtype=float)
    outer = _outermost(atoms / atoms.sum(axis=1, keepdims=True))
    rank = int(np.linalg.matrix_rank(atoms))
    if len(outer) != rank:
        missing = [element for element in elements if element not in distinct]
        raise DataError(
            f"no energies of {', '.join(missing)}; give endmembers that the compositions are mixtures of, "
            f"the outermost ones are {', '.join(names[k] for k in outer)}"
        )
    return make_axes(sorted((names[k] for k in outer), key=_order))


def element_axes(compositions: Sequence[Mapping[str, int]]) -> Axes:
    """Axes of all elements that occur, whether there is an energy of each or not; more electropositive ones first."""
    return make_axes(by_electronegativity(e for c in compositions for e in c))


def _outermost(fractions: np.ndarray) -> list[int]:
    """Indices of the rows that are no mixture of the others."""
    from scipy.optimize import linprog

    outer = []
    for k, row in enumerate(fractions):
        others = np.delete(fractions, k, axis=0)
        mixture = linprog(np.zeros(len(others)), A_eq=others.T, b_eq=row)
        if mixture.status == 2:
            outer.append(k)
    return outer


def _order(formula: str) -> tuple[float, str]:
    """Key of an order of endmembers: by their least electronegative element."""
    return min(electronegativity(symbol) for symbol in parse_formula(formula)), formula

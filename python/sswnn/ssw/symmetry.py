"""Space group of a crystal at several tolerances, and its refined and primitive cells, by spglib.

The finder may fail on a structure; that is an answer (no symmetry found), never an exception. This
module knows nothing of searches.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import spglib
from ase import Atoms

from sswnn.errors import StructureError

TOLERANCES = (0.01, 0.05, 0.1, 0.2)
"""Distances to which positions may deviate from a symmetry, A."""


@dataclass(frozen=True)
class SpaceGroup:
    """International symbol, for example ``P-31c``, and number of a space group."""

    symbol: str
    number: int

    def __str__(self) -> str:
        return f"{self.symbol} ({self.number})"


TRIVIAL = SpaceGroup("P1", 1)
"""The space group without symmetry."""


def space_group(
    atoms: Atoms, tolerance: float = 0.05, *, length_unit: float = 1.0
) -> SpaceGroup | None:
    """Space group of a crystal to a tolerance.

    Parameters
    ----------
    atoms
        Structure.
    tolerance
        Distance to which positions may deviate, in length units (A).
    length_unit
        Length that plays the part of 1 A, in the unit of the positions.

    Returns
    -------
    SpaceGroup or None
        None if the structure is not periodic in three directions; `TRIVIAL` if the symmetry finder
        fails.

    Raises
    ------
    StructureError
        If the tolerance is not positive.
    """
    _check(tolerance)
    cell = _spglib_cell(atoms, length_unit)
    if cell is None:
        return None
    found = _quietly(spglib.get_symmetry_dataset, cell, symprec=tolerance)
    if found is None:
        return TRIVIAL
    known = found if isinstance(found, dict) else vars(found)  # a dict before spglib 2.5
    return SpaceGroup(str(known["international"]), int(known["number"]))


def space_groups(
    atoms: Atoms, tolerances: Sequence[float] = TOLERANCES, *, length_unit: float = 1.0
) -> dict[float, SpaceGroup]:
    """Space group at each tolerance, as `space_group`; empty if the structure is no crystal."""
    found = {t: space_group(atoms, t, length_unit=length_unit) for t in tolerances}
    return {t: group for t, group in found.items() if group is not None}


def refined(atoms: Atoms, tolerance: float = 0.05) -> Atoms:
    """Conventional cell in the standard setting, its sites moved onto the symmetry.

    Parameters
    ----------
    atoms
        Crystal, A.
    tolerance
        As in `space_group`, A.

    Returns
    -------
    Atoms
        A copy of the structure as it is, if it is no crystal or the symmetry finder fails.

    Raises
    ------
    StructureError
        If the tolerance is not positive.
    """
    return _standardised(atoms, tolerance, to_primitive=False)


def primitive(atoms: Atoms, tolerance: float = 0.05) -> Atoms:
    """Primitive cell in the standard setting; arguments and failures as in `refined`."""
    return _standardised(atoms, tolerance, to_primitive=True)


def _standardised(atoms: Atoms, tolerance: float, *, to_primitive: bool) -> Atoms:
    _check(tolerance)
    cell = _spglib_cell(atoms, 1.0)
    found = cell and _quietly(
        spglib.standardize_cell, cell, symprec=tolerance, to_primitive=to_primitive
    )
    if not found:
        return Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=atoms.pbc)
    lattice, scaled, numbers = found
    return Atoms(numbers, scaled_positions=scaled, cell=lattice, pbc=True)


def _spglib_cell(atoms: Atoms, length_unit: float):
    """Lattice, fractional positions and numbers; None without a volume and three periods."""
    if not len(atoms) or not atoms.pbc.all() or not np.isfinite(atoms.positions).all():
        return None
    lattice = atoms.cell.array / length_unit
    if not abs(np.linalg.det(lattice)) > 0:
        return None
    return lattice, atoms.get_scaled_positions(wrap=True), atoms.numbers


def _quietly(function, *arguments, **options):
    """Result of a function of spglib; None if it fails in any of the ways in which it does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return function(*arguments, **options)
        except Exception:  # spglib raises different types in different versions
            return None


def _check(tolerance: float) -> None:
    if not (np.isfinite(tolerance) and tolerance > 0):
        raise StructureError(f"symmetry tolerance is {tolerance} A, expected a positive length")

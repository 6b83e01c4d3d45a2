"""Space group of a crystal at several tolerances, and its refined, primitive and reduced cells, by spglib.

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
    return space_groups(atoms, (tolerance,), length_unit=length_unit).get(tolerance)


def space_groups(
    atoms: Atoms, tolerances: Sequence[float] = TOLERANCES, *, length_unit: float = 1.0
) -> dict[float, SpaceGroup]:
    """Space group at each tolerance, as `space_group`; empty if the structure is no crystal.

    What is a symmetry to a tolerance is one to every larger tolerance. So between two tolerances with the
    same group and as many operations of the cell nothing is looked for, nor below one that allows
    nothing but the identity.
    """
    for tolerance in tolerances:
        _check(tolerance)
    cell = _spglib_cell(atoms, length_unit)
    if cell is None or not len(tolerances):
        return {}
    steps = sorted(set(tolerances))
    found = {steps[-1]: _find(cell, steps[-1])}
    if found[steps[-1]].operations == 1:
        return dict.fromkeys(tolerances, TRIVIAL)

    def fill(low: int, high: int) -> None:
        """All between the two, of which the upper one is known."""
        if steps[low] not in found:
            found[steps[low]] = _find(cell, steps[low])
        lower = found[steps[low]]
        if lower.operations and lower == found[steps[high]]:
            found.update(dict.fromkeys(steps[low:high], lower))
        elif high - low > 1:
            middle = (low + high) // 2
            fill(middle, high)
            fill(low, middle)

    fill(0, len(steps) - 1)
    return {t: found[t].group for t in tolerances}


@dataclass(frozen=True)
class _Found:
    """A space group and the number of its operations in the cell at hand, 0 where the finder failed."""

    group: SpaceGroup
    operations: int


def _find(cell, tolerance: float) -> _Found:
    dataset = _quietly(spglib.get_symmetry_dataset, cell, symprec=tolerance)
    if dataset is None:
        return _Found(TRIVIAL, 0)
    known = dataset if isinstance(dataset, dict) else vars(dataset)  # a dict before spglib 2.5
    group = SpaceGroup(str(known["international"]), int(known["number"]))
    return _Found(group, len(known["rotations"]))


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


def reduced_cell(cell: np.ndarray) -> np.ndarray | None:
    """Niggli-reduced lattice vectors of a cell, (3, 3); None if the reduction fails."""
    found = _quietly(spglib.niggli_reduce, cell)
    return None if found is None else np.ascontiguousarray(found)


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

"""Compositions and formulas: reading, reducing, and the order of elements by electronegativity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, reduce
from math import gcd, isfinite

from ase.data import atomic_numbers
from ase.formula import Formula

from sswnn.errors import DataError


@cache
def electronegativity(symbol: str) -> float:
    """Pauling's electronegativity; noble gases without a value count as 0.

    Raises
    ------
    DataError
        If the element is unknown.
    """
    from pymatgen.core import Element

    if symbol not in atomic_numbers or symbol == "X":
        raise DataError(f"unknown element {symbol!r}, expected a chemical symbol such as 'Li'")
    value = float(Element(symbol).data.get("X") or 0.0)
    return value if isfinite(value) else 0.0


def by_electronegativity(symbols: Iterable[str]) -> list[str]:
    """Distinct elements, the least electronegative first."""
    return sorted(set(symbols), key=lambda symbol: (electronegativity(symbol), symbol))


def reduced_formula(counts: Mapping[str, int]) -> str:
    """Formula of numbers of atoms without common divisor, the least electronegative element first.

    Raises
    ------
    DataError
        If an element is unknown or there are no atoms.
    """
    present = {element: count for element, count in counts.items() if count}
    if not present:
        raise DataError("a composition has no atoms, at least one is needed")
    divisor = reduce(gcd, present.values())
    numbers = {element: present[element] // divisor for element in by_electronegativity(present)}
    return "".join(element + (str(n) if n > 1 else "") for element, n in numbers.items())


def parse_formula(text: str, where: str = "formula") -> dict[str, int]:
    """Element -> number of atoms of a formula such as ``Li2ZrCl6``.

    Raises
    ------
    DataError
        If it is none.
    """
    try:
        counts = dict(Formula(text.strip()).count())
    except (ValueError, KeyError):
        counts = {}
    if not counts or not all(element in atomic_numbers for element in counts):
        raise DataError(f"{where}: {text!r}, expected a formula such as Li2ZrCl6")
    return counts

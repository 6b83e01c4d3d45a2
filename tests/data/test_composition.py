"""Formulas."""

import pytest

from sswnn.data.composition import by_electronegativity, parse_formula, reduced_formula
from sswnn.errors import DataError


@pytest.mark.parametrize("text", ["Li2ZrCl6", "Li2HfCl6", "LiCl", "Cl", "Cu3Au", "Ar"])
def test_formulas_are_kept(text):
    assert reduced_formula(parse_formula(text)) == text


def test_reduction_and_order():
    assert reduced_formula({"Cl": 12, "Zr": 2, "Li": 4, "O": 0}) == "Li2ZrCl6"
    assert by_electronegativity(["Cl", "Zr", "Li", "Zr"]) == ["Li", "Zr", "Cl"]


@pytest.mark.parametrize("text", ["", "salt", "Qq2", "2", "Li2Zr("])
def test_what_is_no_formula(text):
    with pytest.raises(DataError, match="expected a formula such as"):
        parse_formula(text, "x")


def test_no_atoms_and_no_element():
    with pytest.raises(DataError, match="no atoms"):
        reduced_formula({"Li": 0})
    with pytest.raises(DataError, match="unknown element 'X'"):
        reduced_formula({"X": 1})

"""Classes of frames."""

import pytest
from ase import Atoms

from sswnn.data.classes import class_of


@pytest.mark.parametrize(
    ("symbols", "origin", "expected"),
    [
        ("Li2ZrCl6", "li2zrcl6_p-31c_2d2a", "Li2ZrCl6"),
        ("Li2HfCl6", "md_lhc9", "Li2ZrCl6"),
        ("Li2ZrCl6", "search_Cl6Li2Zr", "random and search-like"),
        ("Li3ZrCl6", "lixzrcl6_intercalated", "reduced LixZrCl6"),
        ("Li15Zr", "zr_cl_in_li", "Zr in Li"),
        ("Li7ZrCl8", "md_zr_in_licl16", "Zr in LiCl"),
        ("Li4Zr2", "alloy", "Li-Zr alloys"),
        ("Zr2Cl8", "zrcl4_p2c", "ZrCl4"),
        ("Zr2Cl6", "", "ZrCl, ZrCl2, ZrCl3"),
        ("LiCl", "licl_rocksalt", "LiCl"),
        ("Li3Cl", "x", "Li-Cl mixtures"),
        ("Zr2", "zr_hcp", "Zr metal"),
        ("Li2", "li_bcc", "Li metal"),
    ],
)
def test_origin_and_formula_tell_the_class(symbols, origin, expected):
    assert class_of(Atoms(symbols, info={"origin": origin})) == expected


@pytest.mark.parametrize("kind", ["minimum", "rattle", "relax"])
def test_minima_of_an_archive_belong_to_their_formula(kind):
    expected = "random and search-like" if kind == "relax" else "ZrCl4"
    assert class_of(Atoms("Zr2Cl8", info={"origin": "search_ZrCl4", "kind": kind})) == expected

"""Crystals: composition, coordination and distances that the literature states."""

import numpy as np
import pytest
from ase.neighborlist import neighbor_list

from sswnn.data.distances import smallest_ratio
from sswnn.data.mixtures import MIN_DISTANCE
from sswnn.data.prototypes import (
    PROTOTYPES,
    chloride_lattice,
    disordered_li2zrcl6,
    prototype,
    zirconium_dichloride,
)
from sswnn.errors import DataError

ATOMS = {
    "licl_rocksalt": 8, "zrcl4_p2c": 10, "zrcl3_p63mcm": 8, "zrcl3_r-3": 8, "zrcl2_3r": 3, "zrcl_r-3m": 4,
    "li2zrcl6_p-3m1_6g": 27, "li2zrcl6_p-31c_2d2b": 18, "li2zrcl6_p-31m_2d": 9, "li2zrcl6_c2m_4h": 9,
}  # fmt: skip


@pytest.mark.parametrize("name", PROTOTYPES)
def test_crystal_is_reasonable(name):
    atoms = prototype(name)
    assert all(atoms.pbc)
    assert len(atoms) == ATOMS.get(name, len(atoms))
    assert 14 < atoms.get_volume() / len(atoms) < 29
    assert smallest_ratio(atoms, MIN_DISTANCE) > 0.95
    symbols = atoms.symbols
    if name.startswith("li2zrcl6"):
        counts = [list(symbols).count(e) for e in ("Li", "Zr", "Cl")]
        assert counts == [2 * counts[1], counts[1], 6 * counts[1]]
    if name.startswith(("li2zrcl6", "zrcl4", "zrcl3", "zrcl2")):
        i, j = neighbor_list("ij", atoms, 3.0)
        bonds = sum(symbols[a] == "Zr" and symbols[b] == "Cl" for a, b in zip(i, j, strict=True))
        assert bonds == 6 * list(symbols).count("Zr")  # octahedra and trigonal prisms alike


SPACE_GROUPS = {
    "li2zrcl6_p-3m1_6g": 164, "li2zrcl6_p-31c_2d2b": 163, "li2zrcl6_p-31m_2d": 162, "li2zrcl6_c2m_4g": 12,
    "zrcl4_p2c": 13, "zrcl3_p63mcm": 193, "zrcl3_r-3": 148, "zrcl2_3r": 160,
}  # fmt: skip


@pytest.mark.parametrize(("name", "number"), SPACE_GROUPS.items())
def test_space_group(name, number):
    spglib = pytest.importorskip("spglib")
    atoms = prototype(name)
    cell = (np.asarray(atoms.cell), atoms.get_scaled_positions(), atoms.numbers)
    assert spglib.get_symmetry_dataset(cell, symprec=1e-3).number == number


def test_octahedral_sites_have_six_equal_neighbours():
    for stacking in ("AB", "ABC", "ABAC"):
        lattice = chloride_lattice(stacking, (3, 3))
        for site in lattice.octahedral[:9]:
            delta = lattice.chlorine - site
            fractional = delta @ np.linalg.inv(lattice.cell)
            distance = np.linalg.norm((fractional - np.round(fractional)) @ lattice.cell, axis=1)
            near = np.sort(distance)[:7]
            assert near[:6] == pytest.approx([near[0]] * 6, abs=1e-9)
            assert near[6] > 1.5 * near[0]


def test_disorder_shares_no_zr_edges_and_differs():
    rng = np.random.default_rng(0)
    cells = [disordered_li2zrcl6(rng, "AB", (3, 3)) for _ in range(3)]
    for cell in cells:
        zr = cell[[a.index for a in cell if a.symbol == "Zr"]]
        distances = zr.get_all_distances(mic=True)[np.triu_indices(len(zr), 1)]
        assert distances.min() > 4.0
    assert not np.allclose(cells[0].positions, cells[1].positions)
    assert (
        disordered_li2zrcl6(rng, "ABC", (2, 2), excess_li=2).get_chemical_formula() == "Cl12Li6Zr2"
    )


def test_wrong_names_are_refused():
    with pytest.raises(DataError, match="expected one of li_bcc"):
        prototype("salt")
    with pytest.raises(DataError, match="polytype"):
        zirconium_dichloride("4H")
    with pytest.raises(DataError, match="stacking"):
        chloride_lattice("AAB")
    with pytest.raises(DataError, match="multiple of 6"):
        disordered_li2zrcl6(np.random.default_rng(0), "AB", (2, 2))

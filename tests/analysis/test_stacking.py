"""Layers of crystals whose layers are known."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import make_supercell
from crystals import disturbed

from sswnn.analysis.structures.stacking import stacking
from sswnn.analysis.structures.structure import describe, edge_sharing_cost
from sswnn.data.layered import layered_model
from sswnn.data.prototypes import chloride_lattice, prototype
from sswnn.errors import AnalysisError

KNOWN = {  # model, labels of Li, sequence of Cl
    "li2zrcl6_p-3m1_6g": ("defect", "BBBBBB", "hh"),
    "li2zrcl6_p-3m1_6h": ("defect", "AAAAAA", "hh"),
    "li2zrcl6_p-31c_2d2b": ("ideal", "AABB", "hhhh"),
    "li2zrcl6_p-31c_2d2a": ("ideal", "AAAA", "hhhh"),
    "li2zrcl6_p-31m_2c": ("ideal", "AA", "hh"),
    "li2zrcl6_p-31m_2d": ("ideal", "BB", "hh"),
    "li2zrcl6_c2m_4g": ("ideal", "AA", "cc"),
    "li2zrcl6_c2m_4h": ("ideal", "BB", "cc"),
}


@pytest.mark.parametrize("name", KNOWN)
@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_forms_of_li2zrcl6(name, seed):
    atoms = prototype(name)
    found = stacking(atoms if seed is None else disturbed(atoms, seed, strain=0.015, width=0.06))
    model, labels, sequence = KNOWN[name]
    assert found.miller == (0, 0, 1)
    assert (found.model, found.sequence) == (model, sequence)
    assert "".join(sorted(found.ion_labels)) == "".join(sorted(labels))
    assert found.centres.sum() == atoms.symbols.count("Zr") and found.ions.sum() == atoms.symbols.count("Li")


def test_rich_and_poor_layers():
    found = stacking(prototype("li2zrcl6_p-3m1_6g"))
    assert sorted(zip(found.labels, found.centres, found.ions, strict=True)) == [("A", 2, 0), ("B", 1, 6)]
    assert found.gaps.sum() == pytest.approx(found.period) == pytest.approx(5.93)


@pytest.mark.parametrize("matrix", [[[0, 1, 0], [0, 0, 1], [1, 0, 0]], [[1, 1, 0], [0, 1, 2], [1, 0, 1]]])
def test_the_cell_does_not_matter(matrix):
    atoms = prototype("li2zrcl6_p-31c_2d2b")
    big = make_supercell(atoms, matrix)
    found = stacking(big)
    assert found.model == "ideal" and set(found.sequence) == {"h"}
    plane = np.linalg.inv(atoms.cell.array) @ [0, 0, 1]
    assert abs(found.normal @ plane) == pytest.approx(np.linalg.norm(plane))
    assert sorted(found.ion_labels.tolist()).count("A") == len(found.ion_atoms) // 2


@pytest.mark.parametrize(("anions", "sequence"), [("AB", "hh"), ("ABC", "ccc"), ("ABAC", "chch"), ("ABCB", "hchc")])
def test_sequences_of_close_packed_layers(anions, sequence):
    lattice = chloride_lattice(anions)
    atoms = Atoms("Cl" * len(lattice.chlorine), lattice.chlorine, cell=lattice.cell, pbc=True)
    zirconium = Atoms("Zr", [lattice.octahedral[0]])
    found = stacking(atoms + zirconium, miller=(0, 0, 1))
    assert sorted(found.sequence) == sorted(sequence)
    assert found.sequence in (sequence * 2)


def test_disordered_stackings_keep_their_layers():
    found = stacking(layered_model((0, 2, 1, 1)))
    assert found.model == "ideal" and "".join(found.labels) in ("ABABABAB", "BABABABA")
    assert set(found.ion_labels) == {"A"}


def test_no_planes_and_no_crystal():
    rng = np.random.default_rng(0)
    gas = Atoms("ZrCl20", rng.uniform(0, 9, (21, 3)), cell=np.eye(3) * 9, pbc=True)
    assert stacking(gas) is None
    assert describe(gas).row()["layers"] == ""
    slab = prototype("li2zrcl6_c2m_4g")
    slab.pbc = (True, True, False)
    with pytest.raises(AnalysisError, match="not periodic in three"):
        stacking(slab)
    with pytest.raises(AnalysisError, match="has no Hf, elements are Cl, Li, Zr"):
        stacking(prototype("li2zrcl6_c2m_4g"), centre="Hf")
    with pytest.raises(AnalysisError, match="0 0 0"):
        stacking(prototype("li2zrcl6_c2m_4g"), miller=(0, 0, 0))


def test_a_report_of_a_structure():
    row = describe(prototype("li2zrcl6_p-31c_2d2b")).row()
    assert row["polyhedra"] == "Zr 2 octahedron; Li 4 octahedron"
    assert (row["centre"], row["ion"], row["ions_A"], row["ions_B"]) == ("Zr", "Li", 2, 2)
    assert (row["layers"], row["layer_planes"], row["centre_edges"], row["centre_faces"]) == ("ideal", "0 0 1", 0, 0)
    salt = describe(prototype("licl_rocksalt"))
    assert (salt.centre, salt.ion) == ("Li", "") and salt.row()["centre_edges"] == 24
    chain = describe(prototype("zrcl3_p63mcm"))
    assert chain.row()["centre_faces"] == 2


def test_the_cost_of_shared_edges():
    energies, shared = np.array([-5.0, -4.0, -3.0, -2.0]), np.array([0, 0, 2, 4])
    assert edge_sharing_cost(energies, shared) == pytest.approx((2.0, 1.0))
    assert edge_sharing_cost(energies[:2], shared[:2]) is None

"""Polyhedra of crystals whose connections are known."""

import numpy as np
import pytest
from ase.build import bulk, make_supercell
from crystals import disturbed

from sswnn.analysis.structures.polyhedra import polyhedra, shape
from sswnn.data.prototypes import PROTOTYPES, prototype
from sswnn.errors import AnalysisError

LI2ZRCL6 = [name for name in PROTOTYPES if name.startswith("li2zrcl6")]


@pytest.mark.parametrize("cell", ["primitive", "cubic"])
def test_rock_salt_shares_twelve_edges_and_six_corners(cell):
    found = polyhedra(bulk("LiCl", "rocksalt", a=5.13, cubic=cell == "cubic"))
    assert set(found.shapes) == {"octahedron"}
    assert set(found.per_centre("Li", "Li", "edge")) == {12}
    assert set(found.per_centre("Li", "Li", "corner")) == {6}
    assert set(found.per_centre("Li", "Li", "face")) == {0}
    np.testing.assert_allclose(np.concatenate(found.lengths), 5.13 / 2)
    np.testing.assert_allclose(found.distance[found.shared == 2], 5.13 / np.sqrt(2))


def test_other_simple_structures():
    caesium = polyhedra(prototype("licl_cscl"))  # cubes share all faces, edges, corners with 6, 12, 8 neighbours
    counts = [caesium.per_centre("Li", "Li", kind)[0] for kind in ("face", "edge", "corner")]
    assert counts == [6, 12, 8] and caesium.shapes[0] == "8-fold"
    wurtzite = polyhedra(prototype("licl_wurtzite"))
    assert set(wurtzite.shapes) == {"tetrahedron"} and set(wurtzite.per_centre("Li", "Li", "corner")) == {12}
    assert wurtzite.count("Li", "Li", "edge") == 0


@pytest.mark.parametrize(
    ("name", "kind", "each", "shape_"),
    [
        ("zrcl4_p2c", "edge", 2, "octahedron"),  # zigzag chains
        ("zrcl3_p63mcm", "face", 2, "octahedron"),  # straight chains
        ("zrcl3_r-3", "edge", 3, "octahedron"),  # honeycomb
        ("zrcl2_3r", "edge", 6, "trigonal prism"),
        ("zrcl2_1t", "edge", 6, "octahedron"),
    ],
)
def test_zirconium_chlorides(name, kind, each, shape_):
    found = polyhedra(prototype(name))
    assert set(found.shapes) == {shape_}
    assert set(found.per_centre("Zr", "Zr", kind)) == {each}
    assert {k for _, _, k in found.counts()} == {kind}


@pytest.mark.parametrize("name", LI2ZRCL6)
@pytest.mark.parametrize("seed", [None, 1, 2])
def test_zirconium_octahedra_of_li2zrcl6_share_nothing_with_each_other(name, seed):
    atoms = prototype(name)
    found = polyhedra(atoms if seed is None else disturbed(atoms, seed))
    assert set(found.shapes) == {"octahedron"} and set(found.coordination) == {6}
    assert all(found.count("Zr", "Zr", kind) == 0 for kind in ("corner", "edge", "face"))
    assert found.counts() == polyhedra(atoms).counts()


@pytest.mark.parametrize(("name", "edges"), [("li2zrcl6_c2m_4g", 6), ("li2zrcl6_p-31m_2c", 6), ("li2zrcl6_p-31m_2d", 0)])
def test_edges_with_lithium(name, edges):
    assert set(polyhedra(prototype(name)).per_centre("Zr", "Li", "edge")) == {edges}


def test_counts_are_extensive_and_symmetric():
    atoms = disturbed(prototype("li2zrcl6_p-31c_2d2b"), 3)
    one = polyhedra(atoms)
    big = polyhedra(make_supercell(atoms, [[1, 1, 0], [-1, 1, 0], [0, 0, 2]]))
    assert big.counts() == {key: 4 * n for key, n in one.counts().items()}
    assert one.count("Li", "Zr", "edge") == one.count("Zr", "Li", "edge") == one.per_centre("Li", "Zr", "edge").sum()


def test_against_the_definition():
    atoms = disturbed(prototype("li2zrcl6_p-3m1_6h"), 4)
    found = polyhedra(atoms)
    big = atoms.repeat((3, 3, 3))
    symbols = np.array(big.get_chemical_symbols())
    anions = np.flatnonzero(symbols == "Cl")
    middle = 13 * len(atoms) + found.centres
    for place, k in enumerate(middle[:4]):
        corner = [
            set(anions[np.linalg.norm(big.positions[anions] - big.positions[j], axis=1) < found.cutoffs[symbols[j]]])
            for j in [k, *np.flatnonzero(np.isin(symbols, ["Li", "Zr"]) & (np.arange(len(big)) != k))]
        ]
        shared = np.array([len(corner[0] & other) for other in corner[1:]])
        ours = found.shared[found.first == place]
        assert [int((shared == n).sum()) for n in (1, 2, 3)] == [int((ours == n).sum()) for n in (1, 2, 3)]


def test_shapes():
    assert shape(np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0.0]])) == "square"
    assert shape(np.eye(3)) == "3-fold"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"ligand": "Br"}, "has no Br, elements are Li, Cl"),
        ({"centres": ["Cl"]}, "expected different elements"),
        ({"cutoffs": {"Li": -1.0}}, "cutoff of Li is -1.0 A"),
    ],
)
def test_what_has_no_polyhedra(options, why):
    with pytest.raises(AnalysisError, match=why):
        polyhedra(prototype("licl_rocksalt"), **options)
    with pytest.raises(AnalysisError, match="different elements"):
        polyhedra(prototype("li_fcc"))


def test_a_cutoff_of_ones_own():
    found = polyhedra(prototype("licl_rocksalt"), cutoffs={"Li": 2.0})
    assert set(found.coordination) == {0} and not len(found.shared)

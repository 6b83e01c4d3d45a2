"""Space groups of known crystals at several tolerances, and structures that have none."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import make_supercell

from sswnn.data.prototypes import prototype
from sswnn.errors import StructureError
from sswnn.ssw import symmetry
from sswnn.ssw.comparison import same_crystal
from sswnn.ssw.symmetry import TRIVIAL, SpaceGroup, primitive, refined, space_group, space_groups


@pytest.mark.parametrize(
    "name, expected",
    [
        ("licl_rocksalt", SpaceGroup("Fm-3m", 225)),
        ("licl_cscl", SpaceGroup("Pm-3m", 221)),
        ("licl_wurtzite", SpaceGroup("P6_3mc", 186)),
        ("li2zrcl6_p-3m1_6g", SpaceGroup("P-3m1", 164)),
        ("li2zrcl6_p-31c_2d2b", SpaceGroup("P-31c", 163)),
        ("li2zrcl6_c2m_4g", SpaceGroup("C2/m", 12)),
    ],
)
def test_known_crystals(name, expected):
    atoms = prototype(name)
    other = make_supercell(atoms, [[1, 1, 0], [0, 1, 0], [0, 0, 2]])
    other.rotate(20, (1, 2, 0), rotate_cell=True)
    for structure in (atoms, other):
        assert space_groups(structure) == dict.fromkeys(symmetry.TOLERANCES, expected)
    assert str(expected) == f"{expected.symbol} ({expected.number})"


def test_symmetry_appears_at_the_tolerance_of_the_displacements():
    atoms = prototype("li2zrcl6_p-31m_2d")
    atoms.positions += np.random.default_rng(0).uniform(-0.03, 0.03, size=atoms.positions.shape)
    found = space_groups(atoms)
    assert list(found) == [0.01, 0.05, 0.1, 0.2]
    assert found[0.01] == TRIVIAL
    assert found[0.2].number == 162
    numbers = [group.number for group in found.values()]
    assert numbers == sorted(numbers)


@pytest.mark.parametrize(
    "name", ["licl_rocksalt", "li2zrcl6_p-31c_2d2b", "li2zrcl6_c2m_4g", "zrcl4_p2c"]
)
@pytest.mark.parametrize("width", [0.003, 0.02, 0.05, 0.12])
def test_all_tolerances_at_once_find_what_each_finds_alone(name, width):
    for seed in range(3):
        atoms = prototype(name)
        atoms.positions += np.random.default_rng(seed).uniform(-width, width, atoms.positions.shape)
        assert space_groups(atoms) == {t: space_group(atoms, t) for t in symmetry.TOLERANCES}


def test_what_has_no_symmetry_is_asked_once(monkeypatch):
    asked = []
    find = symmetry.spglib.get_symmetry_dataset

    def counted(cell, symprec):
        asked.append(symprec)
        return find(cell, symprec=symprec)

    monkeypatch.setattr(symmetry.spglib, "get_symmetry_dataset", counted)
    atoms = prototype("licl_rocksalt")
    assert space_groups(atoms)[0.05].number == 225 and sorted(asked) == [0.01, 0.2]
    asked.clear()
    atoms.positions += np.random.default_rng(0).normal(0, 0.5, size=atoms.positions.shape)
    assert set(space_groups(atoms).values()) == {TRIVIAL} and asked == [0.2]


def test_the_length_unit_scales_the_tolerance():
    atoms = prototype("li2zrcl6_p-31m_2d")
    atoms.positions += np.random.default_rng(0).uniform(-0.03, 0.03, size=atoms.positions.shape)
    small = atoms.copy()
    small.set_cell(0.4 * small.cell.array, scale_atoms=True)
    assert space_groups(small, length_unit=0.4) == space_groups(atoms)


def test_what_is_no_crystal_has_no_space_group():
    molecule = Atoms("LiCl", [(0, 0, 0), (2, 0, 0)])
    slab = prototype("licl_rocksalt")
    slab.pbc = (True, True, False)
    for structure in (molecule, slab, Atoms()):
        assert space_group(structure) is None
        assert space_groups(structure) == {}
    kept = refined(molecule)
    np.testing.assert_array_equal(kept.positions, molecule.positions)
    assert not kept.pbc.any()


def test_a_failing_finder_finds_no_symmetry(monkeypatch):
    """Two atoms in one place have no answer; neither has a finder that raises."""
    atoms = Atoms("Li2", [(0, 0, 0), (0, 0, 0)], cell=np.eye(3) * 3, pbc=True)
    assert space_group(atoms, 0.05) == TRIVIAL

    def fails(*arguments, **options):
        raise RuntimeError("no")

    monkeypatch.setattr(symmetry.spglib, "get_symmetry_dataset", fails)
    monkeypatch.setattr(symmetry.spglib, "standardize_cell", fails)
    salt = prototype("licl_rocksalt")
    assert space_group(salt) == TRIVIAL
    assert len(primitive(salt)) == 8


def test_older_spglib_answers_with_a_dict(monkeypatch):
    monkeypatch.setattr(
        symmetry.spglib,
        "get_symmetry_dataset",
        lambda *a, **o: {"international": "C2", "number": 5, "rotations": [0, 1]},
    )
    assert space_group(prototype("licl_rocksalt")) == SpaceGroup("C2", 5)


def test_refined_and_primitive_cells():
    salt = prototype("licl_rocksalt")
    wide = make_supercell(salt, [[1, 1, 0], [0, 1, 0], [0, 0, 2]])
    wide.positions += np.random.default_rng(2).uniform(-0.01, 0.01, size=wide.positions.shape)
    assert len(refined(wide, 0.1)) == 8
    small = primitive(wide, 0.1)
    assert len(small) == 2
    assert space_group(small, 1e-4) == SpaceGroup("Fm-3m", 225)
    assert same_crystal(small, salt)


@pytest.mark.parametrize("tolerance", [0.0, -0.1, float("nan")])
def test_a_tolerance_is_positive(tolerance):
    with pytest.raises(StructureError, match="tolerance is"):
        space_group(prototype("licl_rocksalt"), tolerance)
    with pytest.raises(StructureError, match="tolerance is"):
        refined(prototype("licl_rocksalt"), tolerance)

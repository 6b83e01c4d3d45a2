"""Comparison of crystals: what the compiled core says is what StructureMatcher says, and who is asked when."""

from collections import Counter

import numpy as np
import pytest
from ase import Atoms
from ase.build import make_supercell

from sswnn import _core
from sswnn.data.prototypes import PROTOTYPES, prototype
from sswnn.ssw.comparison import DEFAULT_LIMITS, Cluster, Crystal, Limits, comparable

NAMES = [name for name in PROTOTYPES if name.startswith(("licl", "li2zrcl6"))]


def disturbed(atoms: Atoms, width: float, strain: float, seed: int) -> Atoms:
    """Moved, strained, turned, in another order and another cell of the same volume."""
    rng = np.random.default_rng(seed)
    other = atoms.copy()
    other.positions += rng.normal(0, width, size=atoms.positions.shape)
    bend = np.eye(3) + strain * rng.uniform(-1, 1, size=(3, 3))
    other.set_cell(other.cell.array @ bend, scale_atoms=True)
    other = make_supercell(other, [[1, 1, 0], [0, 1, 0], [0, -1, 1]])
    other.rotate(50, (1, 3, 2), rotate_cell=True)
    return other[rng.permutation(len(other))]


def verdict(a: Crystal, b: Crystal, limits: Limits = DEFAULT_LIMITS) -> bool | None:
    return _core.same_crystal(
        *(a.cell, a.fractions, a.numbers, b.cell, b.fractions, b.numbers),
        *(limits.length, limits.angle, limits.site),
    )


def test_the_core_never_contradicts_the_matcher():
    seen: Counter = Counter()
    for seed, name in enumerate(NAMES):
        first = Crystal(prototype(name))
        others = [
            disturbed(prototype(name), width, strain, 10 * seed + k)
            for k, (width, strain) in enumerate(
                [(0.02, 0.0), (0.1, 0.02), (0.2, 0.05), (0.35, 0.1), (0.6, 0.1), (0.3, 0.3)]
            )
        ]
        others += [prototype(n) for n in NAMES if n != name]
        for atoms in others:
            other = Crystal(atoms)
            if len(first) != len(other):
                continue
            answer = verdict(first, other)
            assert answer == verdict(other, first)
            seen[answer] += 1
            if answer is not None:
                assert answer == first._fits_by_matcher(other, DEFAULT_LIMITS), name
    assert seen[True] > 20 and seen[False] > 20 and seen[None] > 5


def test_plain_cases_do_not_ask_the_matcher(monkeypatch):
    def refuse(*arguments):
        raise AssertionError("StructureMatcher was asked")

    monkeypatch.setattr(Crystal, "_fits_by_matcher", refuse)
    for name in NAMES:
        first = Crystal(prototype(name))
        assert first.same(Crystal(disturbed(prototype(name), 0.03, 0.01, seed=1)))
        twice = prototype(name).repeat((1, 2, 1))
        assert first.same(Crystal(disturbed(twice, 0.01, 0.01, seed=2)))
    assert not Crystal(prototype("licl_cscl")).same(Crystal(prototype("licl_wurtzite")))
    alone = disturbed(prototype("li2zrcl6_c2m_4g"), 0.8, 0.0, seed=3)
    assert not Crystal(prototype("li2zrcl6_c2m_4g")).same(Crystal(alone))


def test_in_between_the_matcher_decides(monkeypatch):
    """A strain of 15 % is between a half and all of the 20 % allowed."""
    atoms = prototype("li2zrcl6_p-31m_2d")
    strained = atoms.copy()
    strained.set_cell(atoms.cell.array * 1.15, scale_atoms=True)
    one, other = Crystal(atoms), Crystal(strained)
    assert verdict(one, other) is None
    assert one.same(other)
    monkeypatch.setattr(Crystal, "_fits_by_matcher", lambda *arguments: False)
    assert not one.same(other)
    assert verdict(one, other, Limits(length=0.4)) is True
    assert verdict(one, other, Limits(length=0.1)) is False


@pytest.mark.parametrize("name", ["licl_rocksalt", "licl_wurtzite", "li2zrcl6_p-31c_2d2b", "zrcl4_p2c"])
@pytest.mark.parametrize("width", [0.0, 0.05, 0.12, 0.3])
def test_primitive_cells_are_those_of_pymatgen(name, width):
    """The quick look for translations leaves none out that pymatgen finds."""
    for seed in range(3):
        atoms = prototype(name).repeat((1, 1, 2))
        atoms.positions += np.random.default_rng(seed).uniform(-width, width, atoms.positions.shape)
        crystal = Crystal(atoms)
        assert len(crystal.primitive) == len(crystal.structure.get_primitive_structure(0.25))
    assert width > 0.1 or len(crystal.primitive) < len(crystal)


def test_a_cell_that_cannot_be_reduced_goes_to_the_matcher(monkeypatch):
    from sswnn.ssw import comparison

    monkeypatch.setattr(comparison, "reduced_cell", lambda cell: None)
    monkeypatch.setattr(_core, "same_crystal", None)
    atoms = prototype("licl_wurtzite")
    assert Crystal(atoms).same(Crystal(disturbed(atoms, 0.02, 0.01, seed=4)))
    assert not Crystal(atoms).same(Crystal(prototype("licl_cscl")))


def test_what_is_compared_depends_on_the_periods():
    assert isinstance(comparable(Atoms("Ar2", [(0, 0, 0), (0, 0, 1)])), Cluster)
    slab = Atoms("Ar", cell=[3, 3, 0], pbc=(True, True, False))
    assert isinstance(comparable(slab), Crystal)


def test_shapes_that_do_not_fit_are_named():
    a, b = Crystal(prototype("licl_cscl")), Crystal(prototype("licl_rocksalt"))
    with pytest.raises(ValueError, match=r"kinds_b has shape \(8\), expected \(2\)"):
        verdict(a, b)

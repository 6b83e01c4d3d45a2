"""Layered models are the known forms of Li2ZrCl6 where they are ordered."""

import numpy as np
import pytest

from sswnn.analysis.structures.polyhedra import polyhedra
from sswnn.analysis.structures.stacking import stacking
from sswnn.data.layered import layered_model, random_shifts
from sswnn.errors import DataError
from sswnn.ssw.symmetry import space_group


@pytest.mark.parametrize(
    ("options", "group"),
    [
        ({"shifts": (0,)}, "P-31m"),
        ({"shifts": (0, 1)}, "P-31c"),
        ({"shifts": (0, 1, 2)}, "R-3"),
        ({"shifts": (0,), "anions": "ABC"}, "C2/m"),
        ({"shifts": (0,), "moved": 1}, "P-3m1"),
    ],
)
def test_ordered_models_are_known_forms(options, group):
    atoms = layered_model(**options)
    assert space_group(atoms, 0.01).symbol == group
    assert str(atoms.symbols.formula.reduce()[0].format("metal")) == "Li2ZrCl6"
    found = polyhedra(atoms)
    assert set(found.shapes) == {"octahedron"}
    assert found.count("Zr", "Zr", "edge") == found.count("Zr", "Zr", "face") == 0


@pytest.mark.parametrize("repeat", [(3, 3), (3, 6), (6, 6)])
@pytest.mark.parametrize("anions", ["AB", "ABC"])
def test_shared_edges_share_edges(repeat, anions):
    plain, joined = (polyhedra(layered_model(anions=anions, repeat=repeat, shared_edges=s)) for s in (False, True))
    assert plain.count("Zr", "Zr", "edge") == 0
    assert joined.count("Zr", "Zr", "edge") > 0
    assert len(plain.centres) == len(joined.centres)


@pytest.mark.parametrize(("anions", "shifts"), [("AB", (0,)), ("AB", (0, 1)), ("ABC", (0,))])
def test_moved_zirconium_shares_no_edges(anions, shifts):
    atoms = layered_model(shifts, anions=anions, moved=1)
    found = polyhedra(atoms)
    assert found.count("Zr", "Zr", "edge") == found.count("Zr", "Zr", "face") == 0
    layers = stacking(atoms, miller=(0, 0, 1))
    assert layers.model == "defect" and set(layers.centres) == {1, 2}


def test_other_elements_and_random_stackings():
    assert set(layered_model(elements=("Na", "Hf", "Br")).get_chemical_symbols()) == {"Na", "Hf", "Br"}
    rng = np.random.default_rng(0)
    for layers in (2, 5):
        shifts = random_shifts(rng, layers)
        assert len(shifts) == layers and len(set(shifts)) > 1
        assert polyhedra(layered_model(shifts)).count("Zr", "Zr", "edge") == 0
    assert len(random_shifts(rng, 1)) == 1


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"shifts": ()}, "shifts are"),
        ({"shifts": (3,)}, "expected 0, 1 or 2"),
        ({"repeat": (2, 3)}, "multiples of 3"),
        ({"moved": 2}, "expected 0 to 1 of 3"),
        ({"anions": "AA"}, "neighbours"),
    ],
)
def test_impossible_models(options, why):
    with pytest.raises(DataError, match=why):
        layered_model(**options)

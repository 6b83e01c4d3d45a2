"""The LiCl film of constructed trajectories: one layer each ten frames, its end, ratios; atoms that are no film."""

import numpy as np
import pytest
from ase.build import bulk, make_supercell
from constructed import CELL, PLANE, A, electrolyte, growing_film

from sswnn.analysis import Frame
from sswnn.analysis.interface.film import FilmObserver
from sswnn.analysis.interface.rocksalt import opposite_pairs, rock_salt
from sswnn.analysis.interface.slab import Species
from sswnn.analysis.trajectories.passes import follow
from sswnn.data.prototypes import prototype
from sswnn.errors import AnalysisError


def film_of(frames, **options):
    return follow(FilmObserver(lattice=A, **options), frames).result()


def of_atoms(atoms) -> Frame:
    return Frame(
        0, 0, 0.0, np.array(atoms.get_chemical_symbols()), atoms.positions, atoms.cell.array
    )


@pytest.mark.parametrize("shift", [0.0, 40.0, 130.0])
def test_a_layer_each_ten_frames(shift):
    result = film_of(growing_film(shift=shift))
    expected = np.minimum(4, np.arange(80) // 10)
    assert result.sides == (1,)
    np.testing.assert_array_equal(result.film_anions[:, 0], PLANE * expected)
    np.testing.assert_array_equal(result.film_ions[:, 0], PLANE * expected)
    np.testing.assert_allclose(result.layers[:, 0], expected, atol=1e-9)
    np.testing.assert_allclose(result.thickness_A[:, 0], expected * A / 2, atol=1e-9)
    np.testing.assert_allclose(result.extent_A[-1, 0], 3 * A / 2, atol=1e-9)
    np.testing.assert_allclose(result.salt_layers, result.layers)
    assert result.film_ions_per_anion[-1] == pytest.approx(1.0)
    assert np.isnan(result.film_ions_per_anion[0])


def test_when_it_stops_and_that_it_does_not():
    law = film_of(growing_film()).growth()
    assert law.stopped_ps == pytest.approx(4.0, abs=0.5)
    assert law.plateau == pytest.approx(4.0, abs=0.05)
    assert film_of(growing_film(planes=8, every=10)).growth().stopped_ps is None
    assert film_of(growing_film(planes=1, every=1000)).growth().fits == ()


def test_ratios_of_layers():
    frames = growing_film(frames=2)
    symbols, positions = frames[0].symbols, frames[1].positions.copy()
    zr = np.flatnonzero(symbols == "Zr")[-2:]  # two of the four of the layer at the metal
    positions[zr, 2] += 25.0
    frames[1] = Frame(1, 1, 0.1, symbols, positions, CELL)
    result = film_of(frames)
    np.testing.assert_allclose(result.anions_per_centre[0], 6.0)
    np.testing.assert_allclose(result.anions_per_centre[1], [12.0, 6.0, 6.0, 6.0])
    np.testing.assert_allclose(result.ions_per_anion, 0.0)
    assert (
        result.dissolved.tolist() == [0, 2] and result.free_anions[1] - result.free_anions[0] == 12
    )


def test_rock_salt_is_film_and_the_electrolyte_is_not():
    licl = make_supercell(bulk("LiCl", "rocksalt", a=A, cubic=True), 3 * np.eye(3))
    licl.positions += np.random.default_rng(0).normal(0, 0.12, licl.positions.shape)
    found = rock_salt(of_atoms(licl), Species())
    assert found.film_anion.mean() > 0.97 and found.film_ion.mean() > 0.99
    layered = make_supercell(prototype("li2zrcl6_p-31c_2d2a"), np.diag([2, 2, 1]))
    found = rock_salt(of_atoms(layered), Species())
    assert not found.film_anion.any() and not found.film_ion.any() and not found.free_anion.any()


def test_lone_cl_in_the_metal_is_no_film():
    metal = make_supercell(bulk("Li", "fcc", a=4.3, cubic=True), 3 * np.eye(3))
    metal.symbols[10] = "Cl"
    found = rock_salt(of_atoms(metal), Species())
    assert found.free_anion.all() and not found.film_anion.any()


def test_opposite_pairs():
    vectors = np.array(
        [[1, 0, 0], [-1, 0.2, 0], [0, 1, 0], [0, 0, 2.0], [0, 0, -1], [1, 1, 1]], float
    )
    owner = np.array([3, 3, 3, 0, 0, 1])
    assert opposite_pairs(owner, vectors, 4).tolist() == [1, 0, 0, 1]
    assert opposite_pairs(np.empty(0, int), np.empty((0, 3)), 2).tolist() == [0, 0]


def test_errors():
    symbols, positions = electrolyte()
    bare = Frame(0, 0, 0.0, np.array(symbols), np.array(positions), CELL)
    with pytest.raises(AnalysisError, match="no Li metal"):
        film_of([bare])
    with pytest.raises(AnalysisError, match="lattice constant"):
        FilmObserver(lattice=0)

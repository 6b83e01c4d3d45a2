"""Unlabelled frames: what is promised about distances, volumes, compositions and cells."""

import numpy as np
import pytest
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii

from sswnn.data import mixtures, sampling, slabs
from sswnn.data.distances import distances_to_nearest, smallest_ratio
from sswnn.data.mixtures import MIN_DISTANCE
from sswnn.data.prototypes import prototype
from sswnn.errors import DataError


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def test_rattle_has_the_asked_spread_and_volume(rng):
    parent = prototype("licl_rocksalt").repeat(3)
    frame = sampling.rattled(parent, rng, 0.1, volume=1.1)
    assert frame.get_volume() == pytest.approx(1.1 * parent.get_volume())
    shift = frame.positions - parent.positions * 1.1 ** (1 / 3)
    assert shift.std() == pytest.approx(0.1, rel=0.1)


def test_scans(rng):
    parent = prototype("li2zrcl6_c2m_4g")
    volumes = (0.8, 1.0, 1.3)
    frames = sampling.volume_scan(parent, volumes)
    assert [f.get_volume() / parent.get_volume() for f in frames] == pytest.approx(volumes)
    strained = sampling.strain_scan(parent, (-0.02, 0.02))
    assert len(strained) == 12
    for frame in strained:
        deformation = np.linalg.solve(parent.cell, frame.cell)
        np.testing.assert_allclose(deformation, deformation.T, atol=1e-12)
        assert abs(deformation - np.eye(3)).max() > 0.009


@pytest.mark.parametrize(
    "counts", [{"Li": 2, "Zr": 1, "Cl": 6}, {"Li": 8, "Zr": 2, "Cl": 3}, {"Li": 12}]
)
def test_random_mixture_keeps_distances(rng, counts):
    frame = mixtures.random_mixture(rng, counts, 0.045)
    assert len(frame) / frame.get_volume() == pytest.approx(0.045)
    assert smallest_ratio(frame, MIN_DISTANCE) > 0.98
    assert {e: list(frame.symbols).count(e) for e in counts} == counts


def test_random_mixture_gives_up_when_there_is_no_room(rng):
    with pytest.raises(DataError, match="cannot keep"):
        mixtures.random_mixture(rng, {"Cl": 12}, 0.2, attempts=2)


def test_defects(rng):
    parent = prototype("li2zrcl6_p-31c_2d2b")
    assert sampling.vacancy(parent, rng, "Zr").get_chemical_formula() == "Cl12Li4Zr"
    assert sampling.substituted(parent, rng, "Li", "Zr", 2).get_chemical_formula() == "Cl12Li2Zr4"
    swapped = sampling.exchanged(parent, rng, 2)
    assert swapped.get_chemical_formula() == parent.get_chemical_formula()
    np.testing.assert_array_equal(swapped.positions, parent.positions)
    assert (swapped.numbers != parent.numbers).any()
    more = sampling.interstitial(parent, rng, "Li", 2)
    assert more.get_chemical_formula() == "Cl12Li6Zr2"
    assert smallest_ratio(more, MIN_DISTANCE) > 0.7
    with pytest.raises(DataError, match="3 Zr to remove"):
        sampling.vacancy(parent, rng, "Zr", 3)


def test_closest_distances_count_images():
    cube = Atoms("Li", cell=[2.0, 5.0, 5.0], pbc=True)
    assert smallest_ratio(cube, {frozenset({"Li"}): 2.5}) == pytest.approx(0.8)
    assert smallest_ratio(cube, {frozenset({"Li"}): 1.5}) == np.inf
    wide = Atoms("Li", cell=[20.0, 20.0, 20.0], pbc=True)
    places = np.array([[19.0, 0.0, 0.0], [3.0, 4.0, 0.0], [10.0, 10.0, 10.0]])
    np.testing.assert_allclose(distances_to_nearest(wide, places), [1.0, 5.0, np.sqrt(300)])
    with pytest.raises(DataError, match="no atoms"):
        distances_to_nearest(Atoms(cell=[5.0] * 3, pbc=True), places)


def test_contact_slab_layers_and_atoms(rng):
    small = slabs.contact_slab(rng, prototype("li2zrcl6_p-31m_2d"), li_layers=4)
    assert small.get_chemical_formula() == "Cl6Li18Zr"
    large = slabs.contact_slab(rng, prototype("li2zrcl6_p-3m1_6g"), li_layers=3)
    assert len(large) == 27 + 39
    film = slabs.contact_slab(rng, prototype("li2zrcl6_p-31m_2d"), li_layers=3, film_layers=4)
    assert film.get_chemical_formula() == "Cl12Li20Zr"
    for slab in (small, large, film):
        assert smallest_ratio(slab, MIN_DISTANCE) > 0.6
        assert all(slab.pbc)
    with pytest.raises(DataError, match=r"expected about 6\.3 or 11"):
        slabs.contact_slab(rng, prototype("licl_rocksalt"))


def test_film_is_rock_salt(rng):
    plane = slabs.hexagonal_plane(5.13 / np.sqrt(2) * np.sqrt(3))
    film = slabs.halide_film(plane, 4)
    film.set_cell([[*plane[0], 0], [*plane[1], 0], [0, 0, 40]])
    film.pbc = True
    d = film.get_all_distances(mic=True)
    cl, li = film.symbols == "Cl", film.symbols == "Li"
    between = d[np.ix_(cl, li)]
    inner = between[3:6]  # Cl of the third layer, Li layers on both sides
    assert (inner < 2.7).sum(axis=1).tolist() == [6, 6, 6]
    assert between.min() == pytest.approx(5.13 / 2, rel=0.01)


def test_dimer_scan_covers_repulsion_to_cutoff():
    frames = list(sampling.dimer_scan("Zr", "Cl", cutoff=6.0))
    distances = [f.get_distance(0, 1) for f in frames]
    contact = covalent_radii[atomic_numbers["Zr"]] + covalent_radii[17]
    assert distances[0] == pytest.approx(0.5 * contact)
    assert distances[-1] > 6.0
    assert [bool(f.info.get("strong_repulsion")) for f in frames] == [
        d < 0.8 * contact for d in distances
    ]
    for frame in frames:
        assert frame.get_distance(0, 1, mic=True) == pytest.approx(frame.get_distance(0, 1))


def test_same_seed_same_frames():
    frames = [
        mixtures.random_mixture(np.random.default_rng(3), {"Li": 4, "Cl": 4}, 0.04)
        for _ in range(2)
    ]
    np.testing.assert_array_equal(frames[0].positions, frames[1].positions)

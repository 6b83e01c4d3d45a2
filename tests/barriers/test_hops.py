"""Sites and hops of crystals whose geometry is known."""

import numpy as np
import pytest
from ase import Atoms
from ase.neighborlist import neighbor_list

from sswnn.barriers import MECHANISMS, distinct_hops, find_sites
from sswnn.data.prototypes import CHLORIDE_LAYER_HEIGHT, prototype
from sswnn.errors import AnalysisError

PAIRS = {"vacancy": (True, True), "frenkel": (True, False), "interstitial": (False, False)}


def number_of_hops(sites, mechanism, cutoff):
    """All hops of one cell, counted without symmetry."""
    places = Atoms("H" * len(sites.positions), sites.positions, cell=sites.host.cell, pbc=True)
    i, j = neighbor_list("ij", places, cutoff)
    first, second = PAIRS[mechanism]
    number = int(((sites.occupied[i] == first) & (sites.occupied[j] == second)).sum())
    return number if mechanism == "frenkel" else number // 2


def test_rock_salt_has_one_hop():
    sites = find_sites(prototype("licl_rocksalt"))
    (hop,) = distinct_hops(sites, "vacancy")
    assert hop.distance == pytest.approx(5.13 / np.sqrt(2))
    assert (
        hop.multiplicity == 4 * 12 // 2
        and hop.equivalent_ends
        and not hop.blocked
        and hop.channel == ""
    )
    assert sites.group.symbol == "Fm-3m" and not distinct_hops(sites, "frenkel")
    longer = distinct_hops(sites, "vacancy", 7.3)
    assert [round(h.distance, 2) for h in longer] == [3.63, 5.13, 6.28, 7.25, 7.25][: len(longer)]
    assert longer[-1].blocked  # twice the shortest hop, over a Li


@pytest.mark.parametrize(
    "name", ["li2zrcl6_p-31c_2d2a", "li2zrcl6_p-31c_2d2b", "li2zrcl6_c2m_4g", "li2zrcl6_p-3m1_6h"]
)
def test_classes_hold_every_hop_once(name):
    sites = find_sites(prototype(name))
    for mechanism in MECHANISMS:
        hops = distinct_hops(sites, mechanism)
        assert hops and sum(hop.multiplicity for hop in hops) == number_of_hops(
            sites, mechanism, 5.0
        )
        for hop in hops:
            end = sites.positions[hop.first] + hop.vector
            away = end - sites.positions[hop.second] - hop.cell @ sites.host.cell.array
            assert np.abs(away).max() < 1e-8
            assert hop.distance == pytest.approx(np.linalg.norm(hop.vector))


def test_channels_of_a_layered_crystal():
    """P-31c with Li on 2d and 2a: all Li in the Zr layers, all empty octahedra between them, faces shared along c."""
    sites = find_sites(prototype("li2zrcl6_p-31c_2d2a"))
    assert sites.labels.tolist() == ["A"] * 4 + ["B"] * 6
    in_plane = 6.33 / np.sqrt(3)
    (vacancy,) = distinct_hops(sites, "vacancy")
    assert vacancy.channel == "III" and vacancy.distance == pytest.approx(in_plane)
    up = distinct_hops(sites, "frenkel")
    assert {hop.channel for hop in up} == {"I"}
    assert up[0].distance == pytest.approx(CHLORIDE_LAYER_HEIGHT, abs=0.03)
    across = distinct_hops(sites, "interstitial")
    assert {hop.channel for hop in across} == {"II"}
    assert across[0].distance == pytest.approx(in_plane, abs=0.1)
    assert abs(np.array(vacancy.vector)[2]) < 1e-8 < abs(np.array(up[0].vector)[2])


def test_hops_do_not_depend_on_the_cell():
    crystal = prototype("li2zrcl6_c2m_4g")
    one = distinct_hops(find_sites(crystal), "frenkel")
    two = distinct_hops(find_sites(crystal.repeat((1, 1, 2))), "frenkel")
    assert [round(h.distance, 4) for h in one] == [round(h.distance, 4) for h in two]
    assert [2 * h.multiplicity for h in one] == [h.multiplicity for h in two]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: find_sites(x, ion="Na"), "no Na"),
        (lambda x: find_sites(x, ion="Cl", anion="Cl"), "three different"),
        (lambda x: find_sites(Atoms("LiCl", [(0, 0, 0), (2, 0, 0)])), "not periodic"),
        (lambda x: distinct_hops(find_sites(x), "exchange"), "exchange"),
        (lambda x: distinct_hops(find_sites(x), "vacancy", -1.0), "-1"),
    ],
)
def test_refusals(call, words):
    with pytest.raises(AnalysisError, match=words):
        call(prototype("licl_rocksalt"))

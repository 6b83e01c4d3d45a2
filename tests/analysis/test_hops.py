"""Octahedra of the layered crystal, and hops between them at known times."""

import numpy as np
import pytest

from sswnn.analysis import Frame
from sswnn.analysis.interface.hops import OUTSIDE, HopsObserver
from sswnn.analysis.interface.slab import Species, slab_of
from sswnn.analysis.interface.vacancies import occupation, octahedral_sites
from sswnn.analysis.trajectories.passes import follow
from sswnn.errors import AnalysisError
from sswnn.interface import build
from sswnn.interface.presets import preset


@pytest.fixture(scope="module")
def start() -> Frame:
    """Four layers of three Li2ZrCl6 on Li, as built."""
    atoms = build(preset("paper")).atoms
    return Frame(
        0,
        0,
        0.0,
        np.array(atoms.get_chemical_symbols()),
        atoms.positions,
        atoms.cell.array,
        pbc=atoms.pbc,
    )


@pytest.fixture(scope="module")
def sites(start):
    return octahedral_sites(start, slab_of(start, Species()))


def middles(start, sites):
    anions = start.positions[start.symbols == "Cl"]
    return anions[sites.corners[:, 0]] - sites.arms[:, 0]


def test_every_octahedron_is_found_once(start, sites):
    names, numbers = np.unique(sites.names(), return_counts=True)
    # nine in each layer (three Zr, six Li), nine vacant between two layers
    assert dict(zip(names.tolist(), numbers.tolist(), strict=True)) == {
        "A0": 9, "A1": 9, "A2": 9, "A3": 9, "B0": 9, "B1": 9, "B2": 9,
    }  # fmt: skip
    site, blocked, whole = occupation(start, sites, slab_of(start, Species()))
    assert whole.all() and blocked.sum() == 12
    inside = site[site >= 0]
    assert len(inside) == len(set(inside.tolist())) == 24
    assert set(sites.kind[inside]) == {"A"} and not blocked[inside].any()


def hopping(start, sites, moves, frames=60, noise=0.05):
    """Frames 0.1 ps apart; `moves`: ion -> list of (first frame, site)."""
    random, place = np.random.default_rng(0), middles(start, sites)
    li = np.flatnonzero(start.symbols == "Li")
    for t in range(frames):
        positions = start.positions.copy()
        for ion, path in moves.items():
            for when, site in path:
                if t >= when:
                    positions[li[ion]] = place[site]
        positions += random.normal(0, noise, positions.shape)
        positions[:, 2] += 0.01 * t
        yield Frame(t, t, 0.1 * t, start.symbols, positions, start.cell, pbc=start.pbc)


def test_hops_at_known_times(start, sites):
    slab = slab_of(start, Species())
    site = occupation(start, sites, slab)[0]
    names = sites.names()
    first, second = [k for k in range(len(site)) if site[k] >= 0 and names[site[k]] == "A0"][:2]
    b0, b1 = np.flatnonzero(names == "B0"), np.flatnonzero(names == "B1")
    metal = int(np.flatnonzero(site < 0)[0])
    moves = {
        first: [(10, b0[0]), (40, b0[1])],
        second: [
            (20, b0[2]),
            (21, site[second]),
            (30, b1[0]),
        ],  # the first is an excursion of one frame
        metal: [(50, b0[3])],
    }
    result = follow(HopsObserver(hold_ps=0.3), hopping(start, sites, moves)).result()
    assert result.hop_ps == pytest.approx([1.0, 3.0, 4.0, 5.0])
    assert result.ion.tolist() == [first, second, first, metal]
    assert result.names == [("A0", "B0"), ("A0", "B1"), ("B0", "B0"), (OUTSIDE, "B0")]
    assert result.vacant.all()
    assert result.into_vacancies()[[9, 10, 49, 50]].tolist() == [0, 1, 1, 2]
    assert result.cumulative("A", "B")[-1] == 2 and result.cumulative("A", "B1")[-1] == 1
    vacancies = dict(zip(result.kinds, result.vacancies.T, strict=True))
    assert vacancies["B0"][[0, 15, 20, 25, 55]].tolist() == [9, 8, 7, 8, 7]
    assert vacancies["A0"][[0, 15, 55]].tolist() == [0, 1, 2]
    assert result.counts() == {"A0 -> B0": 1, "A0 -> B1": 1, "B0 -> B0": 1, "outside -> B0": 1}


def test_a_site_that_is_taken_is_no_vacancy(start, sites):
    site = occupation(start, sites, slab_of(start, Species()))[0]
    a, b = np.flatnonzero(site >= 0)[:2]
    result = follow(
        HopsObserver(), hopping(start, sites, {int(a): [(10, site[b])]}, frames=20)
    ).result()
    assert result.vacant.tolist() == [False]


def test_broken_octahedra_are_no_sites(start, sites):
    positions = start.positions.copy()
    anions = np.flatnonzero(start.symbols == "Cl")
    lost = anions[sites.corners[0, 0]]
    positions[lost, 2] += 6.0
    slab = slab_of(start, Species())
    whole = occupation(
        Frame(1, 1, 0.1, start.symbols, positions, start.cell, pbc=start.pbc), sites, slab
    )[2]
    expected = ~(sites.corners == sites.corners[0, 0]).any(axis=1)
    np.testing.assert_array_equal(whole, expected)


def test_no_hops(start):
    result = follow(HopsObserver(), [start]).result()
    assert len(result.hop_ps) == 0 and result.into_vacancies().tolist() == [0]
    assert result.to_dict()["hops"] == 0 and len(result.columns()["hop_ps"]) == 0
    with pytest.raises(AnalysisError, match="hold is -1"):
        HopsObserver(hold_ps=-1)

"""Sites of a crystal and hops between them at known times: rock salt, and layered Li2ZrCl6."""

import pickle
from types import SimpleNamespace

import numpy as np
import pytest
from ase.units import kB
from hopping import CELL, CHLORINE, STEP, A, layered, rock_salt

from sswnn.analysis import Frame
from sswnn.analysis.sites.framework import FrameworkObserver
from sswnn.analysis.sites.interstices import Locator, interstices
from sswnn.analysis.sites.labels import Labels
from sswnn.analysis.sites.rates import ChannelRate, kaplan_meier, poisson_rate
from sswnn.analysis.sites.result import SitesStudy
from sswnn.analysis.sites.stays import StaysObserver
from sswnn.analysis.sites.study import Options, study
from sswnn.analysis.trajectories.passes import follow
from sswnn.data.prototypes import prototype
from sswnn.errors import AnalysisError


def shown(runs):
    """What a study reads its runs with."""

    def show(observers, path):
        for observer in observers:
            follow(observer, runs[path]())

    return show


@pytest.fixture(scope="module")
def result():
    return study(["a"], shown({"a": rock_salt}), temperatures_K=[500.0]).results[0]


@pytest.mark.parametrize(
    "name", ["licl_rocksalt", "li2zrcl6_p-3m1_6g", "li2zrcl6_p-31c_2d2b", "li2zrcl6_c2m_4g"]
)
def test_close_packed_anions_have_one_octahedron_and_two_tetrahedra_each(name):
    atoms = prototype(name).repeat((2, 2, 2))
    points = atoms.positions[atoms.symbols == "Cl"]
    moved = points + np.random.default_rng(1).normal(0, 0.08, points.shape)
    for anions in (points, moved):
        sites = interstices(anions, atoms.cell.array)
        assert (sites.kinds == "octahedron").sum() == len(points)
        assert (sites.kinds == "tetrahedron").sum() == 2 * len(points)


def test_interstices_fill_the_cell_with_their_own_volumes():
    sites = interstices(CHLORINE, CELL)
    points = np.random.default_rng(0).random((20000, 3))
    found, depth = Locator(sites).find(points)
    share = [(sites.kinds[found] == kind).mean() for kind in ("octahedron", "tetrahedron")]
    np.testing.assert_allclose(
        share, [2 / 3, 1 / 3], atol=0.01
    )  # of a cube: 4 and 8 of a^3/6 and a^3/24
    assert depth.min() >= 0 and depth.max() < A / np.sqrt(12)


def test_hops_at_known_times_and_none_from_flicker(result):
    hops = result.hop_columns()
    np.testing.assert_allclose(hops["time_ps"], [2.1, 3.0, 4.0])
    assert hops["ion"].tolist() == [0, 1, 1] and hops["returned"].tolist() == [0, 1, 0]
    assert hops["from"].tolist() == ["oct", "oct", "tet"] and hops["to"].tolist() == [
        "oct",
        "tet",
        "oct",
    ]
    assert hops["channel"].tolist() == ["oct-oct", "oct-tet", "oct-tet"]
    vectors = np.stack([hops[f"d{x}_A"] for x in "xyz"], axis=1)
    np.testing.assert_allclose(vectors[0], A * np.array([-0.5, 0.5, 0]), atol=0.1)
    np.testing.assert_allclose(vectors[1], A * np.array([-0.25, 0.25, 0.25]), atol=0.1)


def test_occupancies_and_residence(result):
    occupancy = result.occupancy
    assert occupancy.sum() == pytest.approx(3)
    start, end = result.stays.site[:2]
    assert occupancy[[start, end]] == pytest.approx([2.1 / 6, 3.9 / 6])
    tet = result.residence["tet"]
    assert tet.sites == 64 and tet.left == 1 and tet.mean_ps.value >= 1.0
    by_site = result.site_columns()
    visited = result.stays.site[2:5]  # octahedron, tetrahedron, octahedron of the second ion
    assert visited[0] == visited[2] and by_site["mean_residence_ps"][visited[1]] == pytest.approx(
        1.0
    )
    assert len(result.sites) == 96 and set(result.labels.inside) == {""}


def test_without_the_criterion_the_flicker_would_be_hops():
    averaging = follow(FrameworkObserver(), rock_salt())
    framework = averaging.result()
    loose = StaysObserver(
        framework.reference, interstices(framework.anions, framework.cell), hold_ps=0, margin_A=0
    )
    stays = follow(loose, rock_salt()).result()
    assert len(stays.hops) >= 3
    pickle.loads(pickle.dumps(loose)).measure(next(rock_salt()))  # runs in other processes


def test_runs_share_their_sites_wherever_their_crystals_are(result):
    runs = {"a": rock_salt, "b": lambda: rock_salt(shift=np.array([7.3, -4.4, 60.1]))}
    both = study(["a", "b"], shown(runs)).results[0]
    assert both.stays.total_ps == pytest.approx(12) and both.temperature_K is None
    stays = both.stays
    hops = stays.hops
    assert stays.run[hops].tolist() == [0, 0, 0, 1, 1, 1]
    assert (stays.site[stays.run == 0] == stays.site[stays.run == 1]).all()


def test_one_hop_in_each_channel_of_a_layered_halide():
    found = study(["a"], shown({"a": layered}), temperatures_K=[600.0]).results[0]
    assert found.labels.miller == (0, 0, 1)
    free = found.labels.inside == ""
    counts = {x: int(((found.labels.classes == x) & free).sum()) for x in ("A oct", "B oct")}
    assert counts == {"A oct": 12, "B oct": 18} and (found.labels.inside == "Zr").sum() == 6
    assert found.hop_columns()["channel"].tolist() == ["I", "II", "III"]
    rates = {c.channel: c for c in found.channels}
    assert [c.hops for c in found.channels] == [1, 1, 0, 1, 1]
    per_ps = {"I": 1 / 12, "I A -> B": 1 / 6, "I B -> A": 0, "II": 1 / 6, "III": 1 / 6}
    for name, expected in per_ps.items():
        assert rates[name].rate.value == pytest.approx(1e12 * expected)
    assert rates["II"].length_A == pytest.approx(3.66, abs=0.1)
    shapes = study(
        ["a"], shown({"a": layered}), options=Options(layered=False, only=("octahedron",))
    ).results[0]
    assert shapes.hop_columns()["channel"].tolist() == ["oct-oct"] * 3 and len(shapes.sites) == 36


def test_poisson_intervals_and_barrier():
    none, ten = poisson_rate(0, 1.0), poisson_rate(10, 1.0)
    assert none.value == 0 and none.low == 0 and none.high == pytest.approx(3.689e12, rel=1e-3)
    assert ten.low == pytest.approx(4.795e12, rel=1e-3) and ten.high == pytest.approx(
        18.39e12, rel=1e-3
    )
    channel = ChannelRate("I", "A", "B", 10, 0, 10.0, poisson_rate(10, 10.0), 3.0)
    value, low, high = channel.barrier_eV(600.0, 1e13)
    assert value == pytest.approx(kB * 600 * np.log(10)) and low < value < high
    with pytest.raises(AnalysisError, match="attempt frequency 0 /s"):
        channel.barrier_eV(600.0, 0.0)


def test_survival_with_stays_that_go_on():
    time, survival = kaplan_meier(
        np.array([1.0, 2, 2, 3, 4]), np.array([True, True, False, True, False])
    )
    np.testing.assert_allclose(time, [0, 1, 2, 3])
    np.testing.assert_allclose(survival, [1, 0.8, 0.6, 0.3])


def test_arrhenius_of_exact_rates():
    results = []
    for kelvin in (500.0, 700.0, 900.0):
        hops = 1000
        ion_ps = hops / (4e12 * np.exp(-0.31 / (kB * kelvin))) * 1e12
        seen = ChannelRate("II", "B", "B", hops, 0, ion_ps, poisson_rate(hops, ion_ps), 3.6)
        unseen = ChannelRate("III", "A", "A", 0, 0, 10.0, poisson_rate(0, 10.0), np.nan)
        results.append(SimpleNamespace(temperature_K=kelvin, channels=[seen, unseen]))
    fits = SitesStudy(tuple(results)).fits
    assert set(fits) == {"II"}
    assert fits["II"].activation.value_eV == pytest.approx(0.31)
    assert np.exp(fits["II"].logarithm) == pytest.approx(4e12)
    assert fits["II"].activation.low_eV < 0.31 < fits["II"].activation.high_eV


def test_channels_of_layers_have_the_names_of_the_paper():
    labels = Labels(np.array(["A", "B"]), np.array(["oct", "oct"]), np.array(["", ""]), (0, 0, 1))
    names = [labels.channel(*ends) for ends in ("AB", "BA", "BB", "AA")]
    assert names == ["I", "I", "II", "III"]


def wandering():
    rng = np.random.default_rng(0)
    walk = np.cumsum(rng.normal(0, 0.6, (60, 35, 3)), axis=0)
    for t, moved in enumerate(walk):
        places = np.concatenate([CHLORINE[:3] + 1, CHLORINE]) + moved
        yield Frame(t, t, STEP * t, np.array(["Li"] * 3 + ["Cl"] * 32), places, CELL)


@pytest.mark.parametrize(
    ("frames", "given", "why"),
    [
        (wandering, {}, "they are no framework"),
        (rock_salt, {"options": Options(ion="Na")}, "no Na in the trajectory"),
        (rock_salt, {"options": Options(anion="Li")}, "both the mobile ion and the anion"),
        (rock_salt, {"options": Options(hold_ps=-1.0)}, "hold is -1 ps"),
        (rock_salt, {"options": Options(only=("cube",))}, "no cube among the sites"),
        (rock_salt, {"temperatures_K": [300.0, 400.0]}, "2 temperatures for 1 runs"),
        (lambda: [next(rock_salt())], {}, "one frame"),
    ],
)
def test_refusals(frames, given, why):
    with pytest.raises(AnalysisError, match=why):
        study(["a"], shown({"a": frames}), **given)

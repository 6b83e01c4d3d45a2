"""Hulls with known answers, and against an independent definition."""

import numpy as np
import pytest
from ase import units
from thermo_tools import phase, salts

from sswnn.errors import DataError
from sswnn.thermo import convex_hull
from sswnn.thermo.compounds import KJ_PER_MOL
from sswnn.thermo.endmembers import element_axes


def by_formula(hull):
    return {c.formula: c for c in hull.compounds}


def test_a_pseudo_binary_with_known_energies():
    hull = convex_hull(salts(), ["LiCl", "ZrCl4"])
    assert hull.stable == ("LiCl", "Li2ZrCl6", "ZrCl4")
    assert [c.formula for c in hull.compounds] == ["LiCl", "Li4ZrCl8", "Li2ZrCl6", "ZrCl4"]
    compound = by_formula(hull)["Li2ZrCl6"]
    assert compound.x == pytest.approx([2 / 3, 1 / 3])
    assert compound.formation_ev_per_atom == pytest.approx(-0.1)
    per_mixture = compound.formation_ev_per_atom * compound.mixture_atoms  # (LiCl)2/3 (ZrCl4)1/3
    assert per_mixture == pytest.approx(-0.3)
    assert per_mixture * KJ_PER_MOL == pytest.approx(-0.3 * 96.48533212, rel=1e-6)
    assert compound.depth_ev_per_atom == pytest.approx((0.9 - 0.4 / 2) / 9)  # over Li4ZrCl8 + ZrCl4
    rich = by_formula(hull)["Li4ZrCl8"]
    assert rich.above_hull_ev_per_atom == pytest.approx(0.5 / 13)
    assert rich.decomposition == pytest.approx({"Li2ZrCl6": 1, "LiCl": 2})


def test_the_unit_of_chemists():
    assert pytest.approx(96.48533212, rel=1e-6) == KJ_PER_MOL
    assert units.mol / units.kJ == KJ_PER_MOL


def test_every_phase_has_its_distance_and_stands_with_its_compound():
    phases = [*salts(), phase("Li2ZrCl6", -37.0), phase("LiCl", -5.5)]
    hull = convex_hull(phases, ["LiCl", "ZrCl4"])
    found = {(p.formula, p.energy): above for p, above in zip(hull.phases, hull.above_hull_ev_per_atom, strict=True)}
    assert found["Li2ZrCl6", -37.0] == pytest.approx(0.1)
    assert found["LiCl", -5.5] == pytest.approx(0.25)
    assert by_formula(hull)["LiCl"].minima == 2
    for k, p in enumerate(hull.phases):
        assert hull.compounds[hull.compound_of[k]].formula == p.formula


def test_default_axes_are_the_elements_if_all_are_there():
    alloys = [phase("Cu", -1.0), phase("Au", -2.0), phase("CuAu", -3.2), phase("Cu3Au", -5.08), phase("CuAu3", -7.32)]
    hull = convex_hull(alloys)
    assert hull.endmembers == ("Cu", "Au")
    rows = by_formula(hull)
    assert rows["CuAu"].formation_ev_per_atom == pytest.approx(-0.1)
    assert rows["Cu3Au"].above_hull_ev_per_atom == pytest.approx(0.03)
    assert rows["CuAu3"].stable and rows["CuAu3"].depth_ev_per_atom == pytest.approx(0.03)


def test_default_axes_are_the_outermost_compositions_else():
    assert convex_hull(salts()).endmembers == ("LiCl", "ZrCl4")


def test_phases_beside_the_axes_are_counted():
    hull = convex_hull([*salts(), phase("Li", -1.9), phase("Li", -1.8), phase("ZrCl3", -20.0)], ["LiCl", "ZrCl4"])
    assert hull.left_out == {"Li": 2, "ZrCl3": 1}
    assert len(hull.phases) == 4


@pytest.mark.parametrize("seed", range(4))
def test_quickhull_agrees_with_the_best_mixture_of_others(seed):
    rng = np.random.default_rng(seed)
    phases = [phase(e, 0.0) for e in ("Li", "Zr", "Cl")]
    while len(phases) < 14:
        counts = rng.integers(0, 5, 3)
        formula = "".join(f"{e}{n}" for e, n in zip(("Li", "Zr", "Cl"), counts, strict=True) if n)
        if np.count_nonzero(counts) > 1:
            phases.append(phase(formula, float(counts.sum() * rng.uniform(-1, 0.1))))
    hull = convex_hull(phases)
    inner = [c for c in hull.compounds if np.isfinite(c.depth_ev_per_atom)]
    assert len(inner) > 5
    for c in inner:
        assert c.stable == (c.depth_ev_per_atom >= -1e-9)
        if not c.stable:
            assert c.above_hull_ev_per_atom == pytest.approx(-c.depth_ev_per_atom, abs=1e-9)


def test_a_triangle_without_energy_of_one_corner():
    phases = [*salts(), phase("Li", -1.9), phase("Zr", -10.0)]
    axes = element_axes([p.counts for p in phases])
    assert axes.formulas == ("Li", "Zr", "Cl")
    with pytest.raises(DataError, match="no energy of the endmember Cl"):
        convex_hull(phases, axes)
    hull = convex_hull(phases, axes, allow_absent=True)
    assert hull.absent == ("Cl",)
    assert set(hull.stable) == {"LiCl", "ZrCl4", "Li2ZrCl6", "Li", "Zr"}
    pairs = {frozenset({hull.compounds[i].formula, hull.compounds[j].formula}) for i, j in hull.tie_lines}
    assert {frozenset({"LiCl", "Li2ZrCl6"}), frozenset({"Li2ZrCl6", "ZrCl4"}), frozenset({"LiCl", "Zr"})} <= pairs
    assert frozenset({"LiCl", "ZrCl4"}) not in pairs
    assert by_formula(hull)["Li4ZrCl8"].above_hull_ev_per_atom == pytest.approx(0.5 / 13, abs=1e-7)


@pytest.mark.parametrize(
    ("phases", "endmembers", "why"),
    [
        ([phase("LiCl", -6), phase("LiCl", -5)], None, "all phases have the composition LiCl"),
        ([phase("LiCl", -6), phase("Li2ZrCl6", -37)], ["LiCl", "ZrCl4"], "no energy of the endmember ZrCl4"),
        (salts(), ["LiCl"], "at least two"),
        (salts(), ["LiCl", "Li2Cl2"], "mixtures of each other"),
        (salts(), ["LiCl", "salt"], "expected a formula"),
        ([*salts(), phase("Li", -1.9), phase("Zr", -8.5)], None, "no energies of Cl; give endmembers"),
    ],
)
def test_what_makes_no_diagram(phases, endmembers, why):
    with pytest.raises(DataError, match=why):
        convex_hull(phases, endmembers)

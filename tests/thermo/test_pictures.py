"""Pictures are drawn, with what they must say in them."""

import numpy as np
import pytest
from thermo_tools import phase, salts

from sswnn.analysis.structures.xrd import diffraction
from sswnn.data.prototypes import prototype
from sswnn.plotting.comparison import plot_comparison
from sswnn.plotting.hull import plot_hull, plot_triangle
from sswnn.plotting.structure_map import plot_map
from sswnn.plotting.xrd import plot_xrd
from sswnn.thermo import convex_hull
from sswnn.thermo.endmembers import element_axes
from sswnn.thermo.reevaluate import Pair, compare


def drawn(path) -> bool:
    return path.read_text().startswith("<?xml") if path.suffix == ".svg" else path.stat().st_size > 5000


@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_hull(tmp_path, suffix):
    rng = np.random.default_rng(0)
    many = [phase("Li2ZrCl6", -37.9 + e) for e in rng.exponential(1.0, 60)]
    path = tmp_path / f"hull.{suffix}"
    plot_hull(convex_hull([*salts(), *many], ["LiCl", "ZrCl4"]), path)
    assert drawn(path)
    plot_hull(convex_hull(salts()[:2], ["LiCl", "ZrCl4"]), path, window=5.0)
    assert drawn(path)


def test_triangles_with_and_without_a_corner(tmp_path):
    phases = [*salts(), phase("Li", -1.9), phase("Zr", -10.0)]
    axes = element_axes([p.counts for p in phases])
    for k, more in enumerate(([], [phase("Cl", -1.8)])):
        plot_triangle(convex_hull([*phases, *more], axes, allow_absent=True), tmp_path / f"{k}.svg")
        assert drawn(tmp_path / f"{k}.svg")


def test_comparison(tmp_path):
    pairs = [Pair(p, phase(p.formula, p.energy + 0.1 * k), True) for k, p in enumerate(salts())]
    plot_comparison(compare(pairs, ["LiCl", "ZrCl4"]), tmp_path / "c.png", names=("one", "two"))
    assert drawn(tmp_path / "c.png")


def test_patterns_and_map(tmp_path):
    patterns = [diffraction(prototype(name)) for name in ("licl_rocksalt", "li2zrcl6_p-31c_2d2b")]
    plot_xrd(patterns, tmp_path / "x.svg", spacing=2.85)
    assert drawn(tmp_path / "x.svg")
    order, share = np.linspace(0, 1, 50), np.append(np.linspace(0, 1, 49), np.nan)
    plot_map(order, order**2, share, tmp_path / "m.png", share_label="Zr / (Li + Zr)")
    assert drawn(tmp_path / "m.png")

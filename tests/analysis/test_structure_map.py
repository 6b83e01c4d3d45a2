"""Density, energy and composition of a set of structures."""

import numpy as np
import pytest

from sswnn.analysis.structures.structure_map import structure_map
from sswnn.data.prototypes import prototype
from sswnn.errors import AnalysisError
from sswnn.ssw.order_parameter import order_parameter

NAMES = ("licl_rocksalt", "licl_wurtzite", "li2zrcl6_c2m_4g", "zrcl4_p2c", "li_fcc")


def pairs():
    return [(prototype(name), (-3.0 + 0.1 * k) * len(prototype(name))) for k, name in enumerate(NAMES)]


def test_what_a_map_holds():
    found = structure_map(pairs())
    assert found.elements == ("Li", "Zr")
    np.testing.assert_allclose(found.share, [0, 0, 1 / 3, 1, 0])
    np.testing.assert_allclose(found.energy, [0, 0.1, 0, 0, 0], atol=1e-12)
    salt = 4 * (6.94 + 35.45) / 5.13**3 * 1.66053907
    assert found.density[0] == pytest.approx(salt, rel=1e-4)
    assert found.order[3] == pytest.approx(order_parameter(prototype("zrcl4_p2c"), 6).value)
    assert set(found.columns()) >= {"order_parameter_6", "density_g_per_cm3", "Zr_over_Li_and_Zr"}


def test_stored_order_parameters_are_taken_and_clusters_left_out():
    atoms = prototype("licl_rocksalt")
    atoms.info["order_parameter_6"] = 0.123
    cluster = prototype("licl_rocksalt")
    cluster.pbc = False
    found = structure_map([(atoms, float("nan")), (cluster, -1.0)], elements=("Li", "Cl"))
    assert found.order.tolist() == [0.123] and found.skipped == 1
    assert np.isnan(found.energy[0]) and found.share[0] == 0.5


def test_one_element_alone():
    assert structure_map([(prototype("li_fcc"), -1.0)]).share.tolist() == [0.5]


def test_impossible_maps():
    with pytest.raises(AnalysisError, match="no crystal among 0"):
        structure_map([])
    with pytest.raises(AnalysisError, match="no structure has Hf"):
        structure_map(pairs(), elements=("Li", "Hf"))

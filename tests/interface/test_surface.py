"""Crystal surfaces: layers, spacings, terminations, supercells."""

import numpy as np
import pytest
from ase.build import bulk

from sswnn.data.prototypes import prototype
from sswnn.errors import InterfaceError
from sswnn.interface.surface import orient, slab


@pytest.mark.parametrize(
    ("miller", "spacing", "area"),
    [
        ((1, 1, 1), 4.3 / np.sqrt(3), 4.3**2 * np.sqrt(3) / 4),
        ((1, 0, 0), 4.3 / 2, 4.3**2 / 2),
        ((1, 1, 0), 4.3 / np.sqrt(8), 4.3**2 / np.sqrt(2)),
        ((-1, 1, 3), 4.3 / np.sqrt(11), 4.3**2 * np.sqrt(11) / 4),
    ],
)
@pytest.mark.parametrize("cubic", [True, False])
def test_fcc_planes(miller, spacing, area, cubic):
    metal = bulk("Li", "fcc", a=4.3, cubic=True)
    if not cubic:  # the same planes in indices of the primitive cell
        primitive = bulk("Li", "fcc", a=4.3)
        miller = tuple(round(float(x)) for x in 2 * primitive.cell.array @ np.array(miller) / 4.3)
        metal = primitive
    crystal = orient(metal, miller)
    assert crystal.spacing == pytest.approx(spacing)
    assert abs(np.linalg.det(crystal.plane)) == pytest.approx(area)
    assert len(crystal.cuts) == 1
    part = slab(crystal, 5, np.eye(2, dtype=int))
    assert len(part) == 5
    assert np.ptp(part.positions[:, 2]) == pytest.approx(4 * spacing)


def test_layered_crystal_is_cut_between_its_layers():
    bulk_cell = prototype("li2zrcl6_p-31c_2d2a")
    crystal = orient(bulk_cell, (0, 0, 1))
    assert len(crystal.cuts) == 2
    for layers in (1, 2, 3, 4):
        part = slab(crystal, layers, np.eye(2, dtype=int))
        assert len(part) == 9 * layers
        order = np.argsort(part.positions[:, 2])
        outer = {part.symbols[k] for k in (*order[:3], *order[-3:])}
        assert outer == {"Cl"}


def test_slab_keeps_the_neighbours_of_the_bulk():
    crystal = orient(prototype("li2zrcl6_p-31c_2d2a"), (0, 0, 1))
    part = slab(crystal, 2, np.array([[2, 1], [-1, 1]]))
    part.center(vacuum=5.0, axis=2)
    zirconium = [a.index for a in part if a.symbol == "Zr"]
    chlorine = [a.index for a in part if a.symbol == "Cl"]
    assert len(zirconium) == 6
    for k in zirconium:
        assert (part.get_distances(k, chlorine, mic=True) < 2.8).sum() == 6


def test_termination_and_errors():
    crystal = prototype("licl_rocksalt")
    polar = orient(crystal, (1, 1, 1))
    assert len(polar.cuts) == 1  # a plane of Li and one of Cl
    with pytest.raises(InterfaceError, match="termination is 3"):
        orient(crystal, (1, 1, 1), termination=3)
    with pytest.raises(InterfaceError, match="Miller indices"):
        orient(crystal, (0, 0, 0))
    with pytest.raises(InterfaceError, match="at least 1"):
        slab(polar, 0, np.eye(2, dtype=int))
    with pytest.raises(InterfaceError, match="determinant 0"):
        slab(polar, 1, np.zeros((2, 2), dtype=int))


@pytest.mark.parametrize(
    ("name", "miller"),
    [("li2zrcl6_p-3m1_6g", (0, 0, 1)), ("li2zrcl6_p-31c_2d2a", (1, 0, 0)), ("li2zrcl6_c2m_4g", (1, 1, 0)),
     ("licl_rocksalt", (1, 1, 1))],
)  # fmt: skip
def test_every_number_of_layers_has_the_composition_of_the_bulk(name, miller):
    """Planes of one element make no layer: a slab of them would be charged."""
    crystal = prototype(name)
    wanted = crystal.symbols.formula.reduce()[0]
    for layers in (1, 2, 3, 4, 5):
        cut = slab(orient(crystal, miller), layers, np.eye(2, dtype=int))
        assert cut.symbols.formula.reduce()[0].count() == wanted.count()

"""D3 dispersion as an option of label engines and added to labels."""

import numpy as np
import pytest
from ase.build import bulk
from ase.io import read

from sswnn.data.dispersion import MARK, Dispersed, Dispersion, mark, unmarked, with_dispersion
from sswnn.data.engines import engine_label, make_engine
from sswnn.data.frames import read_frames, write_frames
from sswnn.data.label import label
from sswnn.errors import LabelError

ENGINE = "ase.calculators.lj.LennardJones"


@pytest.fixture
def crystal():
    atoms = bulk("NaCl", "rocksalt", a=5.6, cubic=True)
    atoms.rattle(0.05, seed=1)
    return atoms


def test_engine_with_dispersion_is_the_sum(crystal, tmp_path):
    label([crystal], ENGINE, tmp_path / "bare.extxyz")
    label([crystal], ENGINE, tmp_path / "sum.extxyz", options={"dispersion": "pbe"})
    (bare,), (summed,) = read_frames(tmp_path / "bare.extxyz"), read_frames(tmp_path / "sum.extxyz")
    assert summed.info["engine"] == ENGINE + MARK
    added = with_dispersion(bare, Dispersion("pbe"))
    assert added.info["engine"] == summed.info["engine"] and "key" not in added.info
    assert added.info["energy"] < bare.info["energy"]  # it attracts
    assert added.info["energy"] == pytest.approx(summed.info["energy"], abs=1e-7)
    assert np.allclose(added.arrays["forces"], summed.arrays["forces"], atol=1e-6)
    assert np.allclose(added.info["stress"], summed.info["stress"], atol=1e-8)
    write_frames(tmp_path / "out.extxyz", [added])
    assert read(tmp_path / "out.extxyz").get_potential_energy() == pytest.approx(
        added.info["energy"]
    )


def test_forces_of_the_dispersion_are_the_slope_of_its_energy(crystal):
    crystal.calc = Dispersion("pbe")
    forces, step = crystal.get_forces(), 1e-3
    energies = []
    for shift in (step, -step):
        moved = crystal.copy()
        moved.positions[3, 1] += shift
        moved.calc = crystal.calc
        energies.append(moved.get_potential_energy())
    assert forces[3, 1] == pytest.approx(-(energies[0] - energies[1]) / (2 * step), abs=1e-6)


def test_elements_can_be_left_out(crystal, tmp_path):
    label([crystal], ENGINE, tmp_path / "bare.extxyz")
    label(
        [crystal],
        ENGINE,
        tmp_path / "sum.extxyz",
        options={"dispersion": "pbe", "dispersion_without": "Na"},
    )
    (bare,), (summed,) = read_frames(tmp_path / "bare.extxyz"), read_frames(tmp_path / "sum.extxyz")
    assert summed.info["engine"] == ENGINE + MARK + "-Na"
    alone = crystal[crystal.symbols == "Cl"]
    alone.calc = Dispersion("pbe")
    assert summed.info["energy"] - bare.info["energy"] == pytest.approx(
        alone.get_potential_energy(), abs=1e-7
    )
    added = summed.arrays["forces"] - bare.arrays["forces"]
    assert np.allclose(added[crystal.symbols == "Na"], 0)
    assert np.allclose(added[crystal.symbols == "Cl"], alone.get_forces(), atol=1e-6)
    assert np.allclose(summed.info["stress"] - bare.info["stress"], alone.get_stress(), atol=1e-8)
    crystal.calc = Dispersion("pbe", ["Na", "Cl"])
    assert crystal.get_potential_energy() == 0


def test_wrong_use_is_refused(crystal):
    with pytest.raises(LabelError, match="no parameters for the functional 'nonsense'"):
        make_engine(ENGINE, dispersion="nonsense")
    with pytest.raises(LabelError, match="cannot leave out 'Xx'"):
        make_engine(ENGINE, dispersion="pbe", dispersion_without="Li, Xx")
    engine = make_engine(ENGINE, dispersion="pbe")
    assert isinstance(engine, Dispersed) and engine_label(ENGINE, engine) == ENGINE + MARK
    crystal.info["engine"] = "some/engine-1" + MARK
    with pytest.raises(LabelError, match="hold a dispersion"):
        with_dispersion(crystal, Dispersion("pbe"))


@pytest.mark.parametrize("without", [(), ("Li",), ("Li", "Na")])
def test_mark_is_read_back(without):
    assert unmarked("engine/one-1.0" + mark(without)) == ("engine/one-1.0", without)
    assert unmarked("engine/one-1.0") == ("engine/one-1.0", None)

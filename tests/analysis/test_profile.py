"""Density profiles: known densities, the integral, tilted cells."""

import numpy as np
import pytest

from sswnn.analysis import Frame, density_profile
from sswnn.errors import AnalysisError

CELL = np.array([[6.0, 0, 0], [-3.0, 5.0, 0], [0.0, 0.0, 20.0]])


def frame(positions, symbols, cell=CELL, index=0) -> Frame:
    return Frame(index, index, 0.1 * index, np.array(symbols), np.array(positions, float), cell)


def test_atoms_land_in_their_slices():
    result = density_profile(
        [frame([[0, 0, 3.1], [1, 1, 3.4], [0, 0, 12.6]], ["Li", "Li", "Cl"])], bin_width=0.5
    )
    assert len(result.z_A) == 40
    slice_volume = 30.0 * 0.5
    assert result.density_per_A3["Li"][6] == pytest.approx(2 / slice_volume)
    assert result.density_per_A3["Cl"][25] == pytest.approx(1 / slice_volume)
    assert result.z_A[6] == pytest.approx(3.25)
    assert (np.delete(result.density_per_A3["Li"], 6) == 0).all()


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_integral_is_the_number_of_atoms(axis):
    cell = np.array([[6.0, 0, 0], [-3.0, 5.0, 0], [1.0, 2.0, 20.0]])
    random = np.random.default_rng(0)
    frames = [
        frame(random.uniform(-30, 30, (50, 3)), ["Li"] * 20 + ["Zr"] * 30, cell, k)
        for k in range(4)
    ]
    result = density_profile(frames, axis=axis)
    width = result.z_A[1] - result.z_A[0]
    height = width * len(result.z_A)
    area = abs(np.linalg.det(cell)) / height
    assert result.density_per_A3["Li"].sum() * width * area == pytest.approx(20)
    assert result.density_per_A3["Zr"].sum() * width * area == pytest.approx(30)
    assert result.frames == 4 and result.time_ps == (0.0, pytest.approx(0.3))


def test_uniform_gas_is_flat():
    random = np.random.default_rng(1)
    frames = [frame(random.uniform(0, 1, (2000, 3)) @ CELL, ["Li"] * 2000) for _ in range(20)]
    density = density_profile(frames, bin_width=2.0).density_per_A3["Li"]
    assert density == pytest.approx(2000 / 600, rel=0.05)


def test_errors():
    with pytest.raises(AnalysisError, match="no frames"):
        density_profile([])
    with pytest.raises(AnalysisError, match="bin width is 0"):
        density_profile([], bin_width=0)

"""Offsets between the zeros of energies."""

import numpy as np
import pytest
from ase import Atoms

from sswnn.data.offsets import element_offsets


def test_offsets_of_elements_are_found_and_what_they_leave():
    frames = [Atoms(s) for s in ("Li", "Li2Cl", "LiCl3", "Cl2")]
    truth = {"Li": 0.4, "Cl": -1.2}
    differences = np.array([np.mean([truth[s] for s in f.symbols]) for f in frames])
    offsets, rest = element_offsets(frames, differences)
    assert offsets == pytest.approx(truth)
    np.testing.assert_allclose(rest, 0, atol=1e-12)
    _, rest = element_offsets(frames, differences + np.array([0, 0.1, -0.1, 0]))
    assert np.abs(rest).max() > 0.02

"""A small random potential with everything switched on, and frames to try it on."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from sswnn.twin.initial import initial_model  # noqa: E402
from sswnn.twin.model import Potential  # noqa: E402


@pytest.fixture(scope="session")
def model():
    """Random parameters of order one, non-trivial E0, standardisation and uncertainty."""
    out = initial_model(["Li", "Zr", "Cl"], hidden=(12, 10), seed=3)
    rng = np.random.default_rng(5)
    out.arrays["energy.atom"] = rng.normal(size=3)
    shape = out.arrays["invariant.mean"].shape
    out.arrays["invariant.mean"] = rng.normal(size=shape)
    out.arrays["invariant.scale"] = 2 + rng.random(shape)
    out.arrays["uncertainty.factor"] = np.tril(
        rng.normal(size=out.arrays["uncertainty.factor"].shape)
    )
    out.arrays["uncertainty.scale"] = rng.random(3) + 0.1
    return out


@pytest.fixture(scope="session")
def potential(model):
    return Potential(model, torch.float64)


@pytest.fixture
def frame():
    """Seven atoms in a triclinic cell smaller than the cutoff, one pair within the core repulsion."""
    cell = np.array([[5.1, 0.2, -0.3], [0.9, 4.8, 0.4], [-0.5, 0.7, 6.2]])
    fractional = np.array(
        [
            [0.1, 0.1, 0.1],
            [0.6, 0.15, 0.2],
            [0.1, 0.6, 0.3],
            [0.6, 0.6, 0.1],
            [0.15, 0.1, 0.62],
            [0.6, 0.6, 0.7],
            [0.1, 0.4, 0.8],
        ]
    )
    species = np.array([0, 1, 2, 2, 0, 2, 1])
    return species, fractional @ cell, cell, np.array([True, True, True])

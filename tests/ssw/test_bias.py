"""The Gaussians of the bias: force against energy, and the height that leaves the wanted push."""

import numpy as np
import pytest
from finite_difference import assert_derivative

from sswnn.ssw.bias import Bias, height

WIDTH = 0.5


def unit(rng: np.random.Generator, n: int) -> np.ndarray:
    direction = rng.normal(size=(n, 3))
    return direction / np.linalg.norm(direction)


def test_the_force_is_the_slope_of_the_energy():
    rng = np.random.default_rng(0)
    bias = Bias(WIDTH, capacity=4, size=15)
    x = rng.normal(size=(5, 3))
    assert bias.energy(x) == 0 and not bias.forces(x).any()
    for w in (0.7, 0.0, 1.3):
        bias.add(x - 0.1 * rng.normal(size=x.shape), unit(rng, 5), w)
    forces = bias.forces(x)
    assert forces.shape == x.shape
    for _ in range(3):
        d = rng.normal(size=x.shape)
        assert_derivative(lambda h, d=d: bias.energy(x + h * d), -float((forces * d).sum()))


def test_one_gaussian_by_its_formula():
    rng = np.random.default_rng(1)
    n, centre = unit(rng, 4), rng.normal(size=(4, 3))
    bias = Bias(WIDTH, 1, 12)
    bias.add(centre, n, 0.9)
    aside = rng.normal(size=(4, 3))
    aside -= (aside * n).sum() * n
    for p in (-0.8, 0.0, 0.3):
        x = centre + p * n + aside  # only the displacement along n counts
        value = 0.9 * np.exp(-(p**2) / (2 * WIDTH**2))
        assert bias.energy(x) == pytest.approx(value, rel=1e-12)
        np.testing.assert_allclose(bias.forces(x), value * p / WIDTH**2 * n, atol=1e-12)


@pytest.mark.parametrize("earlier", [0, 3])
def test_the_height_leaves_the_push_at_one_width(earlier):
    """Force of a harmonic well and of all Gaussians at R + ds N, along N: the push."""
    rng = np.random.default_rng(2)
    push, stiffness = 0.1, 4.0
    bias = Bias(WIDTH, earlier + 1, 12)
    x = 0.3 * rng.normal(size=(4, 3))
    for _ in range(earlier):
        bias.add(0.3 * rng.normal(size=(4, 3)), unit(rng, 4), 0.2)
    n = unit(rng, 4)
    n *= np.sign((n * x).sum())  # uphill
    ahead = x + WIDTH * n
    background = -stiffness * ahead + bias.forces(ahead)
    w = height(float((background * n).sum()), WIDTH, push)
    assert w > 0
    bias.add(x, n, w)
    total = -stiffness * ahead + bias.forces(ahead)
    assert float((total * n).sum()) == pytest.approx(push, abs=1e-12)


def test_a_height_is_never_negative():
    assert height(5.0, WIDTH, 0.1) == 0.0
    assert height(0.1, WIDTH, 0.1) == 0.0

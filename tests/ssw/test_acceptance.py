"""The Metropolis test: what always goes, what never goes, and how often the rest does."""

import numpy as np
import pytest

from sswnn.ssw.acceptance import metropolis


@pytest.mark.parametrize("ratio", [0.1, 0.7, 2.0])
def test_probability(ratio):
    """The share of 20 000 trials is exp(-rise / kT) within four standard deviations."""
    rng = np.random.default_rng(int(10 * ratio))
    n, temperature = 20_000, 0.05
    share = np.mean([metropolis(rng, ratio * temperature, temperature) for _ in range(n)])
    p = np.exp(-ratio)
    assert abs(share - p) < 4 * np.sqrt(p * (1 - p) / n)


def test_detailed_balance_of_two_minima():
    """A walker that proposes the other one of two minima stands in the higher one with the Boltzmann weight."""
    rng = np.random.default_rng(1)
    rise, temperature, high, visits = 0.06, 0.05, False, 0
    n = 40_000
    for _ in range(n):
        if metropolis(rng, -rise if high else rise, temperature):
            high = not high
        visits += high
    weight = np.exp(-rise / temperature)
    assert visits / n == pytest.approx(weight / (1 + weight), abs=0.012)


def test_downhill_always_and_at_zero_temperature_never_uphill():
    rng = np.random.default_rng(2)
    for temperature in (0.0, 0.05):
        assert all(metropolis(rng, rise, temperature) for rise in (-1.0, -1e-12, 0.0, -np.inf))
    assert not any(metropolis(rng, rise, 0.0) for rise in (1e-12, 0.1, np.inf))
    assert not metropolis(rng, np.inf, 0.05)
    assert not metropolis(rng, np.nan, 0.05)


def test_what_needs_no_chance_draws_none():
    rng = np.random.default_rng(3)
    before = rng.bit_generator.state
    metropolis(rng, -1.0, 0.05)
    metropolis(rng, 1.0, 0.0)
    assert rng.bit_generator.state == before

"""The shipped models where no data reach: atoms that are pushed into each other meet a wall."""

from itertools import combinations_with_replacement

import numpy as np
import pytest
from ase import Atoms

from sswnn.data.sampling import covalent_sum
from sswnn.potential import models
from sswnn.potential.calculator import SSWNN


@pytest.mark.parametrize("name", models.shipped())
def test_pairs_have_no_hole(name):
    calculator = SSWNN(name)
    for symbols in combinations_with_replacement(calculator.elements, 2):
        length = covalent_sum(*symbols)
        energies = []
        for r in np.arange(0.65 * length, 0.1, -0.02):
            pair = Atoms(symbols, [[0, 0, 0], [0, 0, r]])
            pair.calc = calculator
            energies.append(pair.get_potential_energy())
        assert np.diff(energies).min() > -1e-3, (symbols, np.diff(energies).min())
        assert energies[-1] - energies[0] > 50

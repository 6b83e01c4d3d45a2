"""Energies of layered models with a calculator whose answer is known."""

import numpy as np
import pytest
from ase.calculators.calculator import Calculator, all_changes

from sswnn.analysis.structures.polyhedra import polyhedra
from sswnn.data.layered import layered_model
from sswnn.data.prototypes import prototype
from sswnn.errors import DataError
from sswnn.thermo.models import edge_cost, model_energies, standard_models


class EdgeCounter(Calculator):
    """0.5 eV for each shared Zr-Zr edge, and -2 eV an atom; no forces."""

    implemented_properties = ["energy", "forces", "stress"]  # noqa: RUF012

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        shared = polyhedra(atoms).count("Zr", "Zr", "edge")
        self.results = {"energy": 0.5 * shared - 2.0 * len(atoms), "forces": np.zeros((len(atoms), 3)), "stress": np.zeros(6)}


@pytest.mark.parametrize("anions", ["AB", "ABC"])
def test_the_cost_of_shared_edges(anions):
    rng = np.random.default_rng(0)
    models = standard_models(rng, layers=2, disordered=1, anions=anions)
    found = model_energies(models, EdgeCounter(), rng, relax=None)
    assert {e.name for e in found if e.shared} == {"shared edges"}
    cell, each = edge_cost(found)
    assert each == pytest.approx(0.5)
    shared = next(e for e in found if e.shared)
    assert cell == pytest.approx(0.5 * shared.shared)
    assert shared.above(found[0]) == pytest.approx((cell / shared.units, cell / shared.units * 96.4853), rel=1e-5)


def test_a_relaxation_keeps_the_model():
    rng = np.random.default_rng(0)
    (found,) = model_energies({"a": layered_model()}, EdgeCounter(), rng)
    assert found.converged and found.units == 3 and found.space_group == "P-31m (162)"
    assert edge_cost([found]) is None


def test_models_of_different_compositions():
    rng = np.random.default_rng(0)
    with pytest.raises(DataError, match=r"different compositions: a .*, b "):
        model_energies({"a": layered_model(), "b": prototype("zrcl4_p2c")}, EdgeCounter(), rng)

"""Phases evaluated again: rankings, hulls, resuming, failures."""

from dataclasses import replace

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.emt import EMT
from thermo_tools import phase

from sswnn.data.composition import parse_formula
from sswnn.errors import DataError
from sswnn.thermo import Phase
from sswnn.thermo.reevaluate import RELAX, compare, lowest_of_each, reevaluate


def alloys() -> list[Phase]:
    """fcc Cu and Au and two orders of CuAu, energies in a wrong order."""
    a, c = 3.9, 3.7
    layered = Atoms("CuAu", [[0, 0, 0], [a / 2, 0, c / 2]], cell=[[a / 2, -a / 2, 0], [a / 2, a / 2, 0], [0, 0, c]], pbc=True)
    caesium = bulk("CuAu", "cesiumchloride", a=3.05)
    copper, gold, centred = bulk("Cu", a=3.6), bulk("Au", a=4.06), bulk("Cu", "bcc", a=2.87)
    rows = [(copper, 0.1), (gold, 0.2), (layered, 0.25), (caesium, 0.24), (centred, 0.3)]
    return [
        Phase(counts=parse_formula(str(a.symbols)), energy=e * len(a), source=f"#{k}", atoms=a) for k, (a, e) in enumerate(rows)
    ]


class Unwilling(Calculator):
    """EMT that refuses body-centred Cu; counts its calls."""

    implemented_properties = ["energy", "forces", "stress"]  # noqa: RUF012
    calls = 0

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        self.calls += 1
        if len(atoms) == 1 and atoms.get_volume() > 11.8 and atoms.symbols[0] == "Cu":
            raise RuntimeError("no")
        copy = atoms.copy()
        copy.calc = EMT()
        self.results = {"energy": copy.get_potential_energy(), "forces": copy.get_forces(), "stress": copy.get_stress()}


def test_the_lowest_of_each():
    assert [p.source for p in lowest_of_each(alloys(), 1)] == ["#0", "#1", "#3"]
    with pytest.raises(DataError, match="at least 1"):
        lowest_of_each(alloys(), 0)
    with pytest.raises(DataError, match="no phase has a structure"):
        lowest_of_each([phase("LiCl", -1)], 2)


def test_ranking_and_hull_change_and_a_second_call_evaluates_nothing(tmp_path):
    calculator = Unwilling()
    out = tmp_path / "again.extxyz"
    pairs = reevaluate(alloys(), calculator, "emt", out, relax=RELAX)
    assert [p.before.source for p in pairs] == ["#0", "#1", "#2", "#3"]  # the last one failed
    assert "RuntimeError: no" in (tmp_path / "again.extxyz.failures.jsonl").read_text()
    assert all(p.converged for p in pairs)
    volume = pairs[0].after.atoms.get_volume()
    assert volume == pytest.approx(11.56, abs=0.15)  # EMT: a = 3.59 A
    calls = calculator.calls
    again = reevaluate(alloys(), calculator, "emt", out, relax=RELAX)
    assert calculator.calls == calls
    np.testing.assert_allclose([p.after.energy for p in again], [p.after.energy for p in pairs], atol=1e-7)
    result = compare(pairs, ["Cu", "Au"])
    assert result.before.stable == ("Cu", "Au") and result.after.stable == ("Cu", "CuAu", "Au")
    change = next(c for c in result.changes if c.formula == "CuAu")
    assert (change.lowest_before, change.lowest_after) == ("#3", "#2")


def test_a_file_of_another_engine_is_refused(tmp_path):
    reevaluate(alloys()[:1], EMT(), "emt", tmp_path / "a.extxyz")
    with pytest.raises(DataError, match="holds energies of emt, not of other"):
        reevaluate(alloys()[:1], EMT(), "other", tmp_path / "a.extxyz")


def test_pressure_enters_the_enthalpy(tmp_path):
    (plain,) = reevaluate(alloys()[:1], EMT(), "emt", tmp_path / "a.extxyz")
    (pressed,) = reevaluate(alloys()[:1], EMT(), "emt", tmp_path / "a.extxyz", pressure=0.02)
    assert pressed.after.energy - plain.after.energy == pytest.approx(0.02 * plain.after.atoms.get_volume())


def test_a_relaxation_feels_the_pressure_and_another_one_is_made_anew(tmp_path):
    out, calculator = tmp_path / "a.extxyz", Unwilling()
    (plain,) = reevaluate(alloys()[:1], calculator, "emt", out, relax=RELAX)
    (pressed,) = reevaluate(alloys()[:1], calculator, "emt", out, relax=RELAX, pressure=0.1)
    assert pressed.volume_change < plain.volume_change - 0.03
    atoms = pressed.after.atoms.copy()
    atoms.calc = EMT()
    np.testing.assert_allclose(atoms.get_stress()[:3], -0.1, atol=1e-4)
    calls = calculator.calls
    reevaluate(alloys()[:1], calculator, "emt", out, relax=replace(RELAX, force=0.05))
    assert calculator.calls > calls


def test_skewed_cells_are_reduced_first(tmp_path):
    crystal = bulk("Cu", a=3.6, cubic=True)
    skewed = Atoms("Cu4", crystal.positions, cell=[[3.6, 0, 0], [36, 3.6, 0], [0, 18, 3.6]], pbc=True)
    one = Phase(counts=parse_formula("Cu4"), energy=0.0, source="#0", atoms=skewed)
    (pair,) = reevaluate([one], EMT(), "emt", tmp_path / "a.extxyz")
    crystal.calc = EMT()
    assert pair.after.energy == pytest.approx(crystal.get_potential_energy(), abs=1e-9)
    np.testing.assert_allclose(pair.after.atoms.cell.lengths(), 3.6)

"""Conductivities: a number by hand, correlations, charges, refusals."""

from dataclasses import replace

import numpy as np
import pytest

from sswnn.analysis.transport.conductivity import conductivity
from sswnn.analysis.transport.displacements import from_positions
from sswnn.analysis.transport.walks import walk
from sswnn.errors import AnalysisError


def run_of(kind="hops", frames=3000, particles=16, seed=1, volume=1000.0):
    made = walk(kind, frames, particles, np.random.default_rng(seed), hops_per_frame=0.2)
    return from_positions(made.positions, ["Li"] * particles, interval_ps=1.0, volume_A3=volume)


def test_nernst_einstein_by_hand():
    found = conductivity([run_of()], temperature_K=300.0)
    diffusion = found.tracer.coefficient_cm2_per_s
    # 16 ions in 1000 A^3: 1.6e22 per cm^3; e^2 / kT = (1.602177e-19 C)^2 / (1.380649e-23 J/K * 300 K)
    by_hand = 1.6e22 * 1.602177e-19**2 / (1.380649e-23 * 300) * diffusion.value
    assert found.tracer_s_per_cm.value == pytest.approx(by_hand, rel=1e-5)
    assert found.tracer_s_per_cm.unit == "S/cm" and found.material == "Li"
    assert found.tracer_s_per_cm.high / found.tracer_s_per_cm.value == pytest.approx(diffusion.high / diffusion.value)


def test_haven_ratio_of_pairs_is_a_half():
    found = conductivity([run_of("strings", 20000)], temperature_K=300.0)
    assert found.haven and found.haven.low < 0.5 < found.haven.high < 1.0
    alone = conductivity([run_of("hops", 20000)], temperature_K=300.0)
    assert alone.haven and alone.haven.low < 1.0 < alone.haven.high


def test_charge_enters_squared():
    one = conductivity([run_of()], temperature_K=300.0)
    two = conductivity([run_of()], temperature_K=300.0, charge=2.0)
    assert two.tracer_s_per_cm.value == pytest.approx(4 * one.tracer_s_per_cm.value)
    assert one.collective_s_per_cm and two.collective_s_per_cm
    assert two.collective_s_per_cm.value == pytest.approx(4 * one.collective_s_per_cm.value)
    assert two.haven and one.haven and two.haven.value == pytest.approx(one.haven.value)


def test_anions_that_move_along_carry_the_opposite_current():
    made = walk("hops", 5000, 16, np.random.default_rng(2), hops_per_frame=0.2)
    both = np.concatenate([made.positions, 0.5 * made.positions], axis=1)
    run = from_positions(both, ["Li"] * 16 + ["Cl"] * 16, interval_ps=1.0, volume_A3=1000.0)
    cations, all_ions = (
        conductivity([run], temperature_K=300.0, charges=charges) for charges in ({"Li": 1.0}, {"Li": 1.0, "Cl": -1.0})
    )
    assert cations.collective_s_per_cm and all_ions.collective_s_per_cm
    ratio = all_ions.collective_s_per_cm.value / cations.collective_s_per_cm.value
    assert ratio == pytest.approx(0.25, rel=1e-6)


def test_tables():
    found = conductivity([run_of()], temperature_K=300.0, material="a")
    assert found.columns()["material"][0] == "a"
    assert {"sigma_tracer_s_per_cm_low", "haven_ratio", "D_cm2_per_s"} <= set(found.columns())
    assert found.to_dict()["tracer"]["D_cm2_per_s"] > 0
    short = conductivity([run_of()], temperature_K=300.0, charges={"Na": 1.0})
    assert short.collective is None and "no charged atom" in short.collective_refused
    assert np.isnan(short.columns()["sigma_collective_s_per_cm"][0])


def test_refusals():
    with pytest.raises(AnalysisError, match="temperature is -3 K"):
        conductivity([run_of()], temperature_K=-3.0)
    with pytest.raises(AnalysisError, match=r"volumes from 1000.0 to 1100.0 A\^3"):
        conductivity([run_of(), run_of(volume=1100.0)], temperature_K=300.0)
    with pytest.raises(AnalysisError, match="runs with 12, 16 Li"):
        conductivity([run_of(), run_of(particles=12)], temperature_K=300.0)
    with pytest.raises(AnalysisError, match="volume of the cell is nan"):
        conductivity([replace(run_of(), volume_A3=float("nan"))], temperature_K=300.0)

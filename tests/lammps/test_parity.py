"""LAMMPS gives what the core gives: every quantity, cell, element order, instruction set, ranks."""

import re

import numpy as np
import pytest
from lammps_tools import (
    BAR,
    CENTROID,
    FORCES,
    OUTPUTS,
    STRESS,
    Atoms,
    core,
    make_atoms,
    preamble,
    stack,
)

from sswnn import _core

TIGHT = {"rtol": 1e-10, "atol": 1e-10}


def check(run, expected, volume=None):
    """Every output of `run` against the core's answer; nothing compared is zero."""
    frame, thermo = run.dump()[-1], run.thermo()
    assert np.abs(expected["forces"]).max() > 0.1
    np.testing.assert_allclose(thermo["PotEng"][-1], expected["energy"], **TIGHT)
    np.testing.assert_allclose(stack(frame, *FORCES), expected["forces"], **TIGHT)
    np.testing.assert_allclose(frame["c_e"], expected["energies"], **TIGHT)
    assert expected["uncertainty"].min() > 0
    np.testing.assert_allclose(frame["f_u"], expected["uncertainty"], **TIGHT)
    w = expected["virial"]
    tensor = np.array([w[0, 0], w[1, 1], w[2, 2], w[0, 1], w[0, 2], w[1, 2]])
    np.testing.assert_allclose(
        stack(frame, *STRESS).sum(axis=0), tensor * BAR, rtol=1e-9, atol=1e-3
    )
    if volume:
        pressure = [thermo[name][-1] for name in ("Pxx", "Pyy", "Pzz", "Pxy", "Pxz", "Pyz")]
        np.testing.assert_allclose(pressure, -tensor / volume * BAR, rtol=1e-9, atol=1e-4)


@pytest.mark.parametrize("ranks", [1, 2, 4])
@pytest.mark.parametrize("triclinic", [False, True], ids=["orthogonal", "triclinic"])
def test_crystal(lammps, model_file, triclinic, ranks):
    atoms = make_atoms(5, triclinic=triclinic)
    run = lammps(preamble(model_file) + OUTPUTS + "run 0\n", atoms, ranks=ranks)
    check(run, core(model_file, atoms), np.linalg.det(atoms.cell))


def test_cell_smaller_than_the_cutoff(lammps, model_file):
    atoms = make_atoms(2)
    assert atoms.cell[0, 0] < 1.1 * _core.Potential(str(model_file)).cutoff
    atoms.cell = atoms.cell * 0.9
    atoms.positions = atoms.positions * 0.9
    assert atoms.cell[0, 0] < _core.Potential(str(model_file)).cutoff
    run = lammps(preamble(model_file) + OUTPUTS + "run 0\n", atoms)
    check(run, core(model_file, atoms), np.linalg.det(atoms.cell))


@pytest.mark.parametrize("ranks", [1, 4])
def test_cluster_without_periodic_boundaries(lammps, model_file, ranks):
    atoms = make_atoms(4)
    atoms.positions += 1.0
    atoms.cell = atoms.cell + 2.0 * np.eye(3)
    atoms.pbc = (False, False, False)
    run = lammps(preamble(model_file, boundary="s f m") + OUTPUTS + "run 0\n", atoms, ranks=ranks)
    check(run, core(model_file, atoms))


@pytest.mark.parametrize("ranks", [2, 4])
def test_slab_with_ranks_that_have_no_atoms(lammps, model_file, ranks):
    atoms = make_atoms(4, vacuum=40.0)
    script = preamble(model_file, before=f"processors 1 1 {ranks}") + OUTPUTS + "run 0\n"
    run = lammps(script, atoms, ranks=ranks)
    assert re.search(r"Nlocal: .* 0 min", run.output)
    check(run, core(model_file, atoms), np.linalg.det(atoms.cell))


def test_types_are_mapped_by_name_not_by_position(lammps, model_file):
    atoms = make_atoms(4)
    run = lammps(preamble(model_file, "Cl Li Zr") + OUTPUTS + "run 0\n", atoms)
    check(run, core(model_file, atoms, ["Cl", "Li", "Zr"]))
    assert abs(core(model_file, atoms)["energy"] - run.thermo()["PotEng"][0]) > 0.1


def test_subset_and_repetition_of_elements(lammps, model_file):
    atoms = make_atoms(4)
    run = lammps(preamble(model_file, "Cl Zr Cl") + OUTPUTS + "run 0\n", atoms)
    check(run, core(model_file, atoms, ["Cl", "Zr", "Cl"]))


@pytest.mark.parametrize("isa", _core.available_isas())
def test_instruction_sets(lammps, model_file, isa):
    atoms = make_atoms(4)
    run = lammps(preamble(model_file, style=f"sswnn isa {isa}") + OUTPUTS + "run 0\n", atoms)
    assert f"{isa} kernels" in run.output
    check(run, core(model_file, atoms, isa="baseline"))


def test_isolated_atom(lammps, model_file):
    atoms = Atoms(np.array([[10.0, 10.0, 10.0]]), np.array([2]), np.eye(3) * 20.0)
    run = lammps(preamble(model_file) + OUTPUTS + "run 0\n", atoms)
    expected = core(model_file, atoms)
    np.testing.assert_allclose(run.thermo()["PotEng"][0], expected["energy"], **TIGHT)
    assert not stack(run.dump()[0], *FORCES).any()


def test_neighbours_at_the_cutoff_are_not_lost(lammps, model_file):
    """Pairs a rounding error inside and outside the cutoff, across a periodic boundary and not."""
    cutoff = _core.Potential(str(model_file)).cutoff
    for distance in (
        cutoff * (1 - 1e-15),
        cutoff * (1 - 1e-4),
        cutoff * (1 + 1e-15),
        cutoff * 0.98,
    ):
        positions = np.array([[0.3, 1.0, 1.0], [0.3 + distance, 1.0, 1.0], [29.9, 9.0, 9.0]])
        positions = np.vstack([positions, [29.9 + distance - 30.0, 9.0, 9.0]])
        atoms = Atoms(positions, np.array([1, 2, 3, 1]), np.eye(3) * 30.0)
        run = lammps(preamble(model_file) + OUTPUTS + "run 0\n", atoms)
        expected = core(model_file, atoms)
        np.testing.assert_allclose(stack(run.dump()[0], *FORCES), expected["forces"], atol=1e-12)
        np.testing.assert_allclose(run.dump()[0]["c_e"], expected["energies"], **TIGHT)


@pytest.mark.parametrize("ranks", [2, 4])
def test_trajectory_does_not_depend_on_ranks(lammps, model_file, ranks):
    script = (
        preamble(model_file)
        + OUTPUTS
        + """
velocity all create 600 4711 loop geom
fix n all nve
timestep 0.001
run 20
"""
    )
    one, many = (lammps(script, make_atoms(5), ranks=n).dump()[-1] for n in (1, ranks))
    np.testing.assert_allclose(
        stack(many, "x", "y", "z"), stack(one, "x", "y", "z"), rtol=0, atol=1e-9
    )
    np.testing.assert_allclose(stack(many, *FORCES), stack(one, *FORCES), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(stack(many, *CENTROID), stack(one, *CENTROID), rtol=1e-8, atol=1e-2)

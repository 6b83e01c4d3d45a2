"""Forces, pressure, per-atom stress and heat flux against routes that do not pass through them."""

import numpy as np
import pytest
from lammps_tools import (
    BAR,
    CENTROID,
    FORCES,
    OUTPUTS,
    STRESS,
    core,
    make_atoms,
    preamble,
    stack,
)

MVV2E = 1.0364269e-4  # LAMMPS' own amu Å^2/ps^2 in eV (units metal)
MASSES = np.array([6.94, 91.224, 35.45])


def errors_halve_squared(coarse: float, fine: float) -> bool:
    """Whether halving the step divides the error by about four, as a second-order formula does."""
    return 3.0 < coarse / fine < 5.0


@pytest.mark.parametrize("triclinic", [False, True], ids=["orthogonal", "triclinic"])
def test_forces_are_the_slope_of_the_energy(lammps, model_file, triclinic):
    differences = []
    for delta in (0.01, 0.005):
        script = (
            preamble(model_file, before="atom_modify map array")
            + f"""
fix n all numdiff 1 {delta}
dump d all custom 1 atoms.dump id fx fy fz f_n[1] f_n[2] f_n[3]
dump_modify d sort id format float %.17g
run 0
"""
        )
        frame = lammps(script, make_atoms(3, triclinic=triclinic)).dump()[0]
        forces, slopes = stack(frame, *FORCES), stack(frame, "f_n[1]", "f_n[2]", "f_n[3]")
        assert np.abs(forces).max() > 0.5
        differences.append(np.abs(forces - slopes).max())
    assert differences[1] < 1e-3 * np.abs(forces).max()
    assert errors_halve_squared(*differences)


@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.parametrize("triclinic", [False, True], ids=["orthogonal", "triclinic"])
def test_pressure_is_the_slope_of_the_energy_with_strain(lammps, model_file, triclinic, ranks):
    differences = []
    for delta in (0.004, 0.002):
        script = (
            preamble(model_file)
            + f"""
fix n all numdiff/virial 1 {delta}
compute p all pressure NULL virial
thermo_style custom step c_p[1] c_p[2] c_p[3] c_p[4] c_p[5] c_p[6] f_n[1] f_n[2] f_n[3] f_n[4] f_n[5] f_n[6]
thermo_modify format float %.17g
run 0
"""
        )
        thermo = lammps(script, make_atoms(4, triclinic=triclinic), ranks=ranks).thermo()
        pressure = np.array([thermo[f"c_p[{k}]"][0] for k in range(1, 7)])
        # fix numdiff/virial orders xx yy zz yz xz xy
        slopes = np.array([thermo[f"f_n[{k}]"][0] for k in (1, 2, 3, 6, 5, 4)])
        assert np.abs(pressure).min() > 10
        differences.append(np.abs(pressure - slopes).max())
    assert differences[1] < 2e-3 * np.abs(pressure).max()
    assert errors_halve_squared(*differences)


@pytest.mark.parametrize("ranks", [1, 2])
def test_stresses_of_atoms_add_up_to_the_pressure(lammps, model_file, ranks):
    atoms = make_atoms(4, triclinic=True)
    run = lammps(preamble(model_file) + OUTPUTS + "run 0\n", atoms, ranks=ranks)
    frame, thermo, volume = run.dump()[0], run.thermo(), np.linalg.det(atoms.cell)
    pv = volume * np.array([thermo[p][0] for p in ("Pxx", "Pyy", "Pzz", "Pxy", "Pxz", "Pyz")])
    assert np.abs(pv).min() > 1e4
    np.testing.assert_allclose(stack(frame, *STRESS).sum(axis=0), -pv, rtol=1e-9, atol=0.1)
    centroid = stack(frame, *CENTROID).sum(axis=0)
    np.testing.assert_allclose(centroid[:6], -pv, rtol=1e-9, atol=0.1)
    np.testing.assert_allclose(centroid[6:], centroid[3:6], rtol=1e-9, atol=0.1)


def test_virial_by_pairs_is_the_virial_by_forces(lammps, model_file):
    atoms = make_atoms(4, triclinic=True)
    plain = lammps(preamble(model_file) + OUTPUTS + "run 0\n", atoms).thermo()
    pairs = lammps(preamble(model_file) + "pair_modify nofdotr\n" + OUTPUTS + "run 0\n", atoms)
    for name in ("Pxx", "Pyy", "Pzz", "Pxy", "Pxz", "Pyz"):
        np.testing.assert_allclose(pairs.thermo()[name], plain[name], rtol=1e-9)


def energy_moment(model, atoms, positions: np.ndarray, velocities: np.ndarray) -> np.ndarray:
    """Sum over atoms of position times (potential + kinetic) energy, eV Å."""
    mass = MASSES[atoms.types - 1]
    moved = type(atoms)(positions, atoms.types, atoms.cell, atoms.pbc)
    answer = core(model, moved)
    kinetic = 0.5 * MVV2E * mass * (velocities**2).sum(axis=1)
    return ((answer["energies"] + kinetic)[:, None] * positions).sum(axis=0)


def test_heat_flux_from_centroid_stress_is_the_rate_of_the_energy_moment(lammps, model_file):
    """J = d/dt sum_i r_i e_i on a cluster; exact for centroid stress only (off by percents for stress/atom)."""
    atoms = make_atoms(3)
    atoms.positions += 5.0
    atoms.cell = atoms.cell + 10.0 * np.eye(3)
    atoms.pbc = (False, False, False)
    script = (
        preamble(model_file, boundary="f f f")
        + """
velocity all create 2000 4711 loop geom
compute ke all ke/atom
compute pe all pe/atom
compute s all stress/atom NULL virial
compute c all centroid/stress/atom NULL virial
compute js all heat/flux ke pe s
compute jc all heat/flux ke pe c
thermo_style custom step c_jc[1] c_jc[2] c_jc[3] c_js[1] c_js[2] c_js[3]
thermo_modify format float %.17g
dump d all custom 1 atoms.dump id x y z vx vy vz fx fy fz
dump_modify d sort id format float %.17g
run 0
"""
    )
    run = lammps(script, atoms)
    frame, thermo = run.dump()[0], run.thermo()
    x, v, f = (stack(frame, *names) for names in ("xyz", ("vx", "vy", "vz"), FORCES))
    acceleration = f / (MASSES[atoms.types - 1] * MVV2E)[:, None]
    dt = 1e-5  # ps
    ahead, behind = (
        energy_moment(model_file, atoms, x + s * dt * v, v + s * dt * acceleration) for s in (1, -1)
    )
    rate = (ahead - behind) / (2 * dt)
    flux, common = (np.array([thermo[f"c_{j}[{k}]"][0] for k in (1, 2, 3)]) for j in ("jc", "js"))
    assert np.abs(rate).min() > 1
    np.testing.assert_allclose(flux, rate, rtol=1e-5)
    assert np.abs(common - rate).max() > 100 * np.abs(flux - rate).max()


def test_stress_of_an_atom_is_half_of_its_pairs(lammps, model_file):
    """For a dimer, stress/atom divides the virial of the pair equally."""
    atoms = make_atoms(2)
    atoms.positions, atoms.types = np.array([[9.0, 9, 9], [10.9, 9.4, 8.7]]), np.array([1, 3])
    atoms.cell, atoms.pbc = 20.0 * np.eye(3), (False, False, False)
    frame = lammps(preamble(model_file, boundary="f f f") + OUTPUTS + "run 0\n", atoms).dump()[0]
    stress = stack(frame, *STRESS)
    r, force = atoms.positions[1] - atoms.positions[0], stack(frame, *FORCES)[1]
    pair = np.array([r[a] * force[b] for a, b in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))])
    assert np.abs(pair).max() > 0.01
    np.testing.assert_allclose(stress, -0.5 * BAR * np.array([pair, pair]), rtol=1e-9, atol=1e-6)

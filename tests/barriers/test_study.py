"""Ends that slide are named, hops run once, tables and LAMMPS files; hops of LiCl with a random-free pair potential."""

from pathlib import Path

import numpy as np
import pytest
from ase.calculators.lj import LennardJones
from landscapes import BOX, landscape

from sswnn import SSWNN
from sswnn.analysis.tables import write_csv
from sswnn.barriers import BandSettings, Hop, Sites, distinct_hops, find_sites, run_hop, run_hops
from sswnn.barriers.compare import compare_engine
from sswnn.barriers.lammps import read_barriers, write_neb
from sswnn.barriers.states import default_supercell, end_states, relax_ends
from sswnn.barriers.study import END_TOLERANCE
from sswnn.barriers.tables import barrier_columns, energy_columns, lowest_of_channels, verdict
from sswnn.data.frames import read_frames
from sswnn.data.prototypes import prototype
from sswnn.errors import AnalysisError
from sswnn.ssw.symmetry import TRIVIAL

FAST = BandSettings(images=3, force=0.05, start="linear")


@pytest.fixture(scope="module")
def salt():
    return find_sites(prototype("licl_rocksalt"))


def test_ends_differ_by_one_atom_that_hops(salt):
    (hop,) = distinct_hops(salt)
    ends = end_states(salt, hop, (2, 2, 2))
    perfect = salt.host.repeat(2)
    assert len(ends.first) == len(ends.second) == len(perfect) - 1
    assert ends.first.get_chemical_symbols()[ends.ion] == "Li"
    moved = ends.second.positions - ends.first.positions
    assert moved[ends.ion] == pytest.approx(hop.vector)
    assert not np.delete(moved, ends.ion, axis=0).any()
    together = ends.first + ends.second[[ends.ion]]  # both sites filled: the perfect crystal again
    i = together.get_all_distances(mic=True)
    assert np.sort(i, axis=1)[:, 1].min() == pytest.approx(5.13 / 2)
    assert default_supercell(salt.host) == (2, 2, 2)
    with pytest.raises(AnalysisError, match="twice"):
        end_states(salt, hop, (1, 2, 2))


def one_ion(vector):
    """Sites of one Li in a box and a hop by a vector."""
    from landscapes import atoms_at

    host = atoms_at(0)
    identity = np.eye(3, dtype=int)[None]
    places = np.append(host.positions, host.positions[:1] + vector, axis=0)
    sites = Sites(
        host, "Li", places, np.array([0, 1, 2, -1]), np.full(4, ""), np.full(4, -1), np.arange(4), TRIVIAL, identity,
        np.arange(4)[None], np.zeros((1, 4, 3), int),
    )  # fmt: skip
    distance = float(np.linalg.norm(vector))
    return sites, Hop(
        "f1", "frenkel", 0, 3, (0, 0, 0), tuple(vector), distance, "", 1, False, False
    )


def waves(period, phase):
    """Minima along x at phase + n period."""

    def surface(x, y):
        turn = 2 * np.pi * (x - phase) / period
        return 0.2 * (1 - np.cos(turn)) + y**2, 0.4 * np.pi / period * np.sin(turn), 2 * y

    return surface


@pytest.mark.parametrize(
    ("vector", "period", "phase", "problem", "note"),
    [
        ((3.0, 0, 0), 3.0, 0.0, "", ""),
        ((3.0, 0, 0), BOX, 0.0, "second end: the ion relaxed to the other end", ""),
        ((8.0, 0, 0), 5.9, 0.1, "", "second end: the ion settled 2.00 A from its site"),
        ((0.25, 0, 0), 3.0, 0.125, "both ends relaxed to the same state", ""),
    ],
)
def test_ends_that_slide_are_named(vector, period, phase, problem, note):
    sites, hop = one_ion(np.array(vector))
    calculator = landscape(waves(period, phase))
    _, found = relax_ends(sites, hop, end_states(sites, hop, (1, 1, 1)), calculator, END_TOLERANCE)
    assert (found.problem, found.note) == (problem, note)
    if problem:
        result, images = run_hop(sites, hop, (1, 1, 1), calculator, FAST)
        assert result.status == "end states" and problem in result.note and not images
        assert np.isnan(result.forward_ev) and not result.converged


def test_hops_are_run_once(salt, tmp_path):
    hops = distinct_hops(salt)
    said: list[str] = []
    calculator = SSWNN()
    first = run_hops(tmp_path, salt, hops, (2, 2, 2), calculator, "a model", FAST, said.append)
    again = run_hops(tmp_path, salt, hops, (2, 2, 2), calculator, "a model", FAST, said.append)
    assert repr(again) == repr(first) and said.count("[v1] unchanged, reused") == 1
    (result,) = first
    assert result.converged and 0.1 < result.forward_ev < 1.0 and result.atoms == 63
    assert result.forward_ev == pytest.approx(result.backward_ev, abs=1e-4) and result.note == ""
    assert len(result.uncertainty_ev_per_A) == 3 and min(result.uncertainty_ev_per_A) > 0
    images = read_frames(tmp_path / "v1.extxyz")
    assert calculator.get_potential_energy(images[1]) == pytest.approx(
        images[1].info["energy"], abs=1e-6
    )
    with pytest.raises(AnalysisError, match="another supercell"):
        run_hops(tmp_path, salt, hops, (2, 2, 3), calculator, "a model", FAST)

    engine = compare_engine(tmp_path, first, "ase.calculators.lj.LennardJones", {"rc": 5.0})
    expected = [LennardJones(rc=5.0).get_potential_energy(image) for image in images]
    assert engine[0].energies_ev == pytest.approx(np.array(expected) - expected[0], abs=1e-5)
    forces = [LennardJones(rc=5.0).get_forces(image) for image in images]
    wrong = np.array(
        [image.arrays["forces"] - other for image, other in zip(images, forces, strict=True)]
    )
    assert engine[0].force_rmse_ev_per_A == pytest.approx(np.sqrt((wrong**2).mean()), rel=1e-4)
    assert engine[0].ion_force_rmse_ev_per_A == pytest.approx(
        np.sqrt((wrong[:, result.ion] ** 2).mean()), rel=1e-4
    )
    write_csv(tmp_path / "barriers.csv", barrier_columns(first, engine))
    write_csv(tmp_path / "energies.csv", energy_columns(first, engine))
    assert len((tmp_path / "energies.csv").read_text().splitlines()) == 4
    assert "engine_forward_ev" in (tmp_path / "barriers.csv").read_text()


def test_lowest_of_channels(salt, tmp_path):
    from dataclasses import replace

    base, _ = run_hop(*one_ion(np.array((3.0, 0, 0))), (1, 1, 1), landscape(waves(3.0, 0.0)), FAST)
    assert base.converged and base.forward_ev == pytest.approx(0.4, abs=0.01)
    rows = [
        replace(base, channel="I", forward_ev=0.2, backward_ev=0.3),
        replace(base, channel="I", forward_ev=0.1, status="not converged"),
        replace(base, channel="II", forward_ev=0.25, backward_ev=0.25),
        replace(base, channel="III", forward_ev=0.4, backward_ev=0.4),
    ]
    lowest = lowest_of_channels(rows)
    assert {k: v["barrier_ev"] for k, v in lowest.items()} == {"I": 0.3, "II": 0.25, "III": 0.4}
    assert verdict(lowest) == "I and II lower than III"
    assert verdict(lowest_of_channels(rows[:2])) == "no barrier of channel II, III, no order"


def test_files_for_lammps(salt, tmp_path):
    ends = end_states(salt, distinct_hops(salt)[0], (2, 2, 2))
    assert write_neb(tmp_path, [ends.first, ends.second]) == ("Li", "Zr", "Cl")
    rows = (tmp_path / "neb.final").read_text().split("\n")
    assert (
        rows[0] == "63"
        and (tmp_path / "neb.image.1").read_text() == (tmp_path / "neb.final").read_text()
    )
    values = np.array(rows[1 + ends.ion].split(), dtype=float)
    assert (
        values[1:] == pytest.approx(ends.second.positions[ends.ion]) and values[0] == ends.ion + 1
    )
    with pytest.raises(AnalysisError, match="no table"):
        read_barriers(tmp_path / "neb.final")


def test_a_turned_cell_keeps_its_distances(tmp_path):
    atoms = prototype("li2zrcl6_c2m_4g").repeat(2)
    write_neb(tmp_path, [atoms, atoms])
    from ase.io import read

    back = read(tmp_path / "neb.data", format="lammps-data", style="atomic")
    assert back.cell.cellpar() == pytest.approx(atoms.cell.cellpar())
    assert np.allclose(
        back.get_all_distances(mic=True), atoms.get_all_distances(mic=True), atol=1e-6
    )


def test_lammps_finds_the_same_barrier(salt, tmp_path):
    """inputs/in.neb from our ends against ASE's band: the same saddle point of the same potential."""
    from lammps_tools import environment, programs

    from sswnn.barriers.band import interpolated
    from sswnn.data.sampling import bare
    from sswnn.workflow.inputs import input_script

    settings = BandSettings(images=3, force=0.005, start="linear", rattle=0.0)  # both on the same path
    result, images = run_hop(salt, distinct_hops(salt)[0], (2, 2, 2), SSWNN(), settings)
    assert result.converged
    write_neb(tmp_path, interpolated(bare(images[0]), bare(images[-1]), settings))
    lmp, mpirun = programs()
    import subprocess

    done = subprocess.run(
        [mpirun, "-np", "3", lmp, "-partition", "3x1", "-in", str(input_script("in.neb")), "-log", "neb.log",
         "-screen", "none", "-var", "force", "0.005"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    forward, backward = read_barriers(tmp_path / "neb.log")
    assert forward == pytest.approx(result.forward_ev, abs=0.003)
    assert backward == pytest.approx(result.backward_ev, abs=0.003)
    assert sorted(Path(tmp_path).glob("neb.*.dump"))

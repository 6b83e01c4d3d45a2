"""Relaxation paths and Langevin frames with a cheap engine."""

import itertools

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.emt import EMT

from sswnn.data.frames import check_labelled
from sswnn.data.trajectories import langevin, langevin_frames, relaxation_path

INFO = {"origin": "cu", "group": "g", "engine": "emt"}


def test_path_ends_in_the_minimum_and_its_frames_differ():
    start = bulk("Cu", cubic=True).repeat((2, 1, 1))
    start.rattle(0.15, rng=np.random.default_rng(0))
    start.set_cell(start.cell * 1.04, scale_atoms=True)
    relaxed, frames = relaxation_path(
        start, EMT(), fmax=0.02, displacement=0.05, strain=0.01, **INFO
    )
    assert len(frames) >= 3
    for frame in frames:
        check_labelled(frame)
        assert frame.info["kind"] == "relax"
    energies = [f.info["energy"] for f in frames]
    assert energies[-1] == min(energies)
    assert abs(frames[-1].arrays["forces"]).max() < 0.02
    np.testing.assert_array_equal(frames[-1].positions, relaxed.positions)
    np.testing.assert_array_equal(frames[0].positions, start.positions)
    assert relaxed.get_volume() / len(relaxed) == pytest.approx(3.60**3 / 4, rel=0.03)


def test_langevin_frames_are_at_the_temperature():
    frames = langevin_frames(
        bulk("Cu", cubic=True).repeat(2), EMT(), np.random.default_rng(1), temperature=600,
        motion={"timestep": 5, "count": 6, "equilibration": 60, "interval": 10}, **INFO,
    )  # fmt: skip
    assert len(frames) == 6
    assert {f.info["temperature"] for f in frames} == {600.0}
    shifts = [
        np.linalg.norm(a.positions - b.positions, axis=1).mean()
        for a, b in itertools.pairwise(frames)
    ]
    assert min(shifts) > 0.05 and max(shifts) < 1.0


def test_a_trajectory_that_leaves_the_domain_ends():
    """Two atoms far inside the repulsion fly apart at once: no state is given out."""
    close = bulk("Cu", cubic=True)
    close.positions[1] = close.positions[0] + [0.9, 0.0, 0.0]
    states = langevin(
        close, EMT(), np.random.default_rng(1), temperature=300, equilibration=1, least_contact=0.6
    )
    assert list(states) == []


def test_a_cluster_without_a_cell_relaxes():
    cluster = Atoms("Cu4", [[0, 0, 0], [2.6, 0, 0], [0, 2.7, 0], [0.3, 0.2, 2.5]])
    relaxed, frames = relaxation_path(cluster, EMT(), relax_cell=False, displacement=0.01)
    assert len(frames) > 2 and frames[-1].info["energy"] < frames[0].info["energy"] - 0.1
    assert not relaxed.cell.any()

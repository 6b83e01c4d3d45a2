"""XDATCAR, ASE and MDAnalysis trajectories give the frames that were written."""

import gzip
import lzma
from types import SimpleNamespace

import numpy as np
import pytest
from ase import Atoms
from ase.io import write

from sswnn.analysis.trajectories.readers import from_universe, read_any
from sswnn.analysis.transport.displacements import collect
from sswnn.errors import AnalysisError

CELL = np.array([[8.0, 0, 0], [1.0, 7.0, 0], [0, 0.5, 9.0]])


def images(frames: int = 6) -> list[Atoms]:
    """Three atoms that drift through the cell, one whole cell in three frames."""
    start = np.random.default_rng(1).random((3, 3))
    shift = np.array([0.3, 0.0, -0.2])
    return [
        Atoms("Li2Cl", scaled_positions=(start + t * shift) % 1.0, cell=CELL, pbc=True) for t in range(frames)
    ]


def displacement(frames: int = 6) -> np.ndarray:
    return (frames - 1) * np.array([0.3, 0.0, -0.2]) @ CELL


@pytest.mark.parametrize("name", ["XDATCAR", "XDATCAR_run2", "a.traj", "a.extxyz"])
def test_files(name, tmp_path):
    made = images()
    if name.endswith("extxyz"):
        for t, atoms in enumerate(made):
            atoms.info["step"] = t
    write(tmp_path / name, made, format="vasp-xdatcar" if "XDATCAR" in name else None)
    moved = collect(read_any(tmp_path / name, timestep_fs=50.0))
    assert moved.interval_ps == pytest.approx(0.05) and list(moved.symbols) == ["Li", "Li", "Cl"]
    np.testing.assert_allclose(moved.read(np.arange(3))[:, :, -1], np.tile(displacement(), (3, 1)), atol=1e-6)


def test_selection_and_a_last_configuration_that_is_cut_short(tmp_path):
    write(tmp_path / "XDATCAR", images(), format="vasp-xdatcar")
    text = (tmp_path / "XDATCAR").read_text()
    (tmp_path / "XDATCAR").write_text(text[: text.rstrip().rfind("\n") - 3])
    assert [f.index for f in read_any(tmp_path / "XDATCAR", timestep_fs=1.0)] == [0, 1, 2, 3, 4]
    assert [f.index for f in read_any(tmp_path / "XDATCAR", start=1, stop=4, every=2)] == [1, 3]


@pytest.mark.parametrize("packed", [gzip, lzma])
def test_a_compressed_xdatcar(packed, tmp_path):
    write(tmp_path / "XDATCAR", images(), format="vasp-xdatcar")
    name = tmp_path / ("XDATCAR.gz" if packed is gzip else "XDATCAR.xz")
    with packed.open(name, "wb") as stream:
        stream.write((tmp_path / "XDATCAR").read_bytes())
    for one, other in zip(read_any(name), read_any(tmp_path / "XDATCAR"), strict=True):
        np.testing.assert_array_equal(one.positions, other.positions)
    (tmp_path / "a.traj.gz").touch()
    with pytest.raises(AnalysisError, match="decompress it first"):
        list(read_any(tmp_path / "a.traj.gz"))
    (tmp_path / "XDATCAR_binary").write_bytes(b"\x80\xff\xfe" * 50)
    with pytest.raises(AnalysisError, match="no text file"):
        list(read_any(tmp_path / "XDATCAR_binary"))


def test_a_cell_before_every_configuration(tmp_path):
    text = ""
    for t, scale in enumerate((1.0, 1.1)):
        rows = "\n".join(" ".join(map(str, scale * row)) for row in CELL)
        text += f"title\n 1.0\n{rows}\n Li Cl\n 1 1\nDirect configuration= {t + 1}\n 0.5 0 0\n 0 0 0.5\n"
    (tmp_path / "XDATCAR").write_text(text)
    first, second = read_any(tmp_path / "XDATCAR")
    np.testing.assert_allclose(second.cell, 1.1 * first.cell)
    np.testing.assert_allclose(second.positions, 1.1 * first.positions)


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "no complete frame"), ("title\n1.0\nx\n", "line 1: no XDATCAR"), ("t\n1\n1 0 0\n0 1 0\n0 0 1\nQq\n1\n", "'Qq' is no")],
)
def test_files_that_are_refused(text, why, tmp_path):
    (tmp_path / "XDATCAR").write_text(text)
    with pytest.raises(AnalysisError, match=why):
        list(read_any(tmp_path / "XDATCAR"))
    with pytest.raises(AnalysisError, match="no such file"):
        list(read_any(tmp_path / "none.traj"))


def test_a_universe():
    steps = [
        SimpleNamespace(dimensions=[1], triclinic_dimensions=a.cell.array, positions=a.positions, frame=t, time=0.5 * t)
        for t, a in enumerate(images())
    ]
    universe = SimpleNamespace(atoms=SimpleNamespace(names=["LI1", "Li2", "CL"]), trajectory=steps)
    moved = collect(from_universe(universe))
    assert moved.interval_ps == pytest.approx(0.5) and list(moved.symbols) == ["Li", "Li", "Cl"]
    np.testing.assert_allclose(moved.read(np.arange(3))[0, :, -1], displacement(), atol=1e-9)
    unnamed = SimpleNamespace(atoms=SimpleNamespace(), trajectory=steps)
    with pytest.raises(AnalysisError, match="give symbols"):
        list(from_universe(unnamed))
    assert len(list(from_universe(unnamed, symbols=["Li", "Li", "Cl"]))) == 6


def test_a_universe_of_mdanalysis(tmp_path):
    universe = pytest.importorskip("MDAnalysis").Universe
    cubic = [Atoms("Li2Cl", a.positions + 1.0, cell=[60.0] * 3, pbc=True) for a in images()]
    made = universe.empty(3, trajectory=True)
    made.add_TopologyAttr("elements", ["Li", "Li", "Cl"])
    made.load_new(np.array([a.positions for a in cubic]), dimensions=np.array([[60.0] * 3 + [90.0] * 3] * len(cubic)), dt=0.5)
    frames = list(from_universe(made))
    assert [f.time_ps for f in frames] == pytest.approx(0.5 * np.arange(len(cubic)))
    for frame, atoms in zip(frames, cubic, strict=True):
        np.testing.assert_allclose(frame.positions, atoms.positions, atol=1e-5)
        np.testing.assert_allclose(frame.cell, atoms.cell.array, atol=1e-5)
    assert list(collect(from_universe(made)).symbols) == ["Li", "Li", "Cl"]

"""The mean of label engines: offsets of the elements taken off, disagreement, frames set aside."""

import runpy
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms

from sswnn.data.frames import read_frames, write_frames
from sswnn.errors import DataError

SCRIPT = Path(__file__).parents[2] / "data" / "merge_engines.py"
SYMBOLS = ("Li2Cl2", "Li3Cl", "LiCl3", "Li", "Cl2")
OFFSET = {"Li": 0.7, "Cl": -1.3}  # eV


@pytest.fixture
def files(tmp_path):
    """Two engines: the second counts from other zeros and has forces that are larger by 0.2, in the last frame by 4 eV/Å."""
    rng = np.random.default_rng(1)
    first, second = [], []
    for k, symbols in enumerate(SYMBOLS):
        atoms = Atoms(symbols, cell=[6, 6, 6], pbc=True)
        atoms.positions = rng.uniform(0, 6, (len(atoms), 3))
        for name, made, extra in (("one", first, 0.0), ("two", second, 0.2 if k < 4 else 4.0)):
            frame = atoms.copy()
            shift = sum(OFFSET[s] for s in atoms.symbols) if name == "two" else 0.0
            frame.info = {"engine": name, "group": f"g{k}", "origin": "o", "kind": "md"}
            frame.info |= {"energy": -3.0 * len(atoms) + shift, "stress": np.full(6, extra)}
            frame.arrays["forces"] = np.full((len(atoms), 3), extra)
            made.append(frame)
    write_frames(tmp_path / "one.extxyz", first)
    write_frames(tmp_path / "two.extxyz", second[::-1])
    return tmp_path


def run(monkeypatch, folder, *options):
    names = [str(folder / name) for name in ("one.extxyz", "two.extxyz")]
    monkeypatch.setattr(
        "sys.argv", ["merge_engines.py", *names, "-o", str(folder / "mean.extxyz"), *options]
    )
    runpy.run_path(str(SCRIPT), run_name="__main__")
    return read_frames(folder / "mean.extxyz")


def test_energies_agree_once_the_offsets_are_gone(monkeypatch, files):
    mean = run(monkeypatch, files)
    for frame in mean:
        assert frame.info["energy"] == pytest.approx(-3.0 * len(frame), abs=1e-6)
    assert mean[0].info["group"] == "g0" and "one" in mean[0].info["engine"]


def test_forces_stress_and_disagreement_follow_the_weights(monkeypatch, files):
    frame = run(monkeypatch, files, "--weights", "3", "1")[0]
    np.testing.assert_allclose(frame.arrays["forces"], 0.05)
    np.testing.assert_allclose(frame.info["stress"], 0.05)
    assert frame.info["disagreement"] == pytest.approx(0.2 * np.sqrt(3) / 4)


def test_frames_far_apart_go_without_labels_to_a_file_of_their_own(monkeypatch, files):
    kept = run(monkeypatch, files, "--apart", str(files / "apart.extxyz"), "--limit", "1.0")
    apart = read_frames(files / "apart.extxyz")
    assert len(kept) == 4 and [f.info["group"] for f in apart] == ["g4"]
    assert "energy" not in apart[0].info and "forces" not in apart[0].arrays


def test_files_without_a_common_frame_are_refused(monkeypatch, files):
    alien = Atoms(
        "Li",
        cell=[5, 5, 5],
        pbc=True,
        info={"group": "x", "origin": "o", "kind": "md", "energy": 0.0},
    )
    alien.arrays["forces"] = np.zeros((1, 3))
    write_frames(files / "two.extxyz", [alien])
    with pytest.raises(DataError, match="no frame in common"):
        run(monkeypatch, files)

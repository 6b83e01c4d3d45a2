"""Reading trajectories: formats, order, restarts, truncation, errors."""

import gzip

import numpy as np
import pytest
from ase import Atoms
from ase.io import write
from dumps import dump_text, write_dump

from sswnn.analysis import read_trajectory
from sswnn.errors import AnalysisError

SYMBOLS = ["Zr", "Cl", "Li", "Cl"]
CELL = np.array([[8.0, 0, 0], [-3.0, 7.0, 0], [0.5, 1.0, 9.0]])


@pytest.fixture
def frames() -> list[np.ndarray]:
    return list(np.random.default_rng(0).uniform(-20, 20, size=(5, 4, 3)))


@pytest.mark.parametrize("name", ["a.dump", "a.dump.gz"])
def test_dump_gives_back_what_was_written(tmp_path, frames, name):
    path = write_dump(
        tmp_path / name,
        frames,
        SYMBOLS,
        CELL,
        steps=[0, 10, 20, 30, 40],
        times=[0, 0.01, 0.02, 0.03, 0.04],
        shuffle=np.random.default_rng(1),
    )
    read = list(read_trajectory(path))
    assert [f.step for f in read] == [0, 10, 20, 30, 40]
    assert [f.time_ps for f in read] == pytest.approx([0, 0.01, 0.02, 0.03, 0.04])
    for frame, positions in zip(read, frames, strict=True):
        assert list(frame.symbols) == SYMBOLS
        assert frame.unwrapped
        np.testing.assert_allclose(frame.positions, positions, atol=1e-9)
        np.testing.assert_allclose(frame.cell, CELL, atol=1e-9)
        np.testing.assert_allclose(frame.origin, 0, atol=1e-9)


def test_zstandard(tmp_path, frames):
    zstandard = pytest.importorskip("zstandard")
    path = tmp_path / "a.dump.zst"
    path.write_bytes(zstandard.compress(dump_text(frames, SYMBOLS, CELL).encode()))
    assert len(list(read_trajectory(path))) == 5


def test_selection_and_time_from_steps(tmp_path, frames):
    path = write_dump(tmp_path / "a.dump", frames, SYMBOLS, CELL, steps=[0, 10, 20, 30, 40])
    read = list(read_trajectory(path, start=1, stop=4, every=2, timestep_fs=2.0))
    assert [f.index for f in read] == [1, 3]
    assert [f.time_ps for f in read] == pytest.approx([0.02, 0.06])
    assert next(read_trajectory(path)).time_ps is None


def test_a_frame_cut_short_at_the_end_is_left_out(tmp_path, frames):
    text = dump_text(frames, SYMBOLS, CELL)
    last = text.rindex("ITEM: TIMESTEP")
    path = tmp_path / "a.dump"
    for cut in range(last, len(text), 7):
        path.write_text(text[:cut])
        assert len(list(read_trajectory(path))) == 4
    path.write_text(text)
    assert len(list(read_trajectory(path))) == 5


def test_a_compressed_file_cut_short(tmp_path, frames):
    data = gzip.compress(dump_text(frames * 200, SYMBOLS, CELL).encode())
    path = tmp_path / "a.dump.gz"
    path.write_bytes(data[: len(data) // 2])
    count = len(list(read_trajectory(path)))
    assert 300 < count < 700


def check_branch(path, steps, wanted, frames):
    read = list(read_trajectory(path))
    assert [f.step for f in read] == [steps[k] for k in wanted]
    for found, k in zip(read, wanted, strict=True):
        np.testing.assert_allclose(found.positions, frames[k], atol=1e-7)


@pytest.mark.parametrize("name", ["a.dump", "a.dump.gz", "a.extxyz"])
@pytest.mark.parametrize(
    ("steps", "wanted"),
    [([0, 10, 20, 10, 30], [0, 3, 4]), ([0, 0, 10, 20, 20], [1, 2, 4]), ([0, 10, 20, 5, 7], [0, 3, 4])],
)
def test_of_what_a_killed_run_wrote_twice_the_later_frames_count(tmp_path, frames, name, steps, wanted):
    path = tmp_path / name
    if name.endswith("xyz"):
        write(path, [Atoms(SYMBOLS, p, cell=CELL, pbc=True, info={"step": s}) for p, s in zip(frames, steps, strict=True)])
    else:
        text = dump_text(frames, SYMBOLS, CELL, steps=steps).encode()
        path.write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    check_branch(path, steps, wanted, frames)


def test_a_cut_frame_after_a_restart(tmp_path, frames):
    """Frames beyond the restart do not belong to the trajectory, whether the frame after it is whole or not."""
    steps = [0, 10, 20, 30, 10]
    text = dump_text(frames, SYMBOLS, CELL, steps=steps)
    path = tmp_path / "a.dump"
    path.write_text(text[:-20])
    check_branch(path, steps, [0], frames)


def test_times_of_unknown_units_are_not_read(tmp_path, frames):
    """A dump that does not say `metal` may be in fs, and so is `Time` of GPUMD."""
    text = dump_text(frames, SYMBOLS, CELL, times=[0.1 * k for k in range(5)])
    path = tmp_path / "a.dump"
    path.write_text(text)
    assert next(read_trajectory(path, start=1)).time_ps == pytest.approx(0.1)
    path.write_text(text.replace("ITEM: UNITS\nmetal\n", ""))
    assert next(read_trajectory(path, start=1)).time_ps is None
    assert next(read_trajectory(path, start=1, timestep_fs=2.0)).time_ps == pytest.approx(0.002)
    path = tmp_path / "a.xyz"
    write(path, [Atoms(SYMBOLS, p, cell=CELL, pbc=True, info={"Time": 100.0 * k}) for k, p in enumerate(frames)], format="extxyz")
    assert next(read_trajectory(path, start=1)).time_ps is None


def test_several_runs_in_one_file_are_refused(tmp_path, frames):
    path = write_dump(tmp_path / "a.dump", frames, SYMBOLS, CELL, steps=[0, 10, 20, 0, 10])
    with pytest.raises(AnalysisError, match="step 0, the first one, comes again: these seem to be several runs"):
        list(read_trajectory(path))


def test_types_need_elements(tmp_path, frames):
    path = write_dump(tmp_path / "a.dump", frames, SYMBOLS, CELL, columns="id type x y z")
    with pytest.raises(AnalysisError, match="which elements"):
        list(read_trajectory(path))
    read = list(read_trajectory(path, elements=("Zr", "Cl", "Li")))
    assert list(read[0].symbols) == SYMBOLS
    assert not read[0].unwrapped
    with pytest.raises(AnalysisError, match="atom type 3"):
        list(read_trajectory(path, elements=("Zr", "Cl")))


def test_errors_name_file_and_line(tmp_path, frames):
    path = tmp_path / "a.dump"
    lines = dump_text(frames, SYMBOLS, CELL).splitlines()
    lines[10] = "2 2 Cl 1.0 oops 3.0"
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(AnalysisError, match=r"a\.dump, line 11: .*oops"):
        list(read_trajectory(path))
    path.write_text("hello\n" * 20)
    with pytest.raises(AnalysisError, match="not a LAMMPS text dump"):
        list(read_trajectory(path))
    path.write_text("")
    with pytest.raises(AnalysisError, match="no complete frame"):
        list(read_trajectory(path))
    with pytest.raises(AnalysisError, match="no such file"):
        list(read_trajectory(tmp_path / "none.dump"))
    with pytest.raises(AnalysisError, match="every=0"):
        list(read_trajectory(path, every=0))


def test_a_run_that_blew_up_is_an_error(tmp_path, frames):
    text = dump_text(frames, SYMBOLS, CELL).replace(f"{frames[2][1][0]:.10f}", "nan")
    path = tmp_path / "a.dump"
    path.write_text(text)
    with pytest.raises(AnalysisError, match="not finite"):
        list(read_trajectory(path))


def test_extxyz(tmp_path, frames):
    path = tmp_path / "a.extxyz"
    atoms = [
        Atoms(SYMBOLS, p, cell=CELL, pbc=(True, True, False), info={"step": 5 * k, "time": 0.1 * k})
        for k, p in enumerate(frames)
    ]
    write(path, atoms)
    read = list(read_trajectory(path))
    assert [f.step for f in read] == [0, 5, 10, 15, 20]
    assert read[1].time_ps == pytest.approx(0.1)
    assert list(read[0].pbc) == [True, True, False]
    np.testing.assert_allclose(read[3].positions, frames[3], atol=1e-7)
    text = path.read_text()
    path.write_text(text[: len(text) - 30])
    assert len(list(read_trajectory(path))) == 4

"""Labelling: results, resume after SIGKILL, recorded failures, processes, ranks, the command."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.lj import LennardJones

import sswnn
from sswnn.data.engines import make_engine
from sswnn.data.frames import frame_key, read_frames, write_frames
from sswnn.data.label import label, label_file
from sswnn.data.label_files import completed_keys, failures_path
from sswnn.errors import DataError, LabelError, SSWNNError

HERE = Path(__file__).parent
PYTHONPATH = os.pathsep.join([str(Path(sswnn.__file__).parents[1]), str(HERE)])
ENVIRONMENT = {**os.environ, "PYTHONPATH": PYTHONPATH, "OMP_NUM_THREADS": "1"}


@pytest.fixture(autouse=True)
def engines_importable(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.setenv("PYTHONPATH", PYTHONPATH)  # for worker processes


def cells(count: int, sizes: tuple[int, ...] = (4,)) -> list[Atoms]:
    rng = np.random.default_rng(0)
    frames = []
    for k in range(count):
        n = sizes[k % len(sizes)]
        frame = Atoms("Li" * n, rng.random((n, 3)) * 4, cell=np.eye(3) * 5, pbc=True)
        frame.info.update(origin="test", group=f"g{k}", kind="random")
        frames.append(frame)
    return frames


def keys(frames):
    return [frame_key(f) for f in frames]


def command(source, out, engine, *more):
    return [
        sys.executable,
        "-m",
        "sswnn.cli",
        "label",
        str(source),
        "--engine",
        engine,
        "-o",
        str(out),
        *more,
    ]


def test_labels_are_those_of_the_engine(tmp_path):
    frames = cells(3)
    summary = label(
        frames, "ase.calculators.lj.LennardJones", tmp_path / "out.extxyz", options={"sigma": 1.5}
    )
    assert (summary.labelled, summary.failed, summary.already_done) == (3, 0, 0)
    back = read_frames(tmp_path / "out.extxyz", labelled=True)
    for frame, labelled in zip(frames, back, strict=True):
        frame.calc = LennardJones(sigma=1.5)
        assert labelled.info["energy"] == pytest.approx(frame.get_potential_energy(), rel=1e-6)
        np.testing.assert_allclose(
            labelled.arrays["forces"], frame.get_forces(), rtol=1e-6, atol=1e-7
        )
        np.testing.assert_allclose(
            labelled.info["stress"], frame.get_stress(), rtol=1e-6, atol=1e-9
        )
        assert labelled.info["group"] == frame.info["group"]
        assert labelled.info["engine"] == "ase.calculators.lj.LennardJones sigma=1.5"
        assert abs(labelled.arrays["forces"]).max() > 0.01


@pytest.mark.parametrize("processes", [1, 2])
def test_killed_at_any_moment_and_resumed(tmp_path, processes):
    frames = cells(40)
    source, out = tmp_path / "in.extxyz", tmp_path / "out.extxyz"
    write_frames(source, frames)
    arguments = command(
        source, out, "engines_for_tests.SlowLJ", "--resume", "--processes", str(processes)
    )
    process = subprocess.Popen(
        arguments, env=ENVIRONMENT, stdout=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + 300  # a busy machine
    while not (out.exists() and out.read_text().count("Lattice") >= 5):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = len(completed_keys(out))
    assert 5 <= done < 40
    with open(out, "a") as stream:  # as if the kill had come in the middle of a write
        stream.write('4\nLattice="5 0 0 0 5 0 0 0 5" Properties=spec')
    finished = subprocess.run(
        arguments, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert f"{done} done before" in finished.stdout
    assert sorted(keys(read_frames(out, labelled=True))) == sorted(keys(frames))


def children(process: int) -> set[int]:
    """Processes that have this parent."""
    text = Path(f"/proc/{process}/task/{process}/children").read_text()
    return {int(word) for word in text.split()}


def test_workers_end_with_the_command_also_when_it_is_killed(tmp_path):
    source, out = tmp_path / "in.extxyz", tmp_path / "out.extxyz"
    write_frames(source, cells(400))
    arguments = command(source, out, "engines_for_tests.SlowLJ", "--processes", "2")
    process = subprocess.Popen(arguments, env=ENVIRONMENT, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 300
    while not (out.exists() and out.read_text().count("Lattice") >= 2):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    workers = children(process.pid)
    assert len(workers) >= 2
    process.kill()  # this process alone
    process.wait()
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize("processes", [1, 2])
def test_failures_are_recorded_and_skipped(tmp_path, processes, monkeypatch):
    frames = cells(12, sizes=(2, 3, 4, 5))
    out = tmp_path / "out.extxyz"
    summary = label(frames, "engines_for_tests.FussyLJ", out, processes=processes)
    assert (summary.labelled, summary.failed) == (6, 6)
    entries = [json.loads(line) for line in failures_path(out).read_text().splitlines()]
    assert {e["key"] for e in entries} == {frame_key(f) for f in frames if len(f) in (3, 5)}
    assert {e["error"] for e in entries if e["formula"] == "Li3"} == {
        "RuntimeError: no convergence for three atoms"
    }
    assert all("not finite" in e["error"] for e in entries if e["formula"] == "Li5")
    again = label(frames, "engines_for_tests.FussyLJ", out)
    assert (again.labelled, again.failed, again.already_done) == (0, 0, 12)
    monkeypatch.setenv("CALM", "1")
    retried = label(frames, "engines_for_tests.FussyLJ", out, retry_failed=True)
    assert (retried.labelled, retried.failed) == (6, 0)
    assert sorted(keys(read_frames(out))) == sorted(keys(frames))


def test_a_dying_worker_is_an_error_with_its_cause(tmp_path):
    with pytest.raises(LabelError, match="died"):
        label(cells(3), "engines_for_tests.DyingLJ", tmp_path / "out.extxyz", processes=2)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_package_that_is_missing_only_at_work_ends_the_run(tmp_path, processes):
    with pytest.raises(LabelError, match="not installed: No module named 'no_such_package'"):
        label(cells(3), "engines_for_tests.LazyLJ", tmp_path / "out.extxyz", processes=processes)


def test_duplicates_are_labelled_once(tmp_path):
    frames = cells(3)
    assert (
        label(frames + frames, "ase.calculators.lj.LennardJones", tmp_path / "out.extxyz").labelled
        == 3
    )


def test_progress_tells_rate_and_time_left(tmp_path):
    lines = []
    label(
        cells(3),
        "engines_for_tests.SlowLJ",
        tmp_path / "out.extxyz",
        report=lines.append,
        interval=0,
    )
    assert lines[0].startswith("3 frames to label")
    assert "2/3 frames, 0 failed" in lines[2] and "frames/s" in lines[2] and "min left" in lines[2]


@pytest.mark.parametrize("engine", ["sevennet", "chgnet"])
def test_refused_options_are_named(engine):
    with pytest.raises(LabelError, match=r"does not take the options.*wrong"):
        make_engine(engine, wrong=1)


def test_wrong_use_is_refused(tmp_path):
    out = tmp_path / "out.extxyz"
    for engine, message in [("nonsense", "unknown engine"), ("no.such.Thing", "cannot be imported"),
                            ("ase.calculators.lj.Wrong", "cannot be imported")]:  # fmt: skip
        with pytest.raises(LabelError, match=message):
            label(cells(1), engine, out)
    with pytest.raises(LabelError, match="compressed"):
        label(cells(1), "ase.calculators.lj.LennardJones", tmp_path / "out.extxyz.xz")
    label(cells(1), "ase.calculators.lj.LennardJones", out)
    with pytest.raises(LabelError, match=r"exists.*--resume"):
        label(cells(1), "ase.calculators.lj.LennardJones", out, resume=False)
    with pytest.raises(LabelError, match="at least 1"):
        label(cells(1), "ase.calculators.lj.LennardJones", out, processes=0)
    with pytest.raises(LabelError, match="threads is 0"):
        label(cells(1), "ase.calculators.lj.LennardJones", out, threads=0)
    foreign = tmp_path / "foreign.extxyz"
    write_frames(foreign, cells(1))
    with pytest.raises(SSWNNError, match="no key"):
        label(cells(1), "ase.calculators.lj.LennardJones", foreign)


@pytest.mark.parametrize(
    "text", ["garbage\n", "no newline", "12\nnotes\n", "12 apples\n", "12\nLattice of\n"]
)
def test_a_foreign_file_is_never_erased(tmp_path, text):
    out = tmp_path / "out.extxyz"
    out.write_text(text)
    with pytest.raises(DataError, match="left as it is"):
        label(cells(1), "ase.calculators.lj.LennardJones", out)
    assert out.read_text() == text


def test_frames_behind_damage_are_never_erased(tmp_path):
    out = tmp_path / "out.extxyz"
    label(cells(3), "ase.calculators.lj.LennardJones", out)
    lines = out.read_text().splitlines(keepends=True)
    damaged = "".join([*lines[:6], "four\n", *lines[7:]])
    out.write_text(damaged)
    with pytest.raises(DataError, match="got 'four"):
        completed_keys(out)
    assert out.read_text() == damaged
    out.write_text("".join([*lines[:6], "\0\0\0"]))
    assert len(completed_keys(out)) == 1
    assert out.read_text() == "".join(lines[:6])


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize(
    ("engine", "options", "message"),
    [
        ("foo", {}, "unknown engine"),
        ("engines_for_tests.UnstartableLJ", {"wrong": 2}, "does not take the options"),
        ("engines_for_tests.UnstartableLJ", {}, "cannot start: OSError: no licence"),
    ],
)
def test_a_failed_start_leaves_no_files(tmp_path, capfd, processes, engine, options, message):
    out = tmp_path / "out.extxyz"
    with pytest.raises(SSWNNError, match=message):
        label(cells(3), engine, out, resume=False, processes=processes, options=options)
    assert list(tmp_path.iterdir()) == []
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("processes", [1, 2])
def test_labels_of_two_engines_do_not_mix_in_a_file(tmp_path, processes):
    out = tmp_path / "out.extxyz"
    label(cells(2), "ase.calculators.lj.LennardJones", out)
    before = out.read_bytes()
    with pytest.raises(LabelError, match=r"holds labels of ase.*LennardJones, and this engine is ase.*Morse"):
        label(cells(4), "ase.calculators.morse.MorsePotential", out, processes=processes)
    with pytest.raises(LabelError, match=r"holds labels of .*LennardJones, and this engine is .*LennardJones sigma=2"):
        label(cells(4), "ase.calculators.lj.LennardJones", out, processes=processes, options={"sigma": 2})
    assert out.read_bytes() == before
    assert label(cells(4), "ase.calculators.lj.LennardJones", out).labelled == 2


def test_an_empty_output_counts_as_absent(tmp_path):
    out = tmp_path / "out.extxyz"
    out.touch()
    failures_path(out).write_text(json.dumps({"key": frame_key(cells(1)[0])}) + "\n")
    assert label(cells(1), "ase.calculators.lj.LennardJones", out, resume=False).labelled == 1


@pytest.mark.parametrize("content", [b"", b"\n\n", b"data_NaCl\n", b"\xff\xfe\x00", b"3\n\xff\xfe"])
def test_a_source_without_frames_is_an_error(tmp_path, content):
    source = tmp_path / "in.extxyz"
    source.write_bytes(content)
    with pytest.raises(DataError, match=r"in\.extxyz"):
        label_file(source, "ase.calculators.lj.LennardJones", tmp_path / "out.extxyz")
    assert not (tmp_path / "out.extxyz").exists()


def test_a_file_that_is_not_compressed_as_its_name_says_is_an_error(tmp_path):
    for name in ("in.extxyz.gz", "in.extxyz.xz"):
        (tmp_path / name).write_text("4\n")
        with pytest.raises(DataError, match="damaged"):
            read_frames(tmp_path / name)


def test_ranks_share_the_work(tmp_path):
    mpirun = Path(sys.executable).with_name("mpirun")
    if not mpirun.exists():
        mpirun = shutil.which("mpirun")
    if not mpirun:
        pytest.skip("no mpirun")
    pytest.importorskip("mpi4py")
    frames = cells(9, sizes=(2, 3, 4))
    source, out = tmp_path / "in.extxyz", tmp_path / "out.extxyz"
    write_frames(source, frames)
    arguments = [
        str(mpirun),
        "-np",
        "2",
        *command(source, out, "engines_for_tests.FussyLJ", "--resume"),
    ]
    for _ in range(2):
        subprocess.run(arguments, env=ENVIRONMENT, capture_output=True, check=True, timeout=600)
        assert sorted(keys(read_frames(out))) == sorted(keys(f for f in frames if len(f) != 3))
        assert len(failures_path(out).read_text().splitlines()) == 3
        assert not list(tmp_path.glob("*rank*"))


def test_parts_of_killed_ranks_are_joined(tmp_path):
    frames = cells(6)
    out = tmp_path / "out.extxyz"
    label(frames[:4], "ase.calculators.lj.LennardJones", out)
    text = out.read_text().splitlines(keepends=True)
    Path(f"{out}.rank00001").write_text("".join(text[12:24]) + "4\nLatt")
    out.write_text(
        "".join(text[:18])
    )  # three frames here; the part has the third again, and the fourth
    summary = label(frames, "ase.calculators.lj.LennardJones", out)
    assert (summary.labelled, summary.already_done) == (2, 4)
    assert sorted(keys(read_frames(out))) == sorted(keys(frames))


def test_gpaw_settings_follow_the_bonding():
    from sswnn.data.gpaw_process import bonding_class, k_points, settings

    cube = Atoms("Li4Cl4", cell=[5.13] * 3, pbc=True)
    assert (bonding_class(cube), k_points(cube)) == ("salt", (2, 2, 2))
    assert settings(cube)["width"] == 0.05
    metal = Atoms("Li8", cell=[6.88, 6.88, 3.44], pbc=True)
    assert (bonding_class(metal), k_points(metal)) == ("metal", (4, 4, 8))
    assert settings(metal)["width"] == 0.1
    assert bonding_class(Atoms("Zr2Cl6")) == "zirconium_chloride"
    assert bonding_class(Atoms("Li5ZrCl6")) == "reduced"
    cube.info["origin"] = "random_salt"
    assert bonding_class(cube) == "reduced"


ECHO = """
import json, sys
print(json.dumps({"version": "0"}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    open(sys.argv[0] + ".json", "w").write(line)
    rows = len(request["numbers"])
    print(json.dumps({"energy": 0.0, "forces": [[0, 0, k] for k in range(rows)], "stress": [0] * 6}), flush=True)
"""


def test_gpaw_sees_a_skewed_cell_in_its_shortest_vectors(tmp_path):
    from ase.geometry import get_distances

    from sswnn.data.gpaw_process import GPAWProcess, settings

    worker = tmp_path / "worker.py"
    worker.write_text(ECHO)
    plain = Atoms("Li4Cl4", np.random.default_rng(3).random((8, 3)) * 5, cell=[4.5, 5.0, 5.5], pbc=True)
    skewed = plain.copy()
    skewed.cell[:] = np.array([[1, 0, 0], [3, 1, 0], [-4, 2, 1]]) @ plain.cell
    assert settings(skewed)["kpts"] > settings(plain)["kpts"]
    skewed.calc = GPAWProcess(sys.executable, worker)
    assert skewed.get_forces()[:, 2].tolist() == list(range(8))  # of the atoms as they were given
    skewed.calc.close()
    sent = json.loads(Path(f"{worker}.json").read_text())
    assert tuple(sent["settings"]["kpts"]) == settings(plain)["kpts"]
    assert abs(np.linalg.det(sent["cell"])) == pytest.approx(plain.cell.volume)
    assert sorted(np.linalg.norm(sent["cell"], axis=1)) == pytest.approx([4.5, 5.0, 5.5])
    moved = get_distances(sent["positions"], plain.positions, cell=plain.cell, pbc=True)[1].diagonal()
    assert abs(moved).max() < 1e-9
    assert np.all(np.abs(np.linalg.solve(np.transpose(sent["cell"]), np.transpose(sent["positions"])) - 0.5) < 0.5 + 1e-6)


def test_gpaw_wants_the_moments_of_magnetic_elements():
    from sswnn.data.gpaw_process import settings

    iron = Atoms("FeCl2", [[0, 0, 0], [1.8, 0, 1.4], [0, 1.8, -1.4]], cell=[6] * 3, pbc=True)
    with pytest.raises(LabelError, match="Fe may be magnetic: give the frame initial magnetic moments"):
        settings(iron)
    iron.set_initial_magnetic_moments([0.0] * 3)
    assert settings(iron)["xc"] == "PBE"


def test_moments_reach_the_engine_and_make_frames_different(tmp_path):
    frames = cells(1) * 3
    frames = [frame.copy() for frame in frames]
    for frame, moment in zip(frames, (0.0, 2.0, -2.0), strict=True):
        frame.set_initial_magnetic_moments([moment] * len(frame))
    assert frame_key(frames[0]) == frame_key(cells(1)[0]) and len({frame_key(f) for f in frames}) == 3
    label(frames, "engines_for_tests.MagneticLJ", tmp_path / "out.extxyz")
    back = read_frames(tmp_path / "out.extxyz", labelled=True)
    energies = [f.info["energy"] for f in back]
    count = len(frames[0])
    assert energies[1] - energies[0] == pytest.approx(2.0 * count) and energies[2] - energies[0] == pytest.approx(-2.0 * count)
    np.testing.assert_allclose(back[2].get_initial_magnetic_moments(), -2.0)
    assert frame_key(back[1]) == frame_key(frames[1])


def test_gpaw_without_gpaw_says_so():
    from sswnn.data.gpaw_process import GPAWProcess

    with pytest.raises(LabelError, match="cannot start /no/such/python"):
        GPAWProcess(python="/no/such/python")
    with pytest.raises(LabelError, match="is gpaw installed"):
        GPAWProcess(python="/bin/false")


def test_data_imports_no_torch():
    code = (
        "import sys; import sswnn.data.frames, sswnn.data.label, sswnn.data.sampling, sswnn.data.prototypes, "
        "sswnn.data.engines, sswnn.data.trajectories, sswnn.data.gpaw_process; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, check=True)

"""The loop as a whole: what it writes, that it learns, that groups stay together, that it survives kills."""

import csv
import json
import re
import signal
import time

import numpy as np
import pytest
import yaml
from ase.calculators.emt import EMT

pytest.importorskip("torch")

from learning_tools import ENGINE, exit_code_of_killed, raw_config, run_loop, write_loop

from sswnn.cli.main import main
from sswnn.data.frames import frame_key, read_frames
from sswnn.errors import DataError, LabelError, WorkflowError
from sswnn.potential import model_file
from sswnn.potential.calculator import SSWNN
from sswnn.training.config import DataConfig
from sswnn.training.dataset import split

KILLS = {  # stage: (function, which call of it, whether the kill comes before or after it)
    "train the start": [("sswnn.training.trainer:Trainer._save", 3, False), ("sswnn.learning.cycle:finish", 1, False)],
    "report the start": [("sswnn.learning.report:write_json", 1, False)],
    "explore": [
        ("sswnn.ssw.walker:Walker.step", 3, True),
        ("sswnn.ssw.archive:Archive.add", 1, False),
        ("sswnn.learning.motion:make", 1, False),
        ("sswnn.learning.motion:make", 2, True),
        ("sswnn.learning.cycle:write_frames", 1, False),
    ],
    "pick": [("sswnn.learning.cycle:write_frames", 1, False)],
    "label": [("sswnn.data.label_files:Sink.write", 3, False), ("sswnn.learning.labels:write_frames", 1, False)],
    "train": [("sswnn.training.trainer:Trainer.step", 9, False), ("sswnn.potential.model_file:write", 1, False)],
    "report": [("sswnn.learning.report:write_json", 1, True)],
    "table": [("sswnn.learning.report:replace_table", 1, True)],
}
RECORD = "sswnn.workflow.steps:Steps._write"  # called once when a step begins, and once when it is done


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A loop that nothing has interrupted: its folder, its lines, its processor seconds."""
    folder = tmp_path_factory.mktemp("whole")
    path, lines = write_loop(folder), []
    began = time.process_time()
    run = run_loop(path, lines)
    return run, lines, time.process_time() - began


def table(run) -> list[dict]:
    with (run / "learning.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def report(run, cycle: int) -> dict:
    return json.loads((run / f"cycle_{cycle:03d}" / "report.json").read_text())


def test_everything_is_recorded(whole):
    run, lines, _ = whole
    for name in ("model.safetensors", "learning.csv", "learning.png", "settings.json", "for_dft.extxyz"):
        assert (run / name).is_file()
    for cycle in (1, 2):
        folder = run / f"cycle_{cycle:03d}"
        explored = read_frames(folder / "explored.extxyz")
        assert {"minimum", "rattle", "relax", "md"} <= {f.info["kind"] for f in explored}
        assert all("energy" not in f.info and "forces" not in f.arrays for f in explored)
        assert all(f.info["uncertainty"] > 0 for f in explored)
        picked, labelled = read_frames(folder / "picked.extxyz"), read_frames(folder / "labelled.extxyz", labelled=True)
        assert [frame_key(f) for f in picked] == [frame_key(f) for f in labelled]
        assert {f.info["engine"] for f in labelled} == {ENGINE}
        assert {frame_key(f) for f in picked} <= {frame_key(f) for f in explored}
    rows = table(run)
    assert [row["cycle"] for row in rows] == ["0", "1", "2"]
    assert [int(row["frames"]) for row in rows] == [48, 56, 64]
    assert sum("min left at most" in line for line in lines) == 1
    assert lines[-2] == "end: all cycles are done"
    last = model_file.read(run / "model.safetensors")
    assert last.metadata["training"]["frames"] == report(run, 2)["parts"]


def force_error(model, frames) -> float:
    """Root mean square error of force components against the label engine."""
    calculator, engine = SSWNN(model), EMT()
    errors = [(calculator.get_property("forces", f) - engine.get_property("forces", f)).ravel() for f in frames]
    return float(np.sqrt(np.mean(np.concatenate(errors) ** 2)))


def test_explored_frames_that_were_not_picked_are_predicted_better_after_the_cycle(whole):
    run, _, _ = whole
    picked = {frame_key(f) for f in read_frames(run / "cycle_001/picked.extxyz")}
    others = [f for f in read_frames(run / "cycle_001/explored.extxyz") if frame_key(f) not in picked]
    before, after = (force_error(run / f"cycle_00{k}/train/model.safetensors", others) for k in (0, 1))
    assert 0 < after < 0.8 * before


def test_the_errors_of_the_report_are_those_of_the_model_on_the_frames(whole):
    run, _, _ = whole
    added = read_frames(run / "cycle_002/labelled.extxyz")
    unseen = report(run, 2)["unseen"]["all"]["force_ev_per_a"]
    assert unseen == pytest.approx(force_error(run / "cycle_001/train/model.safetensors", added), rel=1e-3)
    calculator, calibrated = SSWNN(run / "cycle_001/train/model.safetensors"), report(run, 2)["calibration"]
    sigma = np.concatenate([calculator.get_property("uncertainty", f) for f in added])
    assert calibrated["ratio"] == pytest.approx(unseen / np.sqrt(np.mean(sigma**2)), rel=1e-3)
    assert calibrated["predicted_ev_per_a"] == sorted(calibrated["predicted_ev_per_a"])
    held = report(run, 0)["held_out"]["all"]["force_ev_per_a"]
    frames = [f for f in read_frames(run.parent / "start.extxyz") if f.info["group"] in held_out_groups(run)]
    assert held == pytest.approx(force_error(run / "cycle_000/train/model.safetensors", frames), rel=1e-3)


def held_out_groups(run) -> set[str]:
    """Groups of the test part of the first training."""
    return {entry["group"] for entry in json.loads((run / "cycle_000/train/split.json").read_text())["test"]}


def test_the_report_counts_every_explored_frame_once(whole):
    run, _, _ = whole
    for cycle in (1, 2):
        content = report(run, cycle)
        assert sum(content["picks"]["refused"].values()) + len(content["picks"]["picked"]) == content["explored"]["frames"]
        assert sum(content["explored"]["kinds"].values()) == content["explored"]["frames"]
        assert sum(content["labels"]["parts"].values()) == content["labels"]["added"] == 8


def test_no_frame_is_labelled_twice(whole):
    run, _, _ = whole
    files = [run.parent / "start.extxyz", *sorted(run.glob("cycle_*/labelled.extxyz"))]
    keys = [frame_key(frame) for path in files for frame in read_frames(path)]
    assert len(keys) == 64 == len(set(keys))


def test_relatives_stay_on_one_side_of_the_split(whole):
    run, _, _ = whole
    start = read_frames(run.parent / "start.extxyz")
    frames = start + [f for path in sorted(run.glob("cycle_*/explored.extxyz")) for f in read_frames(path)]
    md = [f for f in frames if f.info["kind"] == "md"]
    assert {f.info["group"] for f in md} == {start[0].info["group"]}  # where it began
    parts = split(frames, DataConfig(validation=0.15, test=0.15))
    groups = [{frames[k].info["group"] for k in members} for members in parts.values()]
    assert sum(map(len, groups)) == len(set.union(*groups))
    searched = [f for f in frames if f.info["origin"] == "search_AgCu"]
    assert len({f.info["group"] for f in searched}) < len({f.info["kind"] for f in searched}) * 4


def test_two_cycles_are_a_matter_of_seconds(whole):
    assert whole[2] < 20


def test_a_finished_loop_is_left_as_it_is_and_goes_on_with_more_cycles(whole, tmp_path):
    run, _, _ = whole
    before = {path: path.stat().st_mtime_ns for path in run.glob("cycle_*/*") if path.is_file()}
    lines: list[str] = []
    run_loop(run.parent / "learn.yaml", lines)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert sum("unchanged, reused" in line for line in lines) == 12


def test_killed_at_every_boundary_and_within_every_stage_the_loop_ends_the_same(tmp_path):
    raw = raw_config() | {"cycles": 1}
    reference = run_loop(write_loop(tmp_path / "whole", raw))
    path = write_loop(tmp_path / "killed", raw)
    for stage, moments in KILLS.items():
        boundary = [] if stage == "table" else [(RECORD, 2, True), (RECORD, 2, False)]
        for moment in [*moments, *boundary]:
            assert exit_code_of_killed(path, *moment) == -signal.SIGKILL, (stage, moment)
    run = run_loop(path)
    assert table(run) == table(reference)
    for name in ("explored", "picked", "labelled"):
        one, other = ((r / f"cycle_001/{name}.extxyz").read_text() for r in (run, reference))
        assert one == other
    assert report(run, 1) == report(reference, 1)
    for name, array in model_file.read(run / "model.safetensors").arrays.items():
        np.testing.assert_array_equal(array, model_file.read(reference / "model.safetensors").arrays[name])


def test_frames_on_which_two_engines_disagree_are_set_aside(tmp_path):
    raw = raw_config() | {"cycles": 1}
    raw["label"] |= {"second_engine": "learning_tools.HardEMT", "disagreement": 100.0}
    run = run_loop(write_loop(tmp_path / "all", raw))
    found = sorted(f.info["disagreement"] for f in read_frames(run / "cycle_001/labelled.extxyz", labelled=True))
    assert len(found) == 8
    raw["label"]["disagreement"] = allowed = float(found[3] + found[4]) / 2  # so that half of the same frames stay
    run = run_loop(write_loop(tmp_path / "half", raw))
    added = read_frames(run / "cycle_001/labelled.extxyz", labelled=True)
    aside = read_frames(run / "for_dft.extxyz")
    assert len(added) == len(aside) == 4
    for frame in added:  # the first engine's forces, a tenth of which is the difference
        assert np.sqrt(np.mean(frame.arrays["forces"] ** 2)) / 10 == pytest.approx(frame.info["disagreement"], abs=1e-4)
        assert frame.info["disagreement"] <= allowed
    for frame in aside:
        assert frame.info["disagreement"] > allowed
        assert "energy" not in frame.info and "forces" not in frame.arrays
        assert {"origin", "group", "kind"} <= set(frame.info)
    assert report(run, 1)["labels"]["set_aside"] == len(aside)
    raw["label"]["disagreement"] = 0.0
    with pytest.raises(WorkflowError, match=r"EMT and learning_tools.HardEMT disagree on all 8 .* 0 is allowed; .*for_dft"):
        run_loop(write_loop(tmp_path / "none", raw))


def test_labels_that_failed_are_counted_and_if_all_fail_the_loop_stops(tmp_path):
    raw = raw_config() | {"cycles": 1}
    raw["explore"]["md"][0]["structures"] = ["copper.extxyz"]
    raw["label"]["engine"] = "learning_tools.FussyEMT"
    path = write_loop(tmp_path, raw)
    text = (tmp_path / "md.extxyz").read_text()
    (tmp_path / "copper.extxyz").write_text(re.sub(r"^Ag", "Cu", text, flags=re.MULTILINE))
    content = report(run_loop(path), 1)
    failed = content["labels"]["failed"]
    assert 0 < len(failed) < 8 and content["labels"]["added"] == 8 - len(failed)
    assert {f["error"] for f in failed} == {"RuntimeError: no silver"}
    raw["label"]["engine"] = "learning_tools.BrokenEMT"
    with pytest.raises(WorkflowError, match=r"cycle 1: .*BrokenEMT failed on all 8 picked frames.*out of order.*remove"):
        run_loop(write_loop(tmp_path / "all", raw | {"explore": raw_config()["explore"]}))


def test_a_missing_engine_is_named_before_anything_is_done(tmp_path):
    raw = raw_config()
    raw["label"]["engine"] = "no_such_package.Engine"
    path = write_loop(tmp_path, raw)
    with pytest.raises(LabelError, match=r"no_such_package.Engine.*cannot be imported"):
        run_loop(path)
    assert not list(tmp_path.glob("run/cycle_*"))


def test_nothing_to_pick_names_the_counts_and_certainty_ends_the_loop(tmp_path, whole):
    model = whole[0] / "model.safetensors"
    raw = raw_config() | {"start": {"model": str(model), "frames": ["start.extxyz"]}}
    raw["explore"] = {"md": raw["explore"]["md"]}
    raw["select"] |= {"unit": "ev_per_a", "low": 0.0, "high": 1e-6}
    with pytest.raises(WorkflowError, match=r"cycle 1: none of \d+ explored frames can be picked: \d+ too uncertain; allowed"):
        run_loop(write_loop(tmp_path / "uncertain", raw))
    raw["select"] |= {"low": 1e6, "high": 1e7}
    lines: list[str] = []
    run = run_loop(write_loop(tmp_path / "certain", raw), lines)
    assert lines[-2] == "end: the model is certain of every explored frame"
    assert (run / "model.safetensors").read_bytes() == model.read_bytes()
    assert not (run / "cycle_000/train").exists()


def test_other_settings_in_the_same_folder_are_refused_but_more_cycles_are_not(whole, tmp_path):
    run, _, _ = whole
    raw = raw_config()
    raw["select"]["per_cycle"] = 9
    raw["explore"]["searches"][0]["steps"] = 5
    other = run.parent / "other.yaml"
    other.write_text(yaml.safe_dump(raw))
    with pytest.raises(DataError, match=r"another explore\.searches\[0\]\.steps, select\.per_cycle; give this one another"):
        run_loop(other)
    other.write_text(yaml.safe_dump(raw_config() | {"cycles": 1, "stop": {"patience": 9}}))
    assert run_loop(other) == run


def test_the_command_reports_errors_in_one_line(tmp_path, capsys):
    assert main(["learn", str(tmp_path / "absent.yaml")]) == 2
    assert re.fullmatch(r"sswnn: error: .*absent\.yaml: No such file or directory\n", capsys.readouterr().err)


def test_searches_run_in_several_processes(tmp_path):
    raw = raw_config() | {"cycles": 1}
    raw["explore"] |= {"processes": 2, "md": []}
    raw["explore"]["searches"][0] |= {"walkers": 2, "steps": 2}
    run = run_loop(write_loop(tmp_path, raw))
    assert len(list(run.glob("cycle_001/explore/search_0/walkers/*.csv"))) == 2
    assert report(run, 1)["labels"]["added"] > 0

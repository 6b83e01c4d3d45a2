"""The whole demo on a small system with a random potential: every step, reuse, the page."""

import json

import pytest

from sswnn.errors import ModelError, WorkflowError
from sswnn.interface import build
from sswnn.workflow import demo
from sswnn.workflow.demo import DemoOptions, run_demo


@pytest.fixture
def options(model_file, monkeypatch) -> DemoOptions:
    """A short run; a random potential has no crystals of its own, so literature lattice constants stand in."""
    monkeypatch.setattr(
        demo, "_build", lambda folder, preset, model, say: build(preset).write(folder)
    )
    return DemoOptions(preset="paper", model=str(model_file), picoseconds=0.1, ranks=2)


def test_everything_is_made_once_and_then_reused(options, tmp_path):
    said: list[str] = []
    page = run_demo(tmp_path, options, say=said.append, show=lambda _: None)
    numbers = json.loads((tmp_path / "numbers.json").read_text())
    assert numbers["system"]["atoms"] == 173
    assert numbers["frames"] == 101
    assert numbers["dissolution"]["zr_atoms"] == 12 and numbers["dissolution"]["layer_size"] == [
        3,
        3,
        3,
        3,
    ]
    assert numbers["dissolution"]["mean_bonds_first"] > 0
    assert numbers["run"]["ranks"] == 2 and numbers["run"]["seconds"] > 0
    text = page.read_text()
    assert text.count("data:image/png") == 7 and "173" in text
    assert "reused" not in " ".join(said)

    said.clear()
    run_demo(tmp_path, options, say=said.append, show=lambda _: None)
    assert len(said) == 4 and all(line.endswith("unchanged, reused") for line in said)


def test_every_step_depends_on_all_code(options, tmp_path, monkeypatch):
    """Nothing can be reused after the core, the plugin, LAMMPS or any module has changed."""
    core = tmp_path / "_core.so"
    monkeypatch.setattr(demo, "sources", lambda: [core])
    monkeypatch.setattr(demo.Steps, "run", lambda self, name, *_, values, **__: seen.append(values))
    every = []
    for content, version in (("one", "1"), ("two", "1"), ("two", "2")):
        seen: list[list] = []
        core.write_text(content)
        monkeypatch.setattr(demo, "lammps_version", lambda version=version: version)
        run_demo(tmp_path / "out", options, say=lambda _: None)
        every.append(seen)
    assert [len(seen) for seen in every] == [4, 4, 4]
    assert all(a != b and b != c for a, b, c in zip(*every, strict=True))


def test_a_run_that_fails_says_why(options, tmp_path, monkeypatch):
    script = tmp_path / "in.broken"
    script.write_text("units metal\npair_style no/such/style\n")
    monkeypatch.setattr(demo, "input_script", lambda _: script)
    with pytest.raises(WorkflowError, match="no/such/style"):
        run_demo(tmp_path / "out", options, say=lambda _: None, show=lambda _: None)
    assert not (tmp_path / "out" / "run.json").exists()


def test_impossible_options(tmp_path):
    with pytest.raises(WorkflowError, match="picoseconds=0"):
        DemoOptions(picoseconds=0)
    with pytest.raises(ModelError, match="no such file"):
        run_demo(tmp_path, DemoOptions(model="NoSuchModel"), say=lambda _: None)

"""Steps are repeated when, and only when, something they depend on has changed."""

import pytest

from sswnn.errors import WorkflowError
from sswnn.workflow.inputs import environment, input_script, program, sources
from sswnn.workflow.steps import Steps


def test_a_step_runs_again_only_after_a_change(tmp_path):
    source, product, said, runs = tmp_path / "source", tmp_path / "product", [], []
    source.write_text("one")

    def action():
        runs.append(source.read_text())
        product.write_text("made")

    def call(values=1):
        return Steps(tmp_path, said.append).run(
            "build", action, values=values, inputs=[source], products=["product"]
        )

    assert call() is True
    assert call() is False and said[-1] == "[build] unchanged, reused"
    source.write_text("two")
    assert call() is True
    assert call(values=2) is True
    product.unlink()
    assert call(values=2) is True
    assert call(values=2) is False
    assert runs == ["one", "two", "two", "two"]


def test_a_failed_step_is_not_finished(tmp_path):
    (tmp_path / "product").write_text("from before")
    steps = Steps(tmp_path, lambda _: None)
    options = {"values": 1, "inputs": [], "products": ["product"]}
    assert steps.run("a", lambda: None, **options)

    def fails():
        raise WorkflowError("broken")

    with pytest.raises(WorkflowError):
        steps.run("a", fails, **{**options, "values": 2})
    assert steps.run("a", lambda: None, **options) is True


def test_a_damaged_record_means_everything_again(tmp_path):
    (tmp_path / "steps.json").write_text("{ not json")
    assert (
        Steps(tmp_path, lambda _: None).run("a", lambda: None, values=1, inputs=[], products=[])
        is True
    )


def test_programs_and_scripts_are_found_or_named():
    assert input_script("in.interface").is_file()
    with pytest.raises(
        WorkflowError, match=r"no LAMMPS script in\.nothing in .*inputs or .*inputs"
    ):
        input_script("in.nothing")
    with pytest.raises(WorkflowError, match="no program no-such-program beside"):
        program("no-such-program")


def test_results_depend_on_all_code():
    names = {path.name for path in sources()}
    assert {"prototypes.py", "calculator.py", "demo_analysis.py", "sswnnplugin.so"} <= names
    assert any(name.startswith("_core") and name.endswith(".so") for name in names)


def test_lammps_keeps_the_plugins_of_the_user(monkeypatch):
    monkeypatch.setenv("LAMMPS_PLUGIN_PATH", "/of/the/user")
    assert environment()["LAMMPS_PLUGIN_PATH"].split(":")[-1] == "/of/the/user"
    assert environment()["OMP_NUM_THREADS"] == "1"

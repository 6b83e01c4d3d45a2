"""docs/learning.md: its example runs as it stands, its tables name all files, columns, keys and defaults."""

import csv
import dataclasses
from pathlib import Path

import pytest
import yaml

pytest.importorskip("torch")

import pages
from pages import Page, quoted

from sswnn.learning.config import DynamicsConfig, LearnConfig
from sswnn.learning.report import CLASSES, COLUMNS, ERRORS

PAGE = Page("learning.md")


@pytest.fixture(scope="module")
def example(tmp_path_factory) -> Path:
    """The folder in which all commands have run."""
    folder = tmp_path_factory.mktemp("learning")
    (folder / "make_frames.py").write_text(PAGE.block("python"))
    (folder / "learn.yaml").write_text(PAGE.block("yaml"))
    for line in PAGE.commands():
        pages.run(line, folder)
    return folder


def test_the_example_learns_as_the_page_says(example):
    with (example / "learn/learning.csv").open(newline="") as stream:
        table = list(csv.DictReader(stream))[1:]
    unseen = [float(row["unseen_force_ev_per_a"]) for row in table]
    uncertain = [float(row["uncertain_fraction"]) for row in table]
    assert unseen[0] > 1.2 and unseen[-1] < 0.4 * unseen[0]
    assert uncertain[0] > 0.9 and uncertain[-1] < 0.6


def test_the_page_names_every_file_of_the_run(example):
    run = example / "learn"
    named = [name for row in PAGE.rows("file") for name in quoted(row[0])]
    named = [name.removeprefix("cycle_003/") for name in named]
    made = {path.name for path in run.iterdir() if not path.name.startswith("cycle_")}
    made |= {path.name for path in (run / "cycle_003").iterdir() if path.suffix != ".stamp"}
    assert made - {"labels.extxyz.failures.jsonl"} == set(named) - {"second.extxyz", "*.stamp"}


def test_the_page_explains_every_column():
    named = {name for row in PAGE.rows("column") for name in quoted(row[0])}
    plain = {name for name in named if not name.endswith("...")} | {"cycle"}
    for name in CLASSES:
        plain |= {f"held_out_{name}_{error}" for error in ERRORS}
    for prefix in ("test", "unseen"):
        plain |= {f"{prefix}_{error}" for error in ERRORS}
    assert {"held_out_<class>_...", "test_...", "unseen_..."} <= named
    assert plain == set(COLUMNS)


def defaults(config: object, prefix: str = "") -> dict[str, object]:
    out: dict[str, object] = {}
    for key, value in vars(config).items():
        if key == "train":
            continue
        out |= defaults(value, f"{prefix}{key}.") if dataclasses.is_dataclass(value) else {f"{prefix}{key}": value}
    return out


@pytest.mark.parametrize(("head", "config"), [("key", LearnConfig()), ("key of `explore.md`", DynamicsConfig())])
def test_the_tables_hold_every_key_with_its_default(head, config):
    described = {}
    for keys, _, values, _ in PAGE.rows(head):
        if quoted(keys) != ["train"]:
            described |= dict(zip(quoted(keys), map(yaml.safe_load, quoted(values)), strict=True))
    assert described == defaults(config)

"""The tutorial: its commands run as they stand, and its tables name all files, keys and defaults."""

import dataclasses
import re

import pages
import pytest
import yaml
from pages import Page, cells, quoted

from sswnn.training.config import TrainConfig

PAGE = Page("training.md")


def rows(heading: str) -> list[list[str]]:
    """Cells of the table below a heading, without its head."""
    section = re.split(r"^## ", PAGE.text.split(f"## {heading}\n", 1)[1], flags=re.MULTILINE)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return cells(lines)


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The folder in which all commands have run, and what each of them printed."""
    folder = tmp_path_factory.mktemp("tutorial")
    frames, use = PAGE.blocks("python")
    (folder / "make_frames.py").write_text(frames)
    (folder / "use.py").write_text(use)
    (folder / "train.yaml").write_text(PAGE.blocks("yaml")[0])
    return folder, [pages.run(line, folder).stdout for line in PAGE.commands()]


def test_the_trained_potential_gives_the_lattice_constant_that_the_page_states(example):
    _, printed = example
    assert float(printed[-1].split()[0]) == pytest.approx(3.59, rel=0.02)


def test_the_page_names_every_file_of_the_run(example):
    folder, _ = example
    named = {name for row in rows("The run's folder") for name in quoted(row[0])}
    assert named == {path.name for path in (folder / "run").iterdir()}


def test_the_table_holds_every_key_with_its_default():
    described = {}
    for key, _, default, _ in rows("Configuration"):
        for name, value in zip(quoted(key), quoted(default), strict=True):
            described[name] = yaml.safe_load(value)
    expected = {}
    for name, value in dataclasses.asdict(TrainConfig()).items():
        if dataclasses.is_dataclass(getattr(TrainConfig(), name)):
            expected |= {f"{name}.{key}": inner for key, inner in value.items()}
        else:
            expected[name] = value
    assert described == expected

"""docs/search.md: its example runs as it stands, and its table names real keys with their defaults."""

import dataclasses
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import yaml

import sswnn
from sswnn.ssw.config import SearchConfig
from sswnn.ssw.starts import OPTIONS

PAGE = (Path(__file__).parents[2] / "docs" / "search.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def rows(head: str) -> list[list[str]]:
    """Cells of the table whose first column is headed so, without its head."""
    lines = PAGE[PAGE.index(f"| {head} |") :].split("\n\n", 1)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]*)`", cell)


def default_of(key: str):
    value: object = SearchConfig()
    for name in key.split("."):
        value = getattr(value, name)
    return list(value) if isinstance(value, tuple) else value


def test_the_table_of_keys_has_their_defaults():
    checked = 0
    for names, _, defaults, _ in rows("key"):
        keys = quoted(names)
        keys = [keys[0].rsplit(".", 1)[0] + key if key.startswith(".") else key for key in keys]
        values = [yaml.safe_load(text) for text in quoted(defaults)]
        if len(values) == 1 and len(keys) == 1:
            assert default_of(keys[0]) == values[0], keys
        elif len(values) == len(keys):
            assert [default_of(key) for key in keys] == values, keys
        else:
            raise AssertionError(f"{keys} have {len(values)} defaults")
        checked += len(keys)
    assert checked > 35


def test_every_key_of_the_top_and_of_the_surface_is_in_the_table():
    named = {key for names, *_ in rows("key") for key in quoted(names)}
    for config, prefix in ((SearchConfig(), ""), (SearchConfig().surface, "surface.")):
        for field in dataclasses.fields(config):
            if field.name not in ("surface", "walk"):
                assert prefix + field.name in named


def test_every_kind_of_start_is_in_the_table():
    assert {quoted(kind)[0] for kind, _ in rows("start")} == set(OPTIONS)


def test_the_example_runs(tmp_path):
    (settings,) = blocks("yaml")
    (tmp_path / "search.yaml").write_text(settings)
    (commands,) = blocks("sh")
    path = str(Path(sswnn.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    for line in commands.strip().splitlines():
        program, *arguments = shlex.split(line)
        assert program == "sswnn"
        done = subprocess.run(
            [sys.executable, "-m", "sswnn", *arguments],
            cwd=tmp_path, env=environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "lowest.cif").read_text().count("data_") == 10
    for name in ("minima.sqlite", "lowest.extxyz", "progress.png", "spectrum.png"):
        assert (tmp_path / "search" / name).stat().st_size

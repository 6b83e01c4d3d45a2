"""docs/search.md: its example runs as it stands, and its table names real keys with their defaults."""

import dataclasses

import pages
import yaml
from pages import Page, quoted

from sswnn.ssw.config import SearchConfig
from sswnn.ssw.starts import OPTIONS

PAGE = Page("search.md")


def default_of(key: str):
    value: object = SearchConfig()
    for name in key.split("."):
        value = getattr(value, name)
    return list(value) if isinstance(value, tuple) else value


def test_the_table_of_keys_has_their_defaults():
    checked = 0
    for names, _, defaults, _ in PAGE.rows("key"):
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
    named = {key for names, *_ in PAGE.rows("key") for key in quoted(names)}
    for config, prefix in ((SearchConfig(), ""), (SearchConfig().surface, "surface.")):
        for field in dataclasses.fields(config):
            if field.name not in ("surface", "walk"):
                assert prefix + field.name in named


def test_every_kind_of_start_is_in_the_table():
    assert {quoted(kind)[0] for kind, _ in PAGE.rows("start")} == set(OPTIONS)


def test_the_example_runs(tmp_path):
    (tmp_path / "search.yaml").write_text(PAGE.block("yaml"))
    for line in PAGE.commands():
        assert line.split()[0] == "sswnn"
        pages.run(line, tmp_path)
    assert (tmp_path / "lowest.cif").read_text().count("data_") == 10
    for name in ("minima.sqlite", "lowest.extxyz", "progress.png", "spectrum.png"):
        assert (tmp_path / "search" / name).stat().st_size

"""docs/phase_diagram.md: its example runs as it stands."""

import re
from pathlib import Path

import pages
import pytest
from pages import Page, quoted

from sswnn.cli.main import main

PAGE = Page("phase_diagram.md")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Folder in which the commands of the page have run."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "search.yaml").write_text(PAGE.block("yaml"))
    for line in PAGE.commands():
        assert line.split()[0] == "sswnn"
        pages.run(line, folder)
    return folder


def test_the_commands_write_what_the_page_says(run):
    named = [name for row in re.findall(r"^\| (`[^|]*) \|", PAGE.text, re.MULTILINE) for name in quoted(row)]
    files = [n for n in named if re.fullmatch(r"\w+\.(csv|json|png|svg|extxyz)", n) and n != "minima.sqlite"]
    assert len(files) >= 8
    for name in files:
        assert (run / "hull" / name).stat().st_size, name
    for name in ("near.cif", "structures.csv", "lines.csv", "xrd.png", "map.csv", "map.png", "stackings.csv"):
        assert (run / name).stat().st_size, name


def test_the_python_of_the_page(run, monkeypatch, capsys):
    monkeypatch.chdir(run)
    exec(compile(PAGE.block("python"), "phase_diagram.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["LiCl", "Li2ZrCl6", "LiZrCl5", "ZrCl4"]


def test_the_table_of_the_page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("alloys.csv").write_text(PAGE.block("csv"))
    assert main(["hull", "alloys.csv"]) == 0
    assert "along Cu - Au" in capsys.readouterr().out

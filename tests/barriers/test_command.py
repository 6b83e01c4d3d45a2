"""`sswnn barrier`, and docs/barriers.md: its example runs as it stands."""

import csv
import json
import re
from pathlib import Path

import pages
import pytest
from pages import Page, quoted

from sswnn.cli.main import main

PAGE = Page("barriers.md")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Folder in which the commands of the page have run, and what they said."""
    folder = tmp_path_factory.mktemp("page")
    said = [pages.run(line, folder).stdout for line in PAGE.commands()]
    return folder, said


def rows(path: Path) -> list[dict]:
    with open(path) as stream:
        return list(csv.DictReader(stream))


def test_the_commands_write_what_the_page_says(run):
    folder, said = run
    named = [
        name
        for row in re.findall(r"^\| (`[^|]*) \|", PAGE.text, re.MULTILINE)
        for name in quoted(row)
    ]
    files = [
        n for n in named if re.fullmatch(r"\w+\.(csv|json|png|extxyz)", n) and "ENGINE" not in n
    ]
    assert len(files) >= 8
    for name in files:
        assert (folder / "licl" / name).stat().st_size, name
    assert "[v1] unchanged, reused" in said[1] and "unchanged" not in said[0]
    (hop,) = rows(folder / "licl" / "barriers.csv")
    assert hop["status"] == "converged" and float(hop["forward_ev"]) == pytest.approx(
        float(hop["backward_ev"]), abs=1e-3
    )
    assert hop["engine_forward_ev"]
    assert len(rows(folder / "licl" / "energies.csv")) == 5
    assert json.loads((folder / "licl" / "barriers.json").read_text())["hops"][0]["name"] == "v1"
    channels = {row["mechanism"]: row["channel"] for row in rows(folder / "layered" / "hops.csv")}
    assert channels == {"vacancy": "III", "frenkel": "I", "interstitial": "II"}


def test_the_python_of_the_page(capsys):
    exec(compile(PAGE.block("python"), "barriers.md", "exec"), {})
    status, barrier, _, images = capsys.readouterr().out.split()
    assert status == "converged" and 0.1 < float(barrier) < 1.0 and images == "3"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--hops", "v9"], "no hop v9"),
        (["--channel", "I"], "no hop of Li"),
        (["--ion", "Na"], "no Na"),
        (["--images", "2"], "images is 2"),
        (["--supercell", "1", "1", "1"], "twice"),
        (["--id", "3"], "choose one"),
    ],
)
def test_refusals(options, words, tmp_path, capsys):
    assert (
        main(["barrier", "licl_rocksalt", "--as-is", "--out", str(tmp_path / "out"), *options]) == 2
    )
    assert words in capsys.readouterr().err

"""docs/sites.md: its example runs as it stands, on real molecular dynamics; what the numbers must be."""

import csv
import json
import re

import pages
import pytest
from pages import Page

PAGE = Page("sites.md")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Folder in which the commands of the page have run, and what they printed."""
    folder = tmp_path_factory.mktemp("page")
    first, second = PAGE.blocks("python")
    (folder / "first.py").write_text(first)
    (folder / "second.py").write_text(second)
    lines = ["python first.py", *PAGE.commands(), "python second.py"]
    return folder, pages.follow(lines, folder, scripts=["in.bulk_nvt"])


def test_the_commands_write_what_they_name(run):
    for name in re.findall(r"--(?:csv|json|plot|hops|sites|grid) (\S+)", PAGE.block("sh")):
        assert (run[0] / name).stat().st_size > 40, name
    assert "along a" in run[1][4] and "non-Gaussian" in run[1][5]


def test_sites_of_li2zrcl6(run):
    numbers = json.loads((run[0] / "sites.json").read_text())
    assert [one["temperature_K"] for one in numbers["temperatures"]] == [900, 1200]
    cold, hot = numbers["temperatures"]
    for one in (cold, hot):
        inside = one["sites"]["inside"]
        assert one["ions"] == 12 and inside.count("Zr") == 6
        assert one["sites"]["shape"].count("octahedron") == 36 and sum(
            one["sites"]["occupancy"]
        ) == pytest.approx(12)
        assert {c["channel"] for c in one["channels"]} >= {"I", "II", "III"}
    assert len(hot["hops"]["ion"]) > 0
    with open(run[0] / "hops.csv") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(cold["hops"]["ion"]) + len(hot["hops"]["ion"])
    assert {row["channel"] for row in rows} <= {"I", "II", "III"}
    assert "II" in run[1][-1]


def test_density_and_van_hove_functions(run):
    numbers = json.loads((run[0] / "paths.json").read_text())
    assert (
        numbers["repeats"][2] in (1, 2) and numbers["samples"] == 12 * numbers["density"]["frames"]
    )
    found = json.loads((run[0] / "vanhove.json").read_text())
    assert found["lag_ps"] == pytest.approx([0, 0.1, 1, 2])
    assert found["mean_square_A2"]["Li"][0] == 0 and found["mean_square_A2"]["Li"][3] > 0.1
    first_shell = max(found["distinct"]["Li-Cl"][0])
    assert first_shell > 2 and max(found["distinct"]["Li-Cl"][3]) < first_shell

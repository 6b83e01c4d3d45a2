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


def table(path):
    """Rows of a CSV file."""
    with open(path) as stream:
        return list(csv.DictReader(stream))


def test_the_commands_write_what_they_name(run):
    for name in re.findall(r"--(?:csv|json|plot|hops|sites|grid) (\S+)", PAGE.block("sh")):
        assert (run[0] / name).stat().st_size > 40, name
    assert "along a" in run[1][4] and "non-Gaussian" in run[1][5]


def test_sites_of_li2zrcl6(run):
    numbers = json.loads((run[0] / "sites.json").read_text())
    assert [one["temperature_K"] for one in numbers["temperatures"]] == [900, 1200]
    cold, hot = numbers["temperatures"]
    for one in (cold, hot):
        sites = [row for row in table(run[0] / "sites.csv") if float(row["temperature_K"]) == one["temperature_K"]]
        assert one["ions"] == 12 and sum(row["inside"] == "Zr" for row in sites) == 6
        assert sum(row["shape"] == "octahedron" for row in sites) == 36
        assert sum(float(row["occupancy"]) for row in sites) == pytest.approx(12)
        assert {c["channel"] for c in one["channels"]} >= {"I", "II", "III"}
        assert all(len(r["survival"]) == len(r["time_ps"]) <= 200 for r in one["residence"].values())
    hops = table(run[0] / "hops.csv")
    assert any(float(row["temperature_K"]) == 1200 for row in hops)
    assert len(hops) == sum(c["hops"] for one in (cold, hot) for c in one["channels"] if "->" not in c["channel"])
    assert {row["channel"] for row in hops} <= {"I", "II", "III"}
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

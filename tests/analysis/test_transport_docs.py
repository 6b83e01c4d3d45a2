"""docs/transport.md: its example runs as it stands, with LAMMPS."""

import csv
import re

import pages
import pytest
from pages import Page

PAGE = Page("transport.md")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Folder in which the commands of the page have run, and what they printed."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "measured.csv").write_text(*PAGE.blocks("csv"))
    (folder / "first.py").write_text(PAGE.blocks("python")[0])
    lines = ["python first.py", *PAGE.blocks("sh")[0].strip().splitlines()]
    return folder, "".join(pages.follow(lines, folder, scripts=["in.bulk_nvt"]))


def test_the_commands_write_what_they_name(run):
    folder, printed = run
    for name in re.findall(r"--(?:csv|json|plot) (\S+)", "\n".join(PAGE.blocks("sh"))):
        assert (folder / name).stat().st_size, name
    assert "Haven ratio" in printed and "Li2ZrCl6, measured: 4 values" in printed


def test_measured_and_simulated_lines(run):
    folder, _ = run
    rows = {row["measured"]: row for row in csv.DictReader((folder / "lines.csv").open())}
    assert float(rows["1"]["activation_eV"]) == pytest.approx(0.326, abs=0.005)
    assert float(rows["1"]["sigma_s_per_cm"]) == pytest.approx(1e-3, rel=0.01)
    assert float(rows["0"]["sigma_s_per_cm_low"]) < float(rows["0"]["sigma_s_per_cm_high"])


def test_the_python_of_the_page(run, monkeypatch, capsys):
    monkeypatch.chdir(run[0])
    exec(compile(PAGE.blocks("python")[1], "transport.md", "exec"), {})
    first, second = capsys.readouterr().out.splitlines()
    assert "cm^2/s (95 %" in first and "S/cm (95 %" in second

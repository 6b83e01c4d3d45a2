"""docs/interface_runs.md: its example runs as it stands, and its numbers are those of the code."""

import re

import numpy as np
import pages
import pytest
from pages import Page

from sswnn.analysis.trajectories.trajectory import read_trajectory
from sswnn.interface import build
from sswnn.interface.presets import PAPER_NUMBERS, PRESETS
from sswnn.workflow.inputs import input_script

PAGE = Page("interface_runs.md")


def test_the_example(tmp_path):
    pages.follow(PAGE.commands(), tmp_path, scripts=["in.interface_minimize", "in.interface_nvt"])
    times = [frame.time_ps for frame in read_trajectory(tmp_path / "300K_1.dump")]
    np.testing.assert_allclose(times, np.arange(31) * 0.01, atol=1e-9)
    assert (tmp_path / "dissolution.csv").stat().st_size > 40


def test_published_and_built_numbers():
    record = build("paper").record
    built = [record["sides"][x]["thickness_A"] for x in ("substrate", "film")]
    keys = ("substrate_thickness_A", "film_thickness_A", "mismatch_percent")
    rows = PAGE.rows("`--preset paper`")
    for row, value, key in zip(rows, [*built, record["mismatch_percent"]], keys, strict=True):
        published, ours = (float(re.match(r"[\d.]+", cell).group()) for cell in row[1:3])
        assert published == PAPER_NUMBERS[key] and ours == pytest.approx(value, abs=0.005)


def test_defaults_of_the_scripts():
    def default(script: str, name: str) -> str:
        return re.search(
            rf"^variable {name} +index (\S+)", input_script(script).read_text(), re.M
        ).group(1)

    nvt, large = "in.interface_nvt", "in.interface_large"
    assert default(nvt, "beyond") == "warn" and "| `warn` (default) |" in PAGE.text
    assert (
        f"`limit` is {default(nvt, 'limit')} eV/Å, and {default(large, 'limit')} for" in PAGE.text
    )
    assert f"({default(nvt, 'check_every')}; {default(large, 'check_every')} in" in PAGE.text
    assert default(nvt, "runaway") == "5.0" and "five times the set one" in PAGE.text
    assert all(
        f"`{name}`" in PAGE.text or f"--preset {name}" in PAGE.text
        for name in PRESETS
        if name != "demo"
    )

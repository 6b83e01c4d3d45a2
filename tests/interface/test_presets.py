"""Named interface models: promised sizes, and where the command tells of them."""

import numpy as np
import pytest

from sswnn.cli.main import main
from sswnn.interface import build, summary
from sswnn.interface.presets import PRESETS


def test_large10k():
    made = build("large10k")
    assert 9000 < len(made.atoms) < 11000
    cell = made.atoms.cell.array
    np.testing.assert_allclose(cell, np.diag(np.diag(cell)), atol=1e-6)
    assert 0.9 < cell[0, 0] / cell[1, 1] < 1.1
    assert made.record["periodic_double_interface"] and made.record["vacuum_A"] == 0


def test_large100k_by_one_column_of_it():
    """All its layers on one common cell; the whole has as many of these as the preset says."""
    chosen = PRESETS["large100k"]
    made = build("large100k", repeat=(1, 1), rectangular=False)
    assert 95_000 < len(made.atoms) * np.prod(chosen.repeat) < 105_000
    lithium, salt = (made.record["sides"][name] for name in ("film", "substrate"))
    assert lithium["thickness_A"] > 2 * salt["thickness_A"]
    zirconium = made.record["composition"]["Zr"]
    assert lithium["atoms"] > 4 * zirconium  # Li2ZrCl6 + 4 Li -> 6 LiCl + Zr
    assert made.record["periodic_double_interface"] and chosen.rectangular


def test_the_published_numbers_are_shown_beside_ours():
    lines = summary(build("paper").record).splitlines()
    (line,) = [x for x in lines if x.startswith("published")]
    assert "substrate 20.50 A (+0.1 % here)" in line and "film 9.70 A (+3.1 % here)" in line
    assert "mismatch 1.08 % (0.68 % here)" in line
    assert "published" not in summary(build("paper", film_layers=3).record)


def test_every_preset_is_in_the_help(capsys):
    with pytest.raises(SystemExit):
        main(["interface", "--help"])
    text = capsys.readouterr().out
    assert all(f"{name}" in text for name in PRESETS)
    assert f"({len(build('demo').atoms)})" in text and "9688" in text

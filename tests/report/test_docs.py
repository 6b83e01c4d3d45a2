"""docs/report.md: its example runs as it stands; its tables name every key of a recipe, and no other."""

import re
from dataclasses import fields

import pages
import pytest
from pages import Page
from report_tools import check

from sswnn.report.recipe import Line, Mark, Picture, Plot, Recipe, Row, Table, Value

PAGE = Page("report.md")


def test_the_example(tmp_path):
    (tmp_path / "report.yaml").write_text(PAGE.block("yaml"))
    (tmp_path / "measured.csv").write_text(PAGE.block("csv"))
    said = [pages.run(line, tmp_path).stdout for line in PAGE.commands()]
    assert said[1] == "report.html: 2 of 3 values, 1 files not there yet\n"
    text = check((tmp_path / "report.html").read_text()).text
    assert re.search(r"0\.32(59|60)\d eV", text)
    assert "not run yet" in text and "sswnn analyze conductivity run.dump" in text
    assert (tmp_path / "recipe.yaml").exists()


@pytest.mark.parametrize(
    ("head", "kinds"),
    [
        ("key", (Recipe,)),
        ("key of `rows`", (Row,)),
        ("key of `values`", (Value,)),
        ("key of `plots`", (Plot,)),
        ("key of `lines`", (Line,)),
        ("key of `tables`, `pictures`", (Table, Picture)),
    ],
)
def test_the_tables_name_every_key(head, kinds):
    named = [name for row in PAGE.rows(head) for name in pages.quoted(row[0])]
    known = {field.name for kind in kinds for field in fields(kind)}
    assert sorted(named) == sorted(known)
    assert {field.name for field in fields(Mark)} == {"label", "x", "y"}

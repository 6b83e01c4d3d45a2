"""Recipes are read strictly; pages show what is there, escape it, and say what is not; the command."""

import re
import shlex
from pathlib import Path

import pytest
import yaml
from report_tools import PIXEL, check

from sswnn.cli.main import build_parser, main
from sswnn.errors import ConfigError
from sswnn.report.recipe import find_recipe, read_recipe, template
from sswnn.report.report_page import make_report
from sswnn.report.results import Results

ROOT = Path(__file__).parents[2]
ROW = {"title": "row", "files": {"a.json b.csv": "make a"}}


def recipe(**row):
    return read_recipe(yaml.safe_dump({"title": "T", "rows": [ROW | row]}), "r.yaml")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"titel": 1}, "unknown key `rows[0].titel`; did you mean `rows[0].title`?"),
        ({"values": [{"nmae": "x"}]}, "unknown key `rows[0].values[0].nmae`"),
        ({"values": [{"file": "a.json", "key": "x"}]}, "rows[0].values[0].name is missing"),
        ({"values": [{"name": "x", "file": "a.json"}]}, "rows[0].values[0].key is missing"),
        ({"values": [{"name": "x", "file": "a.json", "key": "a["}]}, "rows[0].values[0].key: key is 'a['"),
        ({"values": [{"name": "x", "file": "a", "key": "k", "reduce": "median"}]}, "reduce is 'median'"),
        ({"values": [{"name": "x", "file": "a", "key": "k", "published": "about 1"}]}, "published is 'about 1'"),
        ({"values": [{"name": "x", "file": "a", "key": "k", "published_range": [2, 1]}]}, "smaller number comes first"),
        ({"values": [{"name": "x", "file": "a", "key": "k", "published": 1, "published_range": [1, 2]}]}, "exclude"),
        ({"values": [{"name": "x", "file": "a", "key": "k", "low": "l"}]}, "go together"),
        ({"values": [{"name": "x", "file": "a", "key": "k", "error": "e", "interval": "i"}]}, "exclude"),
        ({"plots": [{"title": "p", "x_label": "x", "y_label": "y"}]}, "plots[0].lines is empty"),
        ({"plots": [{"title": "p", "x_label": "x", "y_label": "y", "lines": [{"label": "l"}]}]}, "file or"),
        ({"pictures": [{"file": "a.gif", "caption": "c"}]}, "'.gif'"),
    ],
)  # fmt: skip
def test_mistakes_are_named(row, words):
    with pytest.raises(ConfigError) as problem:
        recipe(**row)
    assert words in str(problem.value) and str(problem.value).startswith("r.yaml: ")


@pytest.mark.parametrize("text", ["", "a: [", "title: T", "title: T\nrows: 5", "- 1"])
def test_what_is_no_recipe(text):
    with pytest.raises(ConfigError, match=r"r\.yaml"):
        read_recipe(text, "r.yaml")


EVIL = '<script>alert("x")</script>'


def test_everything_from_files_and_recipes_is_escaped(tmp_path):
    (tmp_path / "a.json").write_text('{"x": "<img src=http://a.example/x.png>", "<b>": 1}')
    (tmp_path / "b.csv").write_text(f"<i>,n\n{EVIL.replace(chr(34), '')},1\n</script>,2\n")
    (tmp_path / "p.png").write_bytes(PIXEL)
    report = make_report(
        recipe(
            about=f"{EVIL} & doi:10.1000/x<y", notes=EVIL,
            values=[
                {"name": EVIL, "file": "a.json", "key": "x", "published_text": EVIL, "note": EVIL, "unit": EVIL},
                {"name": "k", "file": "a.json", "key": f'["{EVIL.replace(chr(34), "")}"]'},
            ],
            plots=[{"title": EVIL, "caption": EVIL, "x_label": EVIL, "y_label": EVIL,
                    "lines": [{"label": EVIL, "file": "b.csv", "x": "n", "y": "n"}]}],
            tables=[{"file": "b.csv", "caption": EVIL}],
            pictures=[{"file": "p.png", "caption": EVIL}],
        ),
        Results(tmp_path),
    )  # fmt: skip
    page = check(report.page)
    assert report.page.count("<script>") == 3  # ours; data have a type
    assert all(x.startswith("data:image/png") for x in page.fetched)
    assert page.text.count(EVIL) >= 8 and "<img src=http" in page.text
    assert "<i>" not in report.page and "<b>" not in report.page
    (data,) = re.findall(r'<script type="application/json">(.*?)</script>', report.page)
    assert "<" not in data and "\\u003cscript" in data


def test_what_is_not_there_is_said_with_its_command(tmp_path):
    (tmp_path / "b.csv").write_text("t,n\n0,1\n1,2\n2,3\n")
    report = make_report(
        recipe(
            values=[{"name": "v", "file": "a.json", "key": "x", "published": 3}],
            plots=[{"title": "P", "x_label": "t", "y_label": "n", "lines": [
                {"file": "b.csv", "x": "t", "y": "n"}, {"file": "c.csv", "x": "t", "y": "n"}]}],
            tables=[{"file": "b.csv", "columns": ["n"], "most": 2}, {"file": "b.csv", "columns": ["m"]}],
            pictures=[{"file": "d.png", "caption": "D"}],
        ),
        Results(tmp_path),
    )  # fmt: skip
    text = check(report.page).text
    assert (report.found, report.values, report.missing) == (0, 1, ["a.json", "c.csv", "d.png"])
    assert "Not run yet: c.csv." in text and "Not run yet: d.png." in text and "make a" in text
    assert "b.csv (the first 2 of 3 rows)" in text
    assert report.problems == ["b.csv: no `m`; known are t, n"]


def test_the_same_results_make_the_same_page(tmp_path):
    (tmp_path / "a.json").write_text('{"x": 1}')
    made = [
        make_report(
            recipe(values=[{"name": "v", "file": "a.json", "key": "x"}]), Results(tmp_path)
        ).page
        for _ in "ab"
    ]
    assert made[0] == made[1]


# ------------------------------------------------------------------------------- recipes of the package


def shipped_rows():
    paper, results = find_recipe("paper")
    assert results == Path("results")
    mine = read_recipe(template(), "template")
    return [*paper.rows, *mine.rows]


def test_the_paper_has_its_fourteen_rows_and_invents_nothing(tmp_path):
    paper, _ = find_recipe("paper")
    assert len(paper.rows) == 14
    report = make_report(paper, Results(tmp_path))
    assert report.found == 0 and report.values > 50 and report.problems == []
    assert "0 of" in check(report.page).text and report.page.count("not run yet") > report.values


def test_the_results_of_the_repository_fit_the_recipe():
    paper, folder = find_recipe("paper")
    report = make_report(paper, Results(ROOT / folder))
    assert report.problems == []


def test_every_file_of_the_shipped_recipes_has_a_command():
    for row in shipped_rows():
        known = [name for names, _ in row.commands() for name in names]
        assert sorted(known) == sorted(row.named_files()), row.title


def test_commands_of_the_shipped_recipes_are_commands():
    number = 0
    for row in shipped_rows():
        for _, command in row.commands():
            for line in command.splitlines():
                words = shlex.split(line.replace("${T}", "600").replace("$T", "600"), comments=True)
                if words[:1] == ["sswnn"]:
                    build_parser(words[1]).parse_args(words[1:])
                    number += 1
                for name in (
                    w for w in words if w.startswith(("in.", "../../")) and w != "in.bulk.data"
                ):
                    assert (
                        ROOT / "inputs" / name if name.startswith("in.") else ROOT / name[6:]
                    ).exists(), line
    assert number > 20


# ------------------------------------------------------------------------------- the command


def test_command(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["report", "--new", "mine.yaml"]) == 0
    assert (tmp_path / "mine.yaml").read_text() == template()
    assert main(["report", "mine.yaml", "-o", "mine.html"]) == 0
    assert main(["report", "mine.yaml", "-o", "mine.html"]) == 0  # a page of ours is replaced
    assert "mine.html: 0 of 5 values" in capsys.readouterr().out
    Path("errors.json").write_text('{"md_300_600": {"force": 1}}')
    assert main(["report", "mine.yaml", "-o", "mine.html"]) == 1
    assert "problem: errors.json: no `force_ev_per_a`" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["report"], "either a recipe or --new"),
        (["report", "paper", "--new", "x.yaml"], "either a recipe or --new"),
        (["report", "nothing"], "no recipe nothing: neither a file nor one of paper"),
        (["report", "paper"], "no folder of results results"),
        (
            ["report", "paper", "--results", ".", "-o", "notes.html"],
            "is there already and no page of sswnn",
        ),
        (["report", "paper", "--results", ".", "-o", "no/x.html"], "no folder no"),
        (["report", "--new", "notes.html"], "is there already"),
    ],
)
def test_refusals(tmp_path, capsys, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    Path("notes.html").write_text("mine")
    assert main(words) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
    assert Path("notes.html").read_text() == "mine"

"""Files of results, and numbers as a report shows them: known files, known texts."""

import json

import pytest

from sswnn.errors import DataError
from sswnn.report.figures import figure, show
from sswnn.report.recipe import Line, Plot, Value
from sswnn.report.results import Results
from sswnn.report.series import MOST_POINTS, plot_data


@pytest.fixture
def results(tmp_path):
    (tmp_path / "a.json").write_text(
        json.dumps({
            "Ea": 0.3142, "Ea_low": 0.29, "Ea_high": 0.35, "D": 2.0, "D_error": 0.25, "share": 0.5, "share_ci": [0.25, 0.75],
            "stable": ["LiCl", "Li2ZrCl6"], "onset": None, "ok": True, "n": 34648, "list": [1, 2, 3],
        })
    )  # fmt: skip
    (tmp_path / "b.csv").write_text(
        "formula,x,visits,note\nLiCl,0,10,\nLi2ZrCl6,0.333,nan,hot\nZrCl4,1,30,cold\n"
    )
    (tmp_path / "bench.txt").write_text('figures  1 2 3\n{"us_per_atom_step": 4.3}\n')
    return Results(tmp_path)


def made(results, **keys):
    return figure(Value(**({"name": "x", "file": "a.json"} | keys)), results)


def test_files(results):
    assert results.scalar("bench.txt", "us_per_atom_step") == 4.3
    assert results.series("b.csv", "visits") == [10, None, 30]
    assert results.series("b.csv", "note") == [None, "hot", "cold"]
    assert results.scalar("b.csv", "visits", "sum") == 40
    assert results.scalar("b.csv", "visits", "mean") == 20
    assert results.scalar("b.csv", "formula", "count") == 3
    assert results.scalar("b.csv", "[x>5].formula", "count") == 0
    assert results.scalar("b.csv", "[formula=LiCl].visits", "max") == 10
    assert results.scalar("a.json", "stable") == "LiCl, Li2ZrCl6"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.json", "{", "neither JSON"),
        ("x.txt", "hello", "neither JSON"),
        ("x.csv", "", "name the columns"),
        ("x.csv", "a,a\n1,2\n", "each once"),
        ("x.csv", "a,b\n1,2\n3\n", "line 3 has 1 cells, expected 2"),
        ("x.json", b"\xff\xfe", "no text file"),
    ],
)
def test_broken_files(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(DataError) as problem:
        Results(tmp_path).content(name)
    assert words in str(problem.value) and str(problem.value).startswith(name)


def test_a_number_with_its_interval_beside_a_published_one(results):
    one = made(results, key="Ea", unit="eV", published=0.326)
    assert (one.here, one.interval, one.published) == ("0.314", "0.290 to 0.350 (95 %)", "0.326")
    assert one.difference == "−0.012 (−3.6 %)" and one.agrees is True
    assert made(results, key="Ea", published=0.28).agrees is False
    assert made(results, key="Ea", scale=-1000, published=-326).interval == "−350 to −290 (95 %)"


def test_intervals_that_the_recipe_names(results):
    assert (
        made(results, key="share", interval="share_ci", scale=100, level="range of runs").interval
        == "25 to 75 (range of runs)"
    )
    assert made(results, key="D").interval == "1.75 to 2.25 (± standard error)"
    assert made(results, key="share", low="Ea_low", high="D").interval == "0.29 to 2.00 (95 %)"


def test_without_an_interval_nothing_is_judged_but_equality(results):
    assert made(results, key="n", published=5052).agrees is None
    assert made(results, key="n", published=34648).agrees is True
    assert made(results, key="n").here == "34\u202f648"


def test_ranges_and_texts(results):
    assert made(results, key="share", published_range=(0.4, 0.6)).difference == "inside"
    one = made(results, key="n", published_range=(40000.0, float("inf")))
    assert (one.published, one.difference, one.agrees) == (
        "at least 40\u202f000",
        "−5\u202f352 outside",
        False,
    )
    assert made(results, key="stable", published_text="LiCl, Li2ZrCl6").agrees is True
    assert made(results, key="stable", published_text="LiCl").difference == "differs"
    assert made(results, key="onset", if_null="none in 2 ns", published=35.0).here == "none in 2 ns"
    assert made(results, key="onset", published_text="35 ps").agrees is None
    assert made(results, key="ok").here == "yes"


def test_what_is_missing_is_not_invented(results):
    one = made(results, file="no.json", key="x", published=5.0)
    assert (one.state, one.here, one.difference, one.published) == ("missing", "–", "–", "5")
    wrong = made(results, key="Ea_lo", published=5.0)
    assert (
        wrong.state == "problem" and wrong.here == "–" and "did you mean `Ea_low`" in wrong.problem
    )
    assert "3 values, expected one" in made(results, key="list").problem


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (1234567, "1\u202f234\u202f567"),
        (0.05092, "0.05092"),
        (-2.5, "−2.500"),
        (1.2345e-7, "1.23e−07"),
        (3.0, "3"),
    ],
)
def test_numbers(number, text):
    assert show(number) == text


def test_series_of_a_plot(results):
    line = Line(file="b.csv", x="x", y="visits", y_scale=2, error="x", colour="x")
    data, missing, problems = plot_data(
        Plot("p", lines=[line, Line(file="no.csv", x="x", y="y")]), results
    )
    assert missing == ["no.csv"] and problems == []
    (drawn,) = data["lines"]
    assert (
        drawn["x"] == [0, 0.333, 1] and drawn["y"] == [20, None, 60] and drawn["c"] == [0, 0.333, 1]
    )
    assert drawn["low"] == [20, None, 58] and drawn["high"] == [20, None, 62]


def test_published_points_alone_are_no_plot(results):
    plot = Plot("p", lines=[Line(points=[(1.0, 2.0)]), Line(file="no.csv", x="x", y="y")])
    assert plot_data(plot, results) == (None, ["no.csv"], [])


def test_a_long_series_is_thinned_and_says_so(tmp_path):
    (tmp_path / "a.json").write_text(
        json.dumps({"x": list(range(2 * MOST_POINTS + 1)), "y": list(range(2 * MOST_POINTS + 1))})
    )
    data, _, _ = plot_data(
        Plot("p", lines=[Line(file="a.json", x="x", y="y", inverse_x=True)]), Results(tmp_path)
    )
    (line,) = data["lines"]
    assert line["y"][:3] == [0, 3, 6] and line["label"] == "y (one of 3 points)"
    assert line["x"][:2] == [None, pytest.approx(1000 / 3, rel=1e-5)]


def test_columns_of_different_length_are_a_problem(tmp_path):
    (tmp_path / "a.json").write_text('{"x": [1, 2], "y": [1]}')
    data, _, problems = plot_data(
        Plot("p", lines=[Line(file="a.json", x="x", y="y")]), Results(tmp_path)
    )
    assert data is None and problems == ["a.json: 1 values of `y` and 2 of `x`"]

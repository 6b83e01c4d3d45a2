"""A report in a real browser: it opens from a file, asks for nothing, its tables sort and its plots zoom."""

from pathlib import Path

import browser
import pytest

from sswnn.report.recipe import find_recipe, read_recipe
from sswnn.report.report_page import make_report
from sswnn.report.results import Results

RECIPE = """
title: Browser
rows:
  - title: Row
    files: {a.json: make a, "b.csv c.csv": make b}
    values:
      - {name: nine, file: a.json, key: nine}
      - {name: missing, file: no.json, key: x, published: 5}
      - {name: ten, file: a.json, key: ten, published: 9}
      - {name: minus, file: a.json, key: minus}
    plots:
      - title: Line
        x_label: time (ps)
        y_label: atoms
        lines: [{label: "</script><b>bold</b>", file: b.csv, x: t, y: n, low: l, high: h, kind: both}]
        marks: [{x: 5, label: here}]
      - title: Logarithm
        x_label: 1000 / T
        y_label: conductivity
        y_log: true
        lines:
          - {label: colours, file: b.csv, x: t, y: n, colour: t, kind: points, inverse_x: true}
          - {label: published, points: [[100, 1], [500, 1000]]}
    tables:
      - {file: b.csv, caption: All}
"""


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    """The page in a browser."""
    if browser.executable() is None:
        pytest.skip(
            f"no browser: none of {', '.join(browser.NAMES)} (Debian: apt install chromium), nor a variable CHROMIUM"
        )
    folder = tmp_path_factory.mktemp("page")
    (folder / "a.json").write_text(
        '{"nine": 9, "ten": 10, "ten_low": 8.5, "ten_high": 11, "minus": -1}'
    )
    rows = [f"{t},{10 * t + 1},{10 * t},{10 * t + 2}" for t in range(11)]
    (folder / "b.csv").write_text("t,n,l,h\n" + "\n".join(rows) + "\n")
    report = make_report(read_recipe(RECIPE, "test"), Results(folder))
    assert report.problems == [] and report.missing == ["c.csv", "no.json"]
    (folder / "report.html").write_text(report.page, encoding="utf-8")
    with browser.browser(tmp_path_factory.mktemp("profile")) as opened:
        opened.open(folder / "report.html")
        yield opened


def names(tab):
    return tab.value(
        "[...document.querySelectorAll('#numbers tbody tr')].map(r => r.cells[1].textContent)"
    )


def sorts(tab, table):
    return tab.value(
        f"[...document.querySelectorAll('{table} th[aria-sort]')].map(h => h.getAttribute('aria-sort'))"
    )


def place(tab, selector):
    """Middle of an element, after it was scrolled into sight and the page has come to rest."""
    script = (
        f"(async () => {{ const e = document.querySelector('{selector}'); e.scrollIntoView({{block: 'center'}});"
        "await new Promise(r => setTimeout(r, 400)); const b = e.getBoundingClientRect();"
        "return [b.left + b.width / 2, b.top + b.height / 2] })()"
    )
    return tab.value(script)


def ranges(tab, number=0):
    text = tab.value(f"document.querySelectorAll('figure.plot canvas')[{number}].dataset.range")
    return [float(x) for x in text.split()]


def test_a_click_on_a_header_sorts_numbers_as_numbers_and_empty_cells_last(tab):
    assert names(tab) == ["nine", "missing", "ten", "minus"]
    assert sorts(tab, "#numbers") == ["none"] * 6
    head = "#numbers th:nth-child(3) button"
    tab.click(*place(tab, head))
    assert names(tab) == ["minus", "nine", "ten", "missing"]
    assert sorts(tab, "#numbers") == ["none", "none", "ascending", "none", "none", "none"]
    tab.click(*place(tab, head))
    assert names(tab) == ["ten", "nine", "minus", "missing"]
    assert sorts(tab, "#numbers")[2] == "descending"


def test_the_keyboard_sorts(tab):
    tab.value("document.querySelector('#numbers th:nth-child(2) button').focus()")
    for kind in ("keyDown", "keyUp"):
        tab.ask(
            "Input.dispatchKeyEvent",
            type=kind,
            key="Enter",
            code="Enter",
            windowsVirtualKeyCode=13,
            text="\r",
        )
    assert names(tab) == ["minus", "missing", "nine", "ten"]


def test_the_wheel_zooms_about_the_pointer_and_a_double_click_resets(tab):
    before = ranges(tab)
    assert before[0] < 0 < 10 < before[1] and before[2] < 0 < 102 < before[3]
    x, y = place(tab, "figure.plot canvas")
    tab.mouse("mouseWheel", x, y, deltaX=0, deltaY=-240)
    after = ranges(tab)
    assert (
        before[0] < after[0] < after[1] < before[1] and before[2] < after[2] < after[3] < before[3]
    )
    assert (after[1] - after[0]) / (before[1] - before[0]) == pytest.approx(
        0.6188, abs=1e-3
    )  # exp(-0.48)
    tab.click(x, y, times=2)
    assert ranges(tab) == before


def test_the_wheel_over_an_axis_zooms_that_one(tab):
    before = ranges(tab)
    _, y = place(tab, "figure.plot canvas")
    left = tab.value("document.querySelector('figure.plot canvas').getBoundingClientRect().left")
    tab.mouse("mouseWheel", left + 20, y, deltaX=0, deltaY=-240)
    after = ranges(tab)
    assert after[:2] == before[:2] and after[3] < before[3]
    tab.value("document.querySelector('figure.plot .tools button:last-child').click()")
    assert ranges(tab) == before


def test_a_box_zooms_and_a_logarithmic_axis_stays_positive(tab):
    before = ranges(tab, 1)
    x, y = place(tab, "figure.plot:nth-of-type(2) canvas")
    tab.mouse("mousePressed", x - 60, y - 50, button="left", buttons=1, clickCount=1)
    tab.mouse("mouseMoved", x + 60, y + 50, button="left", buttons=1)
    tab.mouse("mouseReleased", x + 60, y + 50, button="left", clickCount=1)
    after = ranges(tab, 1)
    assert (
        before[0] < after[0] < after[1] < before[1]
        and 0 < before[2] < after[2] < after[3] < before[3]
    )


def test_values_are_shown_at_the_pointer_as_text(tab):
    place(tab, "figure.plot canvas")
    a, b, c, d = ranges(tab)
    box = tab.value(
        "(({left, top, width}) => [left, top, width])(document.querySelector('canvas').getBoundingClientRect())"
    )
    at = (
        box[0] + 66 + (5 - a) / (b - a) * (box[2] - 80),
        box[1] + 10 + (1 - (51 - c) / (d - c)) * 286,
    )
    tab.mouse("mouseMoved", *at)
    tip = tab.value("document.querySelector('.tip:not([hidden])').textContent").splitlines()
    assert tip == ["</script><b>bold</b>", "time (ps): 5", "atoms: 51 (50 to 52)"]
    assert tab.value("document.querySelectorAll('b').length") == 0


COLOURS = """(() => {
    const c = document.querySelector("canvas"), copy = new OffscreenCanvas(c.width, c.height), found = new Set();
    const pixels = copy.getContext("2d", {willReadFrequently: true});
    pixels.drawImage(c, 0, 0);
    const d = pixels.getImageData(0, 0, c.width, c.height).data;
    for (let i = 0; i < d.length; i += 4) if (d[i + 3] > 200) found.add([d[i], d[i + 1], d[i + 2]].join());
    return [...found];
})()"""
BLUE = "0,114,178"  # of the first series


def test_a_series_is_drawn_and_can_be_hidden(tab):
    press = "document.querySelector('.legend button').click()"
    assert BLUE in tab.value(COLOURS)
    tab.value(press)
    assert BLUE not in tab.value(COLOURS)
    tab.value(press)
    assert BLUE in tab.value(COLOURS)


def test_nothing_went_wrong_and_nothing_was_asked_for(tab):
    place(tab, "footer")
    assert tab.problems() == []
    assert [x.rsplit("/", 1)[-1] for x in tab.requests()] == ["report.html"]


def test_the_page_of_the_paper_opens_with_every_plot(tmp_path):
    if browser.executable() is None:
        pytest.skip("no browser")
    paper, folder = find_recipe("paper")
    report = make_report(paper, Results(Path(__file__).parents[2] / folder))
    (tmp_path / "paper.html").write_text(report.page, encoding="utf-8")
    (tmp_path / "profile").mkdir()
    with browser.browser(tmp_path / "profile") as opened:
        opened.open(tmp_path / "paper.html")
        assert opened.problems() == [] and len(opened.requests()) == 1
        assert opened.value("document.querySelectorAll('section').length") >= len(paper.rows)
        drawn = opened.value("[...document.querySelectorAll('figure.plot canvas')].map(c => c.dataset.range)")
        assert len(drawn) >= 8 and all(len([float(x) for x in text.split()]) == 4 for text in drawn)
        assert len(names(opened)) > 70

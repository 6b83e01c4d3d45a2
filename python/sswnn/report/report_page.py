"""The page of a report: all numbers beside the published ones, then row by row figures, plots, tables, pictures and commands."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

from sswnn import __version__
from sswnn.errors import DataError
from sswnn.report import html
from sswnn.report.figures import NOTHING, Figure, figure, show
from sswnn.report.keys import is_number, parse
from sswnn.report.recipe import Picture, Recipe, Row, Table, Value
from sswnn.report.results import Results
from sswnn.report.series import plot_data

STYLES = ("page.css", "report.css")
SCRIPTS = ("table.js", "axes.js", "plot.js")


@dataclass
class Report:
    """A page and what is to be said about it.

    Attributes
    ----------
    page
        HTML.
    found, values
        Values that were found, and all.
    missing
        Files that are not there yet.
    problems
        Files that are there and do not hold what the recipe asks for.
    """

    page: str = ""
    found: int = 0
    values: int = 0
    missing: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def make_report(recipe: Recipe, results: Results) -> Report:
    """The page of a recipe, filled from a folder of results; the same input makes the same page, byte by byte.

    A file that is not there is shown as not run yet; one that does not hold what the recipe asks for, as a problem.
    """
    report = Report()
    figures = [
        [figure(value, results.inside(row.folder)) for value in row.values] for row in recipe.rows
    ]
    sections = [
        _section(k, row, figures[k], recipe, results, report) for k, row in enumerate(recipe.rows)
    ]
    every = [one for row in figures for one in row]
    report.values, report.found = len(every), sum(one.state == "found" for one in every)
    report.missing = list(dict.fromkeys(report.missing))
    report.problems = list(dict.fromkeys(report.problems))
    agree, judged = (
        sum(f.agrees is x for f in every for x in kinds) for kinds in ((True,), (True, False))
    )
    count = f"{report.found} of {report.values} values are there"
    if judged:
        count += f"; of {judged} that can be judged, {agree} agree with the published ones within their interval or range"
    report.page = html.page(
        recipe.title,
        html.prose(recipe.lead, "lead"),
        html.paragraph(f"{count}.", "soft"),
        _contents(recipe, figures, results),
        html.section("All numbers", *_all_numbers(recipe, figures), name="numbers"),
        *sections,
        _footer(recipe, results),
        styles=STYLES,
        scripts=SCRIPTS,
    )
    return report


# ------------------------------------------------------------------------------- overview


def _contents(recipe: Recipe, figures: list[list[Figure]], results: Results) -> str:
    items = []
    for k, (row, found) in enumerate(zip(recipe.rows, figures, strict=True), 1):
        text, kind = _state(row, found, results.inside(row.folder))
        chip = f'<span class="chip {kind}">{escape(text)}</span>'
        items.append(f'<li><span>{k}. <a href="#row-{k}">{escape(row.title)}</a></span>{chip}</li>')
    return f'<nav aria-label="Rows"><ul class="rows">{"".join(items)}</ul></nav>'


def _state(row: Row, found: list[Figure], results: Results) -> tuple[str, str]:
    """What the row has, and a class of the style sheet."""
    names = row.named_files()
    if not names:
        return "text", "absent"
    if any(one.state == "problem" for one in found):
        return "problem", "problem"
    there = sum(map(results.has, names))
    if not there:
        return "not run yet", "absent"
    if found and all(one.state == "found" for one in found) and there == len(names):
        return "complete", "agrees"
    return f"{there} of {len(names)} files", "differs"


def _all_numbers(recipe: Recipe, figures: list[list[Figure]]) -> list[str]:
    rows = []
    for k, (row, found) in enumerate(zip(recipe.rows, figures, strict=True), 1):
        link = html.Cell(f'<a href="#row-{k}">{k}</a>', k)
        for value, one in zip(row.values, found, strict=True):
            name = html.Cell(_name(value), value.name, "name")
            rows.append([link, name, *_cells(value, one)])
    header = ("Row", "Quantity", "Here", "Interval", "Published", "Difference")
    return [
        html.sortable_table(header, rows, "Here and published; a click on a header sorts."),
        html.prose(
            f"Published values: {recipe.source or 'see the rows'}. Green: the published value lies in our interval, or ours in "
            "the published range. Amber: it does not. Uncoloured: there is no interval to judge by.",
            "soft",
        ),
    ]


def _name(value: Value) -> str:
    note = f"<small>{html.linked(value.note)}</small>" if value.note else ""
    source = f"<small>published: {html.linked(value.source)}</small>" if value.source else ""
    return escape(value.name) + note + source


def _cells(value: Value, one: Figure) -> list[html.Cell]:
    """Here, interval, published, difference."""
    here, width, published, difference = one.order
    unit = f" {value.unit}" if value.unit else ""
    if one.state == "missing":
        shown = html.Cell("not run yet", None, "absent")
    elif one.state == "problem":
        shown = html.Cell(escape(one.problem), None, "problem")
    else:
        shown = html.Cell(
            escape(one.here + (unit if here is not None else "")),
            one.here if here is None else here,
            "number",
        )
    colour = {True: " agrees", False: " differs", None: ""}[one.agrees]
    named = published is not None and not value.published_text
    return [
        shown,
        html.Cell(escape(one.interval), width, "number"),
        html.Cell(
            escape(one.published + (unit if named else "")), published, "number" if named else ""
        ),
        html.Cell(escape(one.difference), difference, f"number{colour}"),
    ]


# ------------------------------------------------------------------------------- rows


def _section(
    k: int, row: Row, found: list[Figure], recipe: Recipe, results: Results, report: Report
) -> str:
    inside = results.inside(row.folder)
    place = f"{row.folder}/" if row.folder else ""
    report.missing += [f"{place}{name}" for name in row.named_files() if not inside.has(name)]
    report.problems += [f"{place}{one.problem}" for one in found if one.problem]
    parts = [html.prose(row.about)]
    if row.values:
        parts.append(_values(k, row, found))
    drawn, others = _plots(row, inside, place, report)
    parts += [f'<div class="plots">{drawn}</div>', others] if drawn else [others]
    parts += [_picture(picture, inside) for picture in row.pictures]
    parts += [_table(table, inside, place, report) for table in row.tables]
    parts.append(html.prose(row.notes, "soft"))
    parts.append(_commands(row, inside, place))
    return html.section(f"{k + 1}. {row.title}", *(x for x in parts if x), name=f"row-{k + 1}")


def _values(k: int, row: Row, found: list[Figure]) -> str:
    rows = []
    for value, one in zip(row.values, found, strict=True):
        origin = f"<code>{escape(value.file)}</code> {escape(' '.join(filter(None, (value.reduce, value.key))))}"
        rows.append(
            [
                html.Cell(_name(value), value.name, "name"),
                *_cells(value, one),
                html.Cell(origin, value.file, "from"),
            ]
        )
    header = ("Quantity", "Here", "Interval", "Published", "Difference", "From")
    return html.sortable_table(header, rows, f"Values of row {k + 1}")


def _plots(row: Row, results: Results, place: str, report: Report) -> tuple[str, str]:
    """Plots that can be drawn; what is to be said about the others."""
    drawn, others = "", ""
    for plot in row.plots:
        data, missing, problems = plot_data(plot, results)
        report.problems += [f"{place}{x}" for x in problems]
        others += "".join(html.paragraph(x, "problem") for x in problems)
        waiting = f"Not run yet: {', '.join(dict.fromkeys(missing))}." if missing else ""
        if data is not None:
            drawn += html.plot(data, " ".join(filter(None, (plot.caption, waiting))))
        elif missing:
            others += _absent(plot.title, waiting)
    return drawn, others


def _picture(picture: Picture, results: Results) -> str:
    if not results.has(picture.file):
        return _absent(picture.caption, f"Not run yet: {picture.file}.")
    return html.image(results.path(picture.file), picture.caption, picture.caption)


def _absent(title: str, text: str) -> str:
    return f'<div class="box"><strong>{escape(title)}</strong> {escape(text)}</div>'


def _table(table: Table, results: Results, place: str, report: Report) -> str:
    title = table.caption or table.file
    if not results.has(table.file):
        return _absent(title, f"Not run yet: {table.file}.")
    try:
        rows = _table_rows(table, results)
        columns = table.columns or list(rows[0])
        body = [[_datum(parse(f'["{c}"]').of(row)) for c in columns] for row in rows[: table.most]]
    except DataError as problem:
        text = str(problem) if str(problem).startswith(table.file) else f"{table.file}: {problem}"
        report.problems.append(f"{place}{text}")
        return html.paragraph(text, "problem")
    if len(rows) > table.most:
        title += f" (the first {table.most} of {len(rows)} rows)"
    return html.sortable_table(columns, body, title)


def _table_rows(table: Table, results: Results) -> list[dict[str, Any]]:
    rows = results.series(table.file, table.key)
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise DataError(
            f"`{table.key or 'the whole file'}` has no rows, expected a table or a list of mappings"
        )
    return rows


def _datum(value: Any) -> html.Cell:
    if value is None:
        return html.Cell(NOTHING)
    if is_number(value):
        return html.Cell(escape(show(value)), value, "number")
    return html.text_cell(str(value))


def _commands(row: Row, results: Results, place: str) -> str:
    """Which command makes which file, and which are there."""
    if not row.files:
        return ""
    parts = ["<h3>Commands</h3>"]
    for names, command in row.commands():
        parts.append(
            f"<div>{', '.join(_file(name, results, place) for name in names)}</div>{html.code(command)}"
        )
    return "\n".join(parts)


def _file(name: str, results: Results, place: str) -> str:
    """Its name, and what it holds by a hash, so that a page says which results it shows."""
    state, kind = (
        (f"SHA-256 {results.digest(name)[:12]}", "soft")
        if results.has(name)
        else ("not run yet", "absent")
    )
    return f'<code>{escape(place + name)}</code> <span class="{kind}">{state}</span>'


def _footer(recipe: Recipe, results: Results) -> str:
    text = (
        f"Made by sswnn {__version__} from the files in {results.folder}. "
        "Plots: the wheel or a drawn box zooms, a double click shows everything."
    )
    return f"<footer>{html.prose(text)}</footer>"

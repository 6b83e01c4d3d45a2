"""What a report shows: rows with values, plots, tables and pictures, each with its file; read from YAML, every mistake named."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import yaml

from sswnn.configuration import build, one_of
from sswnn.errors import ConfigError, DataError
from sswnn.report.keys import parse
from sswnn.report.results import REDUCTIONS

KINDS = ("line", "points", "both", "sticks", "steps")
PICTURES = (".png", ".svg", ".jpg")
TEMPLATE = "material.yaml"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same, ten times faster
_FOLDER = files("sswnn.report").joinpath("recipes")


@dataclass(frozen=True)
class Value:
    """A number or text of a file beside the published one; docs/report.md says what each key means."""

    name: str = ""
    file: str = ""
    key: str = ""
    reduce: str = ""
    unit: str = ""
    scale: float = 1.0
    digits: int = 0
    if_null: str = "none"
    low: str = ""
    high: str = ""
    error: str = ""
    interval: str = ""
    level: str = "95 %"
    published: float | None = None
    published_range: tuple[float, float] | None = None
    published_text: str = ""
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class Line:
    """One series of a plot, from a file or (published ones) point by point."""

    label: str = ""
    file: str = ""
    x: str = ""
    y: str = ""
    low: str = ""
    high: str = ""
    error: str = ""
    colour: str = ""
    colour_label: str = ""
    kind: str = "line"
    x_scale: float = 1.0
    y_scale: float = 1.0
    inverse_x: bool = False
    points: list[tuple[float, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Mark:
    """A dashed line across a plot at a published x or y."""

    label: str = ""
    x: float | None = None
    y: float | None = None


@dataclass(frozen=True)
class Plot:
    """Series in common axes."""

    title: str = ""
    caption: str = ""
    x_label: str = ""
    y_label: str = ""
    x_log: bool = False
    y_log: bool = False
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    lines: list[Line] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)


@dataclass(frozen=True)
class Picture:
    """A picture that another command drew."""

    file: str = ""
    caption: str = ""


@dataclass(frozen=True)
class Table:
    """Rows and columns of a file."""

    file: str = ""
    key: str = ""
    caption: str = ""
    columns: list[str] = field(default_factory=list)
    most: int = 50


@dataclass(frozen=True)
class Row:
    """One system: what was published, what was found, and the commands that find it."""

    title: str = ""
    folder: str = ""
    about: str = ""
    files: dict[str, str] = field(default_factory=dict)
    values: list[Value] = field(default_factory=list)
    plots: list[Plot] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    notes: str = ""

    def commands(self) -> list[tuple[list[str], str]]:
        """Files that one command writes, and the command."""
        return [(names.split(), command.strip()) for names, command in self.files.items()]

    def named_files(self) -> list[str]:
        """Files that the row shows or names, each once."""
        named = [name for names, _ in self.commands() for name in names]
        named += [value.file for value in self.values]
        named += [line.file for plot in self.plots for line in plot.lines if line.file]
        named += [table.file for table in self.tables] + [picture.file for picture in self.pictures]
        return list(dict.fromkeys(named))


@dataclass(frozen=True)
class Recipe:
    """A report."""

    title: str = ""
    lead: str = ""
    source: str = ""
    results: str = "."
    rows: list[Row] = field(default_factory=list)


def shipped() -> list[str]:
    """Names of the recipes in the package, without the template."""
    names = sorted(
        x.name.removesuffix(".yaml") for x in _FOLDER.iterdir() if x.name.endswith(".yaml")
    )
    return [name for name in names if name != TEMPLATE.removesuffix(".yaml")]


def template() -> str:
    """A commented recipe to begin with."""
    return _FOLDER.joinpath(TEMPLATE).read_text(encoding="utf-8")


def find_recipe(name: str) -> tuple[Recipe, Path]:
    """A recipe by file, else by the name of a shipped one; and the folder of its results as the recipe has it.

    Raises
    ------
    ConfigError
        If there is none, or it is wrong; names the file.
    """
    path = Path(name)
    if path.is_file():
        recipe = read_recipe(path.read_text(encoding="utf-8"), name)
        return recipe, path.parent / recipe.results
    if name in shipped():
        text = _FOLDER.joinpath(f"{name}.yaml").read_text(encoding="utf-8")
        recipe = read_recipe(text, name)
        return recipe, Path(recipe.results)
    raise ConfigError(f"no recipe {name}: neither a file nor one of {', '.join(shipped())}")


def read_recipe(text: str, where: str) -> Recipe:
    """A recipe from YAML.

    Raises
    ------
    ConfigError
        For an unknown key, with the nearest known one, a wrong or missing value, or what is not YAML; names the place.
    """
    try:
        recipe = build(Recipe, yaml.load(text, Loader=_LOADER))
        _check(recipe)
    except yaml.YAMLError as problem:
        raise ConfigError(f"{where}: {' '.join(str(problem).split())}") from None
    except ConfigError as problem:
        raise ConfigError(f"{where}: {problem}") from None
    return recipe


def _check(recipe: Recipe) -> None:
    _filled("", recipe, "title")
    if not recipe.rows:
        raise ConfigError("rows is empty; a report needs at least one")
    for k, row in enumerate(recipe.rows):
        here = f"rows[{k}]."
        _filled(here, row, "title")
        for n, value in enumerate(row.values):
            _check_value(f"{here}values[{n}].", value)
        for n, plot in enumerate(row.plots):
            _check_plot(f"{here}plots[{n}].", plot)
        for n, table in enumerate(row.tables):
            _filled(f"{here}tables[{n}].", table, "file")
            _keys(f"{here}tables[{n}].", table, "key")
        for n, picture in enumerate(row.pictures):
            _filled(f"{here}pictures[{n}].", picture, "file", "caption")
            one_of(f"{here}pictures[{n}].file ends with", Path(picture.file).suffix, PICTURES)


def _check_value(here: str, value: Value) -> None:
    _filled(here, value, "name", "file", "key")
    if value.reduce:
        one_of(f"{here}reduce", value.reduce, REDUCTIONS)
    if not (math.isfinite(value.scale) and value.scale != 0) or value.digits < 0:
        raise ConfigError(
            f"{here}scale is {value.scale:g} and digits {value.digits}; a factor and a number are needed"
        )
    if value.published is not None and value.published_range is not None:
        raise ConfigError(f"{here}published and {here}published_range exclude each other")
    if (
        value.published_range is not None
        and not value.published_range[0] < value.published_range[1]
    ):
        raise ConfigError(
            f"{here}published_range is {list(value.published_range)}; the smaller number comes first"
        )
    if bool(value.low) != bool(value.high):
        raise ConfigError(f"{here}low and {here}high go together")
    if sum(map(bool, (value.low, value.error, value.interval))) > 1:
        raise ConfigError(f"{here}: low and high, error, and interval exclude each other")
    _keys(here, value, "key", "low", "high", "error", "interval")


def _check_plot(here: str, plot: Plot) -> None:
    _filled(here, plot, "title", "x_label", "y_label")
    if not plot.lines:
        raise ConfigError(f"{here}lines is empty; a plot needs at least one")
    for k, line in enumerate(plot.lines):
        place = f"{here}lines[{k}]."
        one_of(f"{place}kind", line.kind, KINDS)
        if bool(line.file) == bool(line.points):
            raise ConfigError(f"{place}file or {place}points is needed, not both")
        if line.file:
            _filled(place, line, "x", "y")
        if bool(line.low) != bool(line.high) or (line.low and line.error):
            raise ConfigError(f"{place}low and {place}high go together, {place}error excludes them")
        _keys(place, line, "x", "y", "low", "high", "error", "colour")
    for axis, bounds, log in (("x", plot.x_range, plot.x_log), ("y", plot.y_range, plot.y_log)):
        if bounds is not None and not (0 if log else -math.inf) < bounds[0] < bounds[1] < math.inf:
            allowed = "two ascending positive numbers" if log else "two ascending numbers"
            raise ConfigError(f"{here}{axis}_range is {list(bounds)}; {allowed} are needed")
    for k, mark in enumerate(plot.marks):
        if (mark.x is None) == (mark.y is None):
            raise ConfigError(f"{here}marks[{k}]: x or y is needed, not both")


def _filled(here: str, part: object, *names: str) -> None:
    """Refuse texts that are missing or empty."""
    for name in names:
        if not getattr(part, name):
            raise ConfigError(f"{here}{name} is missing")


def _keys(here: str, part: object, *names: str) -> None:
    """Refuse places in files that are not written as such."""
    for name in names:
        try:
            parse(getattr(part, name))
        except DataError as problem:
            raise ConfigError(f"{here}{name}: {problem}") from None

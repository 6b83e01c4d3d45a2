"""Command `sswnn report`: one HTML page from a folder of results, beside published values."""

from __future__ import annotations

import argparse
from pathlib import Path

from sswnn.errors import ConfigError

_GENERATOR = '<meta name="generator" content="sswnn">'


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Describe the command's arguments."""
    parser = subparsers.add_parser(
        "report",
        help="one HTML page of results beside published values",
        description="Fills a recipe (YAML: rows of values, plots, tables and pictures, with published values and commands) from "
        "a folder of results, and writes one HTML page that needs nothing else. What is not there is shown as not run yet. "
        "See docs/report.md.",
    )
    parser.add_argument(
        "recipe",
        nargs="?",
        metavar="RECIPE",
        help="YAML file, or `paper`: the rows of Nano Lett. 2022",
    )
    parser.add_argument("-o", "--out", type=Path, default=Path("report.html"), metavar="FILE",
                        help="page to write (default report.html); a page of sswnn is replaced, nothing else")  # fmt: skip
    parser.add_argument("--results", type=Path, metavar="FOLDER",
                        help="folder of results (default: as the recipe says; of `paper`: results)")  # fmt: skip
    parser.add_argument(
        "--new",
        type=Path,
        metavar="FILE",
        help="write a commented recipe to begin with, and do nothing else",
    )


def run(args: argparse.Namespace) -> int:
    """Write the page, or a recipe; returns the exit code, 1 if a file does not hold what the recipe asks for."""
    from sswnn.files import replace_file
    from sswnn.report.recipe import find_recipe
    from sswnn.report.report_page import make_report
    from sswnn.report.results import Results

    if (args.recipe is None) == (args.new is None):
        raise ConfigError("expected either a recipe or --new FILE")
    if args.new is not None:
        return _new(args.new)
    _check_out(args.out)
    recipe, folder = find_recipe(args.recipe)
    folder = args.results or folder
    if not folder.is_dir():
        raise ConfigError(f"no folder of results {folder}; name it with --results")
    report = make_report(recipe, Results(folder))
    replace_file(args.out, report.page)
    print(
        f"{args.out}: {report.found} of {report.values} values, {len(report.missing)} files not there yet"
    )
    for problem in report.problems:
        print(f"problem: {problem}")
    return 1 if report.problems else 0


def _new(path: Path) -> int:
    from sswnn.files import replace_file
    from sswnn.report.recipe import template

    if path.exists():
        raise ConfigError(f"--new {path}: is there already")
    replace_file(path, template())
    print(f"{path}: edit it, then sswnn report {path}")
    return 0


def _check_out(path: Path) -> None:
    """Refuse to replace what is no page of ours."""
    if path.is_dir():
        raise ConfigError(f"--out {path}: is a folder, expected a file")
    if not path.parent.is_dir():
        raise ConfigError(f"--out {path}: no folder {path.parent}")
    if (
        path.exists()
        and _GENERATOR not in path.read_text(encoding="utf-8", errors="replace")[:2000]
    ):
        raise ConfigError(f"--out {path}: is there already and no page of sswnn")

"""Writes commands.md: every command of `sswnn` with its arguments, as `--help` has them.

Usage: python docs/make_commands.py
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from sswnn.cli.main import COMMANDS, build_parser

PAGES = {
    "analyze dissolution": "interface_analysis.md",
    "analyze film": "interface_analysis.md",
    "analyze lithium": "interface_analysis.md",
    "analyze density": "interface_analysis.md",
    "analyze profile": "interface_analysis.md",
    "analyze snapshots": "interface_analysis.md",
    "analyze msd": "transport.md",
    "analyze conductivity": "transport.md",
    "analyze arrhenius": "transport.md",
    "analyze sites": "sites.md",
    "analyze paths": "sites.md",
    "analyze vanhove": "sites.md",
    "analyze xrd": "phase_diagram.md",
    "analyze structure": "phase_diagram.md",
    "analyze map": "phase_diagram.md",
    "analyze stackings": "phase_diagram.md",
    "barrier": "barriers.md",
    "demo": "../README.md",
    "doctor": "install.md",
    "hull": "phase_diagram.md",
    "info": "model_format.md",
    "interface": "interface_runs.md",
    "label": "labels.md",
    "learn": "learning.md",
    "report": "report.md",
    "search": "search.md",
    "train": "training.md",
}
"""Command -> the page that explains it."""
HEAD = """# Commands

Every command and argument, as `sswnn COMMAND --help` has them; `make_commands.py` beside this page writes it. What commands
compute, and examples that run, stand on the pages that are named. Settings of `search`, `train`, `learn` and `report` are keys of
YAML files, on their pages.
"""


def commands() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Names, such as `analyze msd`, and parsers."""
    for name in COMMANDS:
        yield from _leaves(name, _choices(build_parser(name))[name])


def _choices(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    return {
        name: one
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for name, one in action.choices.items()
    }


def _leaves(
    name: str, parser: argparse.ArgumentParser
) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    inner = _choices(parser)
    if not inner:
        yield name, parser
    for word, one in inner.items():
        yield from _leaves(f"{name} {word}", one)


def _helps(parser: argparse.ArgumentParser) -> dict[str, str]:
    """Name -> line of help of the commands below a parser."""
    return {
        choice.dest: choice.help or ""
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
        for choice in action._choices_actions
    }


def _row(action: argparse.Action) -> str:
    if action.option_strings:
        value = (
            ""
            if action.nargs == 0
            else f" {argparse.HelpFormatter('')._format_args(action, (action.dest).upper())}"
        )
        name = ", ".join(f"`{word}{value}`" for word in action.option_strings)
    else:
        name = f"`{action.metavar or action.dest}`"
    text = " ".join((action.help or "").split()).replace("%%", "%").replace("|", "\\|")
    return f"| {name} | {text} |"


def page() -> str:
    """The text of commands.md."""
    parts = [HEAD]
    analyses = _helps(_choices(build_parser("analyze"))["analyze"])
    for name, parser in commands():
        about = parser.description or analyses.get(name.split()[-1]) or COMMANDS[name.split()[0]]
        rows = [_row(a) for a in parser._actions if a.dest != "help"]
        table = (
            "\n".join(["| argument | meaning |", "|---|---|", *rows]) + "\n"
            if rows
            else "No arguments.\n"
        )
        about = " ".join(about.split()).rstrip(".")
        parts.append(
            f"## sswnn {name}\n\n{about}. See [{Path(PAGES[name]).name}]({PAGES[name]}).\n\n{table}"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    (Path(__file__).parent / "commands.md").write_text(page())

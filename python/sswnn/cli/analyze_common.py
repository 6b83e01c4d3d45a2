"""What the analyses of trajectories share: options, the pass over the frames with its progress bar, outputs."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from sswnn.errors import AnalysisError

if TYPE_CHECKING:
    from sswnn.analysis.interface.slab import Species
    from sswnn.analysis.trajectories.passes import Observer
    from sswnn.analysis.trajectories.trajectory import Selection

PLOT_SUFFIXES = (".png", ".svg", ".pdf")
_BAR = 28  # characters


def add_selection(parser: argparse.ArgumentParser) -> None:
    """Which frames, and what the file may not say."""
    parser.add_argument("--start", type=int, default=0, help="first frame (default 0)")
    parser.add_argument("--stop", type=int, help="frame to stop before")
    parser.add_argument("--every", type=int, default=1, help="use every n-th frame")
    parser.add_argument(
        "--timestep",
        type=float,
        metavar="FS",
        help="MD time step, fs; overrides the time in the file",
    )
    parser.add_argument(
        "--types",
        nargs="+",
        metavar="X",
        help="elements of atom types 1, 2, ...; overrides the element column of a dump",
    )


def add_outputs(parser: argparse.ArgumentParser) -> None:
    """Files that an analysis writes."""
    parser.add_argument(
        "--json", metavar="FILE", help="write everything as JSON; - for standard output"
    )
    parser.add_argument("--csv", metavar="FILE", help="write the table as CSV")
    parser.add_argument("--plot", metavar="FILE", help="draw it: .png, .svg or .pdf")


def add_analysis(
    kinds: argparse._SubParsersAction,
    name: str,
    text: str,
    function: Callable,
    *,
    runs: bool = False,
) -> argparse.ArgumentParser:
    """An analysis that `sswnn.cli.analyze.run` hands to `function`; with `runs` it takes several trajectories."""
    parser = kinds.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    what = "LAMMPS dump or extended XYZ" + (
        "; several: runs that differ in their seeds" if runs else ""
    )
    if runs:
        parser.add_argument("trajectory", metavar="TRAJ", nargs="+", help=what)
    else:
        parser.add_argument("trajectory", metavar="TRAJ", help=what)
    add_selection(parser)
    parser.add_argument(
        "--processes",
        type=int,
        default=1,
        metavar="N",
        help="processes that read frames (default 1)",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    add_outputs(parser)
    parser.set_defaults(function=function)
    return parser


def add_species(parser: argparse.ArgumentParser, *, metal: bool = True) -> None:
    """Who is who."""
    parser.add_argument("--centre", default="Zr", help="what dissolves (default Zr)")
    parser.add_argument("--neighbour", default="Cl", help="what it is bonded to (default Cl)")
    if metal:
        parser.add_argument("--metal", default="Li", help="what it dissolves into (default Li)")


def species_of(args: argparse.Namespace) -> Species:
    """As the options say; the ion is the element of the metal."""
    from sswnn.analysis.interface.slab import Species

    return Species(args.centre, args.neighbour, args.metal, args.metal)


def selection_of(args: argparse.Namespace) -> Selection:
    """As the options say."""
    from sswnn.analysis.trajectories.trajectory import Selection

    return Selection(
        args.start, args.stop, args.every, args.timestep, tuple(args.types) if args.types else None
    )


def watch(args: argparse.Namespace, path: str, observers: Sequence[Observer]) -> int:
    """Show the frames to observers, with a progress bar; returns their number."""
    from sswnn.analysis.trajectories.passes import observe

    with Bar(Path(path).name, sys.stderr, hidden=args.quiet) as bar:
        return observe(
            observers, path, selection_of(args), processes=args.processes, progress=bar.show
        )


class Bar:
    """A progress bar with the time left, on a terminal only."""

    def __init__(self, name: str, stream: TextIO, *, hidden: bool = False):
        self.name, self.stream = name, stream
        self.hidden = hidden or not stream.isatty()
        self.began = self.last = time.monotonic()

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *problem: object) -> None:
        if not self.hidden:
            self.stream.write("\r\033[K")
            self.stream.flush()

    def show(self, frames: int, fraction: float) -> None:
        """Redraw it, a few times a second at most."""
        now = time.monotonic()
        if self.hidden or now - self.last < 0.2:
            return
        self.last = now
        full = round(_BAR * fraction)
        left = (now - self.began) * (1 - fraction) / max(fraction, 1e-6)
        self.stream.write(
            f"\r\033[K{self.name} [{'#' * full}{'.' * (_BAR - full)}] {100 * fraction:3.0f} %, {frames} frames, {left:.0f} s left"
        )
        self.stream.flush()


def check_file(option: str, name: str | None, suffixes: tuple[str, ...] = ()) -> None:
    """Refuse, before the analysis starts, a file that cannot be written when it ends."""
    if not name or (option == "json" and name == "-"):
        return
    folder = Path(name).parent
    if not folder.is_dir():
        raise AnalysisError(f"--{option} {name}: no folder {folder}")
    if Path(name).is_dir():
        raise AnalysisError(f"--{option} {name}: is a folder, expected a file")
    if suffixes and Path(name).suffix.lower() not in suffixes:
        raise AnalysisError(
            f"--{option} {name}: expected a name that ends in {', '.join(suffixes)}"
        )


def write_outputs(
    args: argparse.Namespace,
    result: Any,
    lines: list[str],
    plot: Callable,
    extra: dict | None = None,
) -> None:
    """Write the files that were asked for, then print the lines, or the JSON. `extra` is added to the JSON only.

    In this order the files are there even if who reads the lines, `head` say, has enough of them.
    """
    from sswnn.analysis.tables import jsonable, write_csv, write_json

    numbers = result.to_dict() | (extra or {})
    if args.json and args.json != "-":
        write_json(args.json, numbers)
    if args.csv:
        write_csv(args.csv, result.columns())
    if args.plot:
        plot(result, Path(args.plot))
    if args.json == "-":
        import json

        print(json.dumps(jsonable(numbers)))
    else:
        print("\n".join(lines))

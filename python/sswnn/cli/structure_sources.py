"""Structures that a command takes: from archives, files and names of crystals, filtered by its arguments."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from sswnn.errors import AnalysisError, DataError

if TYPE_CHECKING:
    from sswnn.thermo import Phase


def add_sources(
    parser: argparse.ArgumentParser, lowest: int | None = None, symmetry: bool = True
) -> None:
    """Describe which structures are taken; `lowest` is the default number of each composition, None: all."""
    parser.add_argument(
        "sources",
        nargs="+",
        metavar="SOURCE",
        help="archive of a search or its folder, .extxyz, CIF or what else ASE reads, or the name of a crystal",
    )
    parser.add_argument("--composition", metavar="X", help="only this one, such as Li2ZrCl6")
    parser.add_argument("--lowest", type=int, default=lowest, metavar="N",
                        help=f"so many lowest structures of each composition of a file (default {lowest or 'all'})")  # fmt: skip
    parser.add_argument("--ids", type=int, nargs="+", metavar="ID", help="only these minima or frames of the files")
    if symmetry:
        parser.add_argument("--tolerance", type=float, default=0.1, help="of the space groups, A (default 0.1)")
    parser.add_argument("--csv", metavar="FILE", help="write the table as CSV")
    parser.add_argument("--plot", metavar="FILE", help="draw it: .png, .svg or .pdf")
    parser.set_defaults(json=None, **({} if symmetry else {"tolerance": None}))


def chosen(args: argparse.Namespace) -> list[Phase]:
    """Structures of the files as the arguments say."""
    from sswnn.data.composition import parse_formula, reduced_formula
    from sswnn.thermo.sources import structures

    if args.lowest is not None and args.lowest < 1:
        raise AnalysisError(f"--lowest is {args.lowest}, expected at least 1")
    wanted = reduced_formula(parse_formula(args.composition, "--composition")) if args.composition else None
    found: list[Phase] = []
    for path in args.sources:
        here = [p for p in structures(path, tolerance=args.tolerance) if wanted in (None, p.formula)]
        if args.ids:
            here = [p for p in here if p.source.rsplit("#", 1)[-1] in map(str, args.ids)]
        found += _lowest(here, args.lowest) if args.lowest is not None and not args.ids else here
    if not found:
        raise AnalysisError(f"no structure in {', '.join(args.sources)} is as asked for")
    return found


def incomparable(phases: list[Phase]) -> str:
    """Why the energies of structures cannot be compared; empty if they can."""
    from sswnn.thermo.sources import check_comparable

    try:
        check_comparable([phase for phase in phases if phase.energy == phase.energy])
    except DataError as error:
        return str(error)
    return ""


def _lowest(phases: list[Phase], number: int) -> list[Phase]:
    """The lowest ones of each composition, in the order of compositions; those without energy last."""
    by_formula: dict[str, list[Phase]] = {}
    for phase in phases:
        by_formula.setdefault(phase.formula, []).append(phase)
    return [
        phase
        for members in by_formula.values()
        for phase in sorted(members, key=lambda p: (p.energy != p.energy, p.energy_per_atom))[:number]
    ]

"""Command `sswnn interface`: build a solid | solid interface and write it for LAMMPS."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ase import Atoms


def add_parser(subparsers: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Register the command."""
    parser = subparsers.add_parser(
        "interface",
        help="build a Li | Li2ZrCl6 (or any two crystals) interface for LAMMPS",
        description="Finds the smallest common cell of two crystal surfaces, stacks them, and writes "
        "interface.data (LAMMPS), interface.extxyz and interface.json (strain, thicknesses, mismatch).",
    )
    parser.add_argument(
        "--preset",
        default="demo",
        help="paper: the published model, one smallest common cell with vacuum (173 atoms); demo (default): four of "
        "them, no vacuum, an interface on both sides (692); large10k: 56 of them, likewise (9688); large100k: 60 "
        "layers of Li and eight of Li2ZrCl6 on 100 common cells, no vacuum (99 600)",
    )
    parser.add_argument("-o", "--out", required=True, help="folder to write into")
    parser.add_argument(
        "--model", help="relax both crystals with this potential first (name or file)"
    )
    parser.add_argument("--film", help="crystal file of the upper side, any format that ASE reads")
    parser.add_argument("--substrate", help="crystal file of the lower side")
    parser.add_argument(
        "--film-miller", type=int, nargs=3, metavar=("H", "K", "L"), help="plane of the film"
    )
    parser.add_argument(
        "--substrate-miller", type=int, nargs=3, metavar=("H", "K", "L"), help="of the substrate"
    )
    parser.add_argument("--film-layers", type=int, help="layers of the film")
    parser.add_argument("--substrate-layers", type=int, help="layers of the substrate")
    parser.add_argument(
        "--film-termination", type=int, default=0, help="0: cut at the widest gaps, 1: the next"
    )
    parser.add_argument("--substrate-termination", type=int, default=0, help="likewise")
    parser.add_argument(
        "--repeat", type=int, nargs=2, metavar=("A", "B"), help="copies of the common cell in plane"
    )
    parser.add_argument(
        "--rectangular",
        action=argparse.BooleanOptionalAction,
        help="the rectangular cell of the same area, if any",
    )
    parser.add_argument(
        "--strained",
        choices=["film", "shared", "substrate"],
        default="film",
        help="side that takes the mismatch",
    )
    parser.add_argument(
        "--gap", type=float, default=2.1, help="between the outermost planes, A (default 2.1)"
    )
    parser.add_argument("--vacuum", type=float, default=15.0, help="above the film, A (default 15)")
    parser.add_argument(
        "--periodic",
        action=argparse.BooleanOptionalAction,
        help="no vacuum, two interfaces per cell (default: the preset's; paper no, the others yes)",
    )
    parser.add_argument(
        "--max-mismatch", type=float, help="largest strain, percent (default: the preset's, 3)"
    )
    parser.add_argument(
        "--max-area", type=float, default=400.0, help="of the common cell, A^2 (default 400)"
    )
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace) -> int:
    """Build and write as the arguments say; returns the exit code."""
    from dataclasses import replace

    from sswnn.interface import build, summary
    from sswnn.interface.presets import preset

    chosen = preset(args.preset)
    if args.film_miller is not None:
        chosen = replace(chosen, film_miller=tuple(args.film_miller))
    if args.substrate_miller is not None:
        chosen = replace(chosen, substrate_miller=tuple(args.substrate_miller))
    calculator = None
    if args.model is not None:
        from sswnn import SSWNN

        calculator = SSWNN(args.model)
    interface = build(
        chosen,
        calculator=calculator,
        film=_crystal(args.film) if args.film is not None else None,
        substrate=_crystal(args.substrate) if args.substrate is not None else None,
        film_layers=args.film_layers,
        substrate_layers=args.substrate_layers,
        repeat=tuple(args.repeat) if args.repeat is not None else None,
        rectangular=args.rectangular,
        film_termination=args.film_termination,
        substrate_termination=args.substrate_termination,
        strained=args.strained,
        gap=args.gap,
        vacuum=args.vacuum,
        periodic=args.periodic,
        max_mismatch=None if args.max_mismatch is None else args.max_mismatch / 100,
        max_area=args.max_area,
    )
    paths = interface.write(Path(args.out))
    print(summary(interface.record))
    print("\n".join(f"wrote {path}" for path in paths.values()))
    return 0


def _crystal(path: str) -> Atoms:
    """The last structure of a file."""
    from sswnn.data.structures import read_structures

    return read_structures(path)[-1]

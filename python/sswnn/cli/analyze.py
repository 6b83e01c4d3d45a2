"""Command `sswnn analyze`: dissolution, density profiles and mean-square displacement of a trajectory; structures see
`sswnn.cli.analyze_structures`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sswnn.analysis import Frame

PLOT_SUFFIXES = (".png", ".svg", ".pdf")


def add_parser(subparsers: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Register the command and its analyses."""
    from sswnn.cli.analyze_structures import add_structure_analyses

    parser = subparsers.add_parser(
        "analyze",
        help="trajectories (dissolution, profiles, diffusion) and structures (diffraction, polyhedra, layers, maps)",
        description="Of a trajectory, a LAMMPS text dump (plain, .gz, .xz, .zst) or extended XYZ, one frame at a time: "
        "dissolution, profile, msd. Of structures: xrd, structure, map, stackings.",
    )
    kinds = parser.add_subparsers(dest="analysis", required=True, metavar="ANALYSIS")
    one = kinds.add_parser(
        "dissolution", help="Zr without a Zr-Cl bond against time, per layer, onset"
    )
    _common(one)
    one.add_argument("--centre", default="Zr", help="what dissolves (default Zr)")
    one.add_argument("--neighbour", default="Cl", help="what it is bonded to (default Cl)")
    one.add_argument("--metal", default="Li", help="what it dissolves into (default Li)")
    one.add_argument(
        "--cutoff", type=float, default=2.68, help="bond length limit, A (default 2.68)"
    )
    one.add_argument(
        "--break-cutoff",
        type=float,
        help="bonds once formed last up to here, A (default: the cutoff)",
    )
    one.add_argument(
        "--hold",
        type=float,
        default=1.0,
        help="ps without a bond that count for the onset (default 1)",
    )
    one.set_defaults(run=run, analyse=_dissolution)
    two = kinds.add_parser("profile", help="number density of each element along the cell")
    _common(two)
    two.add_argument("--bin", type=float, default=0.25, help="bin width, A (default 0.25)")
    two.add_argument("--axis", choices=["x", "y", "z"], default="z", help="direction (default z)")
    two.set_defaults(run=run, analyse=_profile)
    three = kinds.add_parser("msd", help="mean-square displacement per element and direction")
    _common(three)
    three.add_argument("--elements", nargs="+", metavar="X", help="which (default all)")
    three.add_argument(
        "--max-lag", type=float, default=0.5, help="longest lag, fraction of the run (default 0.5)"
    )
    three.add_argument(
        "--drift", choices=["none", "mean"], default="none", help="mean: subtract the mean motion"
    )
    three.set_defaults(run=run, analyse=_msd)
    add_structure_analyses(kinds)
    return parser


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("trajectory", metavar="TRAJ", help="LAMMPS dump or extended XYZ")
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
    parser.add_argument(
        "--json", metavar="FILE", help="write everything as JSON; - for standard output"
    )
    parser.add_argument("--csv", metavar="FILE", help="write the table as CSV")
    parser.add_argument("--plot", metavar="FILE", help="draw it: .png, .svg or .pdf")


def run(args: argparse.Namespace) -> int:
    """Analyse as the arguments say; returns the exit code."""
    from sswnn.analysis import read_trajectory
    from sswnn.analysis.tables import jsonable, write_csv, write_json

    _check_outputs(args)
    if hasattr(args, "structures"):
        return args.structures(args)
    frames = read_trajectory(
        args.trajectory,
        start=args.start,
        stop=args.stop,
        every=args.every,
        timestep_fs=args.timestep,
        elements=tuple(args.types) if args.types else None,
    )
    result, lines, plot = args.analyse(args, frames)
    if args.json == "-":
        import json

        print(json.dumps(jsonable(result.to_dict())))
    else:
        print("\n".join(lines))
        if args.json:
            write_json(args.json, result.to_dict())
    if args.csv:
        write_csv(args.csv, result.columns())
    if args.plot:
        plot(result, Path(args.plot))
    return 0


def _check_outputs(args: argparse.Namespace) -> None:
    """Refuse, before the analysis starts, files that cannot be written when it ends."""
    from sswnn.errors import AnalysisError

    for option in ("json", "csv", "plot"):
        name = getattr(args, option)
        if not name or (option == "json" and name == "-"):
            continue
        folder = Path(name).parent
        if not folder.is_dir():
            raise AnalysisError(f"--{option} {name}: no folder {folder}")
        if Path(name).is_dir():
            raise AnalysisError(f"--{option} {name}: is a folder, expected a file")
    if args.plot and Path(args.plot).suffix.lower() not in PLOT_SUFFIXES:
        raise AnalysisError(
            f"--plot {args.plot}: expected a name that ends in {', '.join(PLOT_SUFFIXES)}"
        )


def _dissolution(
    args: argparse.Namespace, frames: Iterator[Frame]
) -> tuple[object, list[str], Callable]:
    from sswnn.analysis import dissolution
    from sswnn.plotting import plot_dissolution

    result = dissolution(
        frames,
        centre=args.centre,
        neighbour=args.neighbour,
        metal=args.metal,
        form=args.cutoff,
        break_=args.break_cutoff,
        hold_ps=args.hold,
    )
    onset = "none" if result.onset_ps is None else f"{result.onset_ps:g} ps"
    lines = [
        f"{len(result.time_ps)} frames, {result.time_ps[0]:g} to {result.time_ps[-1]:g} ps, "
        f"{result.bonds.shape[1]} {args.centre}",
        f"dissolved at the end {result.dissolved[-1]} ({100 * result.fraction[-1]:.1f} %), onset {onset}",
        *(
            f"  layer {k}: {n} of {size}"
            for k, (n, size) in enumerate(
                zip(result.dissolved_by_layer[-1], result.layer_size, strict=True)
            )
        ),
    ]
    return result, lines, plot_dissolution


def _profile(
    args: argparse.Namespace, frames: Iterator[Frame]
) -> tuple[object, list[str], Callable]:
    from sswnn.analysis import density_profile
    from sswnn.plotting import plot_profile

    result = density_profile(frames, bin_width=args.bin, axis="xyz".index(args.axis))
    lines = [f"{result.frames} frames, {len(result.z_A)} bins"]
    lines += [
        f"  {x}: highest density {d.max():.4f} atoms/A^3" for x, d in result.density_per_A3.items()
    ]
    return result, lines, plot_profile


def _msd(args: argparse.Namespace, frames: Iterator[Frame]) -> tuple[object, list[str], Callable]:
    from sswnn.analysis import msd
    from sswnn.plotting import plot_msd

    elements = tuple(args.elements) if args.elements else None
    result = msd(frames, elements=elements, max_lag=args.max_lag, drift=args.drift)
    lines = [
        f"{result.frames} frames, lags up to {result.lag_ps[-1]:g} ps; mean-square displacement at the longest:"
    ]
    for x, n in result.atoms.items():
        value = result.msd_A2[x][-1]
        split = " + ".join(f"{v:.3f}" for v in value)
        lines.append(
            f"  {x} ({n}): {value.sum():.3f} +- {result.error_A2[x][-1]:.3f} A^2 (x + y + z: {split})"
        )
    return result, lines, plot_msd

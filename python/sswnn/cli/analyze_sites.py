"""`sswnn analyze sites | paths | vanhove`: sites of the mobile ions and their hops, percolating paths, van Hove functions."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sswnn.cli.analyze_common import (
    Bar,
    add_analysis,
    add_outputs,
    add_selection,
    check_file,
    selection_of,
    write_outputs,
)
from sswnn.errors import AnalysisError

if TYPE_CHECKING:
    from sswnn.analysis.sites.paths import PathsResult
    from sswnn.analysis.sites.result import SitesResult, SitesStudy
    from sswnn.analysis.sites.vanhove import VanHoveResult
    from sswnn.analysis.trajectories.passes import Observer


def add_site_analyses(kinds: argparse._SubParsersAction) -> None:
    """Register the analyses; each sets `function`, which `sswnn.cli.analyze.run` calls."""
    _add_sites(kinds)
    _add_paths(kinds)
    _add_van_hove(kinds)


def _add_elements(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ion", default="Li", metavar="X", help="mobile element (default Li)")
    parser.add_argument(
        "--anion", metavar="X", help="element of the framework (default the most electronegative)"
    )


def _show(args: argparse.Namespace, observers: Sequence[Observer], path: str) -> int:
    from sswnn.analysis.sites.reading import show

    with Bar(Path(path).name, sys.stderr, hidden=args.quiet) as bar:
        return show(
            observers, path, selection_of(args), processes=args.processes, progress=bar.show
        )


# ------------------------------------------------------------------------------- sites


def _add_sites(kinds: argparse._SubParsersAction) -> None:
    text = "octahedral and tetrahedral sites, occupancies, residence times, hops, rates and barriers of channels"
    parser = add_analysis(kinds, "sites", text, _sites, runs=True)
    _add_elements(parser)
    parser.add_argument("--temperature", type=float, nargs="+", metavar="K",
                        help="of all runs, or of each: for barriers; runs at one temperature are pooled")  # fmt: skip
    parser.add_argument(
        "--hold",
        type=float,
        default=0.2,
        metavar="PS",
        help="ps in a new site that make a hop (default 0.2)",
    )
    parser.add_argument("--margin", type=float, default=0.2, metavar="A",
                        help="an ion has arrived in a site when it is this far from its faces, A (default 0.2)")  # fmt: skip
    parser.add_argument("--only", nargs="+", metavar="SHAPE", default=[],
                        help="shapes that count as sites, such as octahedron (default all)")  # fmt: skip
    parser.add_argument("--attempts", type=float, default=1e13, metavar="PER_S",
                        help="attempt frequency of the barriers at one temperature, 1/s (default 1e13)")  # fmt: skip
    parser.add_argument(
        "--no-layers",
        action="store_true",
        help="channels are pairs of shapes, even if the crystal has layers",
    )
    parser.add_argument(
        "--miller",
        type=int,
        nargs=3,
        metavar=("H", "K", "L"),
        help="of the layers (default: found)",
    )
    parser.add_argument("--hops", metavar="FILE", help="write the hops as CSV")
    parser.add_argument("--sites", metavar="FILE", help="write the sites as CSV")


def _sites(args: argparse.Namespace) -> int:
    from sswnn.analysis.sites.study import Options, study
    from sswnn.analysis.tables import write_csv
    from sswnn.plotting.sites import plot_sites

    for option in ("hops", "sites"):
        check_file(option, getattr(args, option))
    options = Options(
        args.ion, args.anion, args.hold, args.margin, tuple(args.only), not args.no_layers,
        tuple(args.miller) if args.miller else None, args.attempts,
    )  # fmt: skip
    result = study(
        args.trajectory,
        lambda seen, path: _show(args, seen, path),
        temperatures_K=args.temperature,
        options=options,
    )
    lines = [line for one in result.results for line in _sites_lines(one)] + _fit_lines(result)
    if args.hops:
        write_csv(args.hops, result.hop_columns())
    if args.sites:
        write_csv(args.sites, result.site_columns())
    write_outputs(args, result, lines, plot_sites)
    return 0


def _sites_lines(result: SitesResult) -> list[str]:
    stays, reference = result.stays, result.framework.reference
    layers = (
        "no layers"
        if result.labels.miller is None
        else f"layers ({' '.join(map(str, result.labels.miller))})"
    )
    at = "" if result.temperature_K is None else f"{result.temperature_K:g} K: "
    lines = [
        f"{at}{stays.ions} {reference.ion}, {stays.total_ps:g} ps, {len(result.sites)} sites of {reference.anion}, {layers}, "
        f"{len(stays.hops)} hops"
    ]  # fmt: skip
    for name, r in result.residence.items():
        stay = f"an ion stays {r.mean_ps}" if r.left else "no ion left"
        lines.append(f"  {name:<6} {r.sites} free sites, occupancy {r.occupancy:.3f}, {stay}")
    for c in result.channels:
        if not c.ion_ps:
            continue  # no ion was where it begins
        text = f"  channel {c.channel:<10} {c.hops} hops ({c.returned} came back), rate {c.rate}"
        if result.temperature_K is not None:
            value, low, high = c.barrier_eV(result.temperature_K, result.attempts_per_s)
            text += (
                f", barrier {value:.3f} eV ({low:.3f} to {high:.3f})"
                if c.hops
                else f", barrier above {low:.3f} eV"
            )
        lines.append(text)
    return lines


def _fit_lines(study: SitesStudy) -> list[str]:
    return [
        f"Arrhenius, channel {channel}: {fit.activation.value_eV:.3f} eV ({fit.activation.low_eV:.3f} to "
        f"{fit.activation.high_eV:.3f}) from {len(fit.series.value)} temperatures"
        for channel, fit in study.fits.items()
    ]


# ------------------------------------------------------------------------------- paths


def _add_paths(kinds: argparse._SubParsersAction) -> None:
    text = "free energy of the mobile ions in the unit cell, and the lowest barriers of paths along a, b and c"
    parser = add_analysis(kinds, "paths", text, _paths, runs=True)
    _add_elements(parser)
    parser.add_argument(
        "--temperature", type=float, required=True, metavar="K", help="of the runs, K"
    )
    parser.add_argument(
        "--spacing", type=float, default=0.3, metavar="A", help="of the grid, A (default 0.3)"
    )
    parser.add_argument("--smooth", type=float, default=0.3, metavar="A",
                        help="width of a Gaussian, A, 0 for none (default 0.3)")  # fmt: skip
    parser.add_argument("--repeat", type=int, nargs=3, metavar=("A", "B", "C"),
                        help="unit cells along each axis, onto one of which the density is folded (default: found)")  # fmt: skip
    parser.add_argument("--grid", metavar="FILE", action="append", default=[],
                        help="write the density: .cube or .vtk, repeatable")  # fmt: skip


def _paths(args: argparse.Namespace) -> int:
    from sswnn.analysis.interface.volume_files import SUFFIXES, write_volume
    from sswnn.analysis.sites.folded import FoldedDensityObserver
    from sswnn.analysis.sites.paths import paths_of
    from sswnn.plotting.paths import plot_paths

    for name in args.grid:
        check_file("grid", name, SUFFIXES)
    if not 0 < args.temperature < float("inf"):
        raise AnalysisError(f"temperature is {args.temperature:g} K, expected a positive number")
    observer = FoldedDensityObserver(
        args.ion,
        args.anion,
        spacing=args.spacing,
        smoothing=args.smooth,
        repeats=tuple(args.repeat) if args.repeat else None,
    )
    for path in args.trajectory:
        _show(args, [observer], path)
    result = paths_of(observer, args.temperature)
    for name in args.grid:
        write_volume(name, result.density)
    write_outputs(args, result, _paths_lines(result), plot_paths)
    return 0


def _paths_lines(result: PathsResult) -> list[str]:
    density = result.density
    grid, cells = (" x ".join(map(str, x)) for x in (result.free_energy_eV.shape, result.repeats))
    lines = [
        f"{density.frames} frames at {result.temperature_K:g} K, {result.samples} positions of {density.ion} folded from "
        f"{cells} unit cells, grid {grid}, free energies up to {result.resolution_eV:.3f} eV seen"
    ]
    for row in result.rows():
        if not row["percolates"]:
            lines.append(f"  along {row['axis']}: none in this run")
            continue
        lines.append(
            f"  along {row['axis']}: barrier {row['barrier_eV']:.3f} eV, path of {row['length_A']:.1f} A "
            f"that advances by ({row['winding']}) cells"
        )
    return lines


# ------------------------------------------------------------------------------- vanhove


def _add_van_hove(kinds: argparse._SubParsersAction) -> None:
    text = "van Hove functions, self part of elements and distinct part of pairs, at some lag times"
    parser = kinds.add_parser("vanhove", help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.add_argument("trajectory", nargs="+", metavar="TRAJ",
                        help="LAMMPS dump or extended XYZ; several: runs that differ in their seeds")  # fmt: skip
    add_selection(parser)
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    add_outputs(parser)
    parser.set_defaults(function=_van_hove)
    parser.add_argument(
        "--lags", type=float, nargs="+", required=True, metavar="PS", help="lag times, ps"
    )
    parser.add_argument(
        "--elements", nargs="+", default=["Li"], metavar="X", help="of the self part (default Li)"
    )
    parser.add_argument(
        "--pairs",
        nargs="*",
        default=["Li-Li"],
        metavar="X-Y",
        help="of the distinct part (default Li-Li)",
    )
    parser.add_argument(
        "--reach", type=float, metavar="A", help="largest distance, A (default 8, or half the cell)"
    )
    parser.add_argument(
        "--bin", type=float, default=0.1, metavar="A", help="bin width, A (default 0.1)"
    )
    parser.add_argument(
        "--origins",
        type=int,
        default=10,
        metavar="N",
        help="use every n-th frame as origin (default 10)",
    )
    parser.add_argument(
        "--still", nargs="+", metavar="X", help="subtract the mean motion of these elements"
    )


def _van_hove(args: argparse.Namespace) -> int:
    from contextlib import ExitStack

    from sswnn.analysis.sites.reading import frames_of
    from sswnn.analysis.sites.vanhove import van_hove
    from sswnn.plotting.vanhove import plot_van_hove

    with ExitStack() as stack:
        bars = [
            stack.enter_context(Bar(Path(path).name, sys.stderr, hidden=args.quiet))
            for path in args.trajectory
        ]
        runs = (
            frames_of(path, selection_of(args), bar.show)
            for path, bar in zip(args.trajectory, bars, strict=True)
        )
        result = van_hove(
            runs, args.lags, elements=args.elements, pairs=[_pair(word) for word in args.pairs], reach=args.reach,
            bin_width=args.bin, origin_every=args.origins, still=tuple(args.still) if args.still else None,
        )  # fmt: skip
    write_outputs(args, result, _van_hove_lines(result), plot_van_hove)
    return 0


def _pair(word: str) -> tuple[str, str]:
    a, dash, b = word.partition("-")
    if not (a and dash and b):
        raise AnalysisError(f"--pairs is {word!r}, expected two elements such as Li-Cl")
    return a, b


def _van_hove_lines(result: VanHoveResult) -> list[str]:
    lines = [
        f"{result.frames} frames, distances up to {result.r_A[-1] + 0.5 * (result.r_A[1] - result.r_A[0]):.2f} A"
    ]
    for k, (lag, origins) in enumerate(zip(result.lag_ps, result.origins, strict=True)):
        parts = [
            f"{x}: mean square {m[k, 0]:.3f} A^2, non-Gaussian {result.non_gaussian(x)[k]:.2f}, "
            f"{100 * result.beyond[x][k]:.1f} % beyond"
            for x, m in result.moments_A.items()
        ]
        lines.append(f"  {lag:g} ps, {origins} origins; " + "; ".join(parts))
    return lines

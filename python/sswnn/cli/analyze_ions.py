"""Ions of interface runs under `sswnn analyze`: environments and hops, density, profile; snapshots of a run."""

from __future__ import annotations

import argparse

from sswnn.cli.analyze_common import (
    add_analysis,
    add_selection,
    add_species,
    check_file,
    selection_of,
    species_of,
    watch,
    write_outputs,
)


def add_ion_analyses(kinds: argparse._SubParsersAction) -> None:
    """Register the analyses; each sets `function`, which `sswnn.cli.analyze.run` calls."""
    _add_lithium(kinds)
    _add_density(kinds)
    _add_profile(kinds)
    _add_snapshots(kinds)


# ------------------------------------------------------------------------------- lithium


def _add_lithium(kinds: argparse._SubParsersAction) -> None:
    text = (
        "Li by environment (metal, interface, film, Li_A, Li_B) and hops into octahedral vacancies"
    )
    parser = add_analysis(kinds, "lithium", text, _lithium)
    add_species(parser)
    parser.add_argument(
        "--hold", type=float, default=0.2, help="ps in a site that make a hop (default 0.2)"
    )
    parser.add_argument("--hops", metavar="FILE", help="write the hops as CSV")


def _lithium(args: argparse.Namespace) -> int:
    from sswnn.analysis.interface.environments import LithiumObserver
    from sswnn.analysis.interface.hops import HopsObserver
    from sswnn.analysis.tables import write_csv
    from sswnn.plotting.hops import plot_hops

    check_file("hops", args.hops)
    lithium, hopping = (
        LithiumObserver(species_of(args)),
        HopsObserver(species_of(args), hold_ps=args.hold),
    )
    watch(args, args.trajectory, [lithium, hopping])
    result, hops = lithium.result(), hopping.result()
    numbers = result.to_dict()
    lines = [f"{len(result.time_ps)} frames, {result.time_ps[0]:g} to {result.time_ps[-1]:g} ps"]
    lines += [f"  {x}: {n} -> {numbers['last'][x]}" for x, n in numbers["first"].items()]
    lines.append(
        f"{len(hops.hop_ps)} hops, {hops.into_vacancies()[-1]} of them into vacancies behind the first layer"
    )
    lines += [f"  {x}: {n}" for x, n in hops.counts().items()]
    if args.hops:
        write_csv(args.hops, hops.columns())
    write_outputs(
        args,
        result,
        lines,
        lambda _, path: plot_hops(hops, path, ion=result.ion),
        {"hops": hops.to_dict()},
    )
    return 0


# ------------------------------------------------------------------------------- density and profile


def _add_density(kinds: argparse._SubParsersAction) -> None:
    parser = add_analysis(
        kinds,
        "density",
        "probability density of Li+ on a grid: cube or VTK file, isosurface",
        _density,
    )
    parser.add_argument("--ion", default="Li", help="element (default Li)")
    add_species(parser, metal=False)
    parser.add_argument(
        "--all", action="store_true", help="count metal too, ions without an anion within 3.2 A"
    )
    parser.add_argument("--spacing", type=float, default=0.3, help="of the grid, A (default 0.3)")
    parser.add_argument(
        "--smooth", type=float, default=0.3, help="width of a Gaussian, A, 0 for none (default 0.3)"
    )
    parser.add_argument(
        "--grid",
        metavar="FILE",
        action="append",
        default=[],
        help="write the grid: .cube or .vtk, repeatable",
    )
    parser.add_argument(
        "--share",
        type=float,
        default=0.8,
        help="part of the ions inside the drawn surface (default 0.8)",
    )


def _density(args: argparse.Namespace) -> int:
    from sswnn.analysis.interface.density import DensityObserver
    from sswnn.analysis.interface.slab import Species
    from sswnn.analysis.interface.volume_files import SUFFIXES, write_volume
    from sswnn.plotting.density import plot_density

    for name in args.grid:
        check_file("grid", name, SUFFIXES)
    species = Species(args.centre, args.neighbour, args.ion, args.ion)
    observer = DensityObserver(
        species, spacing=args.spacing, smoothing=args.smooth, ionic=not args.all
    )
    watch(args, args.trajectory, [observer])
    result = observer.result()
    grid = " x ".join(str(n) for n in result.density_per_A3.shape)
    lines = [f"{result.frames} frames, {result.ions:.1f} {result.ion} on average, grid {grid}"]
    lines += [
        f"  {100 * x:g} % of them where the density is above {result.level_enclosing(x):.4g} per A^3"
        for x in (0.5, 0.8, 0.9)
    ]
    for name in args.grid:
        write_volume(name, result)
    write_outputs(args, result, lines, lambda r, path: plot_density(r, path, share=args.share))
    return 0


def _add_profile(kinds: argparse._SubParsersAction) -> None:
    parser = add_analysis(
        kinds, "profile", "number density of each element along the cell", _profile
    )
    parser.add_argument("--bin", type=float, default=0.25, help="bin width, A (default 0.25)")
    parser.add_argument(
        "--axis", choices=["x", "y", "z"], default="z", help="direction (default z)"
    )


def _profile(args: argparse.Namespace) -> int:
    from sswnn.analysis.interface.profile import ProfileObserver
    from sswnn.plotting.profile import plot_profile

    observer = ProfileObserver(bin_width=args.bin, axis="xyz".index(args.axis))
    watch(args, args.trajectory, [observer])
    result = observer.result()
    lines = [f"{result.frames} frames, {len(result.z_A)} bins"]
    lines += [
        f"  {x}: highest density {d.max():.4f} atoms/A^3" for x, d in result.density_per_A3.items()
    ]
    write_outputs(args, result, lines, plot_profile)
    return 0


# ------------------------------------------------------------------------------- snapshots


def _add_snapshots(kinds: argparse._SubParsersAction) -> None:
    parser = kinds.add_parser(
        "snapshots", help="side views at given times and at the end, dissolved Zr coloured"
    )
    parser.add_argument("trajectory", metavar="TRAJ", help="LAMMPS dump or extended XYZ")
    add_selection(parser)
    add_species(parser, metal=False)
    parser.add_argument(
        "--times",
        type=float,
        nargs="+",
        default=[0.0, 1.0, 35.0],
        metavar="PS",
        help="ps (default 0 1 35)",
    )
    parser.add_argument(
        "--cutoff", type=float, default=2.68, help="bond length limit, A (default 2.68)"
    )
    parser.add_argument(
        "--plot", metavar="FILE", required=True, help="draw them: .png, .svg or .pdf"
    )
    parser.set_defaults(function=_snapshots, json=None, csv=None)


def _snapshots(args: argparse.Namespace) -> int:
    from sswnn.analysis.trajectories.moments import frames_at
    from sswnn.plotting.snapshot import plot_snapshots

    frames = frames_at(args.trajectory, args.times, selection_of(args))
    titles = [f"{frame.time_ps:g} ps" for frame in frames]
    plot_snapshots(
        frames, args.plot, titles=titles, centre=args.centre, neighbour=args.neighbour, cutoff=args.cutoff
    )  # fmt: skip
    print(f"frames at {', '.join(titles)}")
    return 0

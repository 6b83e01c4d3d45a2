"""`sswnn hull`: phase diagram, energy spectrum and Gibbs triangle of what searches found."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from sswnn.cli.engine import calculator_of
from sswnn.errors import DataError

if TYPE_CHECKING:
    from sswnn.thermo import Collection, Hull

NAMED = 8
"""So many compositions beside the axes are named on the terminal; summary.json has all."""
LADDERS = 6
"""So many compositions are drawn in spectrum.png."""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Describe the command's arguments."""
    parser = subparsers.add_parser(
        "hull",
        help="phase diagram, energy spectrum and Gibbs triangle of what searches found",
        description="Convex hull of the energies in archives of searches, extended XYZ files and tables, in any mixture: "
        "hull.csv, minima.csv, summary.json, hull.png and .svg (two endmembers), triangle.png and .svg (three elements or "
        "endmembers), spectrum.png. See docs/phase_diagram.md.",
    )
    parser.add_argument("sources", nargs="+", metavar="SOURCE",
                        help="archive of a search or its folder, .extxyz with energies, or .csv (formula, energy_ev_per_atom)")
    parser.add_argument("-o", "--out", type=Path, default=Path("hull"), help="folder to write into (default hull)")
    parser.add_argument("--endmembers", nargs="+", metavar="X",
                        help="such as LiCl ZrCl4; default: the elements, or the outermost compositions")  # fmt: skip
    parser.add_argument("--tolerance", type=float, default=0.1, help="of the space groups, A (default 0.1)")
    parser.add_argument("--window", type=float, metavar="KJ", help="highest energy drawn, kJ per mole of the mixture")
    parser.add_argument("--mixed", action="store_true", help="take energies of different potentials or pressures together")
    parser.add_argument("--export", type=Path, metavar="FILE", help="write minima near the hull to FILE (.extxyz or .cif)")
    parser.add_argument("--within", type=float, default=25.0, metavar="MEV",
                        help="of --export: so near, meV/atom (default 25)")  # fmt: skip
    again = parser.add_argument_group("evaluation with another potential")
    again.add_argument("--engine", metavar="NAME",
                       help="compare with it: of sswnn label (sevennet, chgnet, gpaw, import path), or a model of sswnn")
    again.add_argument("--lowest", type=int, default=5, metavar="N", help="so many lowest minima of each composition (default 5)")
    again.add_argument("--relax", action="store_true", help="relax atoms and cell there")
    again.add_argument("--force", type=float, default=0.01, help="of --relax: largest force left, eV/A (default 0.01)")
    again.add_argument("--option", action="append", default=[], metavar="KEY=VALUE", help="argument of the engine, repeatable")


def run(args: argparse.Namespace) -> int:
    """Collect, compute, write, draw, and compare if that is asked for; returns the exit code."""
    from sswnn.thermo import collect, convex_hull

    if args.window is not None and not args.window > 0:
        raise DataError(f"--window is {args.window} kJ/mol, expected a positive energy")
    collection = collect(args.sources, tolerance=args.tolerance, mixed=args.mixed)
    hull = convex_hull(collection.phases, args.endmembers)
    args.out.mkdir(parents=True, exist_ok=True)
    _tell(hull, collection)
    written = _write(hull, collection, args)
    print(f"written: {args.out}/{', '.join(written)}")
    if args.export:
        from sswnn.thermo.tables import export_phases

        number = export_phases(args.export, hull, args.within / 1000)
        print(f"{args.export}: {number} minima within {args.within:g} meV/atom of the hull")
    if args.engine:
        _compare(hull, collection, args)
    return 0


def _tell(hull: Hull, collection: Collection) -> None:
    """Lines about the diagram."""
    from sswnn.thermo.compounds import KJ_PER_MOL

    for note in collection.notes:
        print(f"note: {note}")
    symmetric = sum(c.symmetric for c in hull.compounds)
    print(
        f"{len(hull.phases)} distinct minima of {len(hull.compounds)} compositions along {' - '.join(hull.endmembers)}, "
        f"{symmetric} with a space group other than P1; energies of {', '.join(collection.potentials) or 'an unknown potential'}"
    )
    if hull.left_out:
        named = [f"{n} {name}" for name, n in list(hull.left_out.items())[:NAMED]]
        more = len(hull.left_out) - len(named)
        print(f"not along these endmembers: {', '.join(named)}{f' and {more} more compositions' if more else ''}")
    for c in hull.compounds:
        energy = c.formation_ev_per_atom
        place = "on the hull" if c.stable else f"{1000 * c.above_hull_ev_per_atom:.2f} meV/atom above it"
        group = c.lowest.space_group.symbol if c.lowest.space_group else "?"
        print(
            f"  {c.formula:<12} {c.minima:5d} minima, lowest {group}, formation {1000 * energy:8.2f} meV/atom "
            f"({energy * c.mixture_atoms * KJ_PER_MOL:.2f} kJ/mol of mixture), {place}"
        )


def _write(hull: Hull, collection: Collection, args: argparse.Namespace) -> list[str]:
    """Tables and pictures; their names."""
    from sswnn.analysis.tables import write_csv, write_json
    from sswnn.plotting.hull import plot_hull, plot_triangle
    from sswnn.thermo.tables import hull_columns, minima_columns, summary

    write_csv(args.out / "hull.csv", hull_columns(hull))
    write_csv(args.out / "minima.csv", minima_columns(hull))
    names = ["hull.csv", "minima.csv", "summary.json"]
    content = summary(hull, collection)
    if len(hull.endmembers) == 2:
        for name in ("hull.png", "hull.svg"):
            plot_hull(hull, args.out / name, window=args.window)
            names.append(name)
    triangle = _triangle(hull, collection)
    if triangle is not None:
        for name in ("triangle.png", "triangle.svg"):
            plot_triangle(triangle, args.out / name)
            names.append(name)
        content["triangle"] = {
            "corners": triangle.endmembers,
            "without_energy": triangle.absent,
            "stable": triangle.stable,
            "coexisting": [[triangle.compounds[i].formula, triangle.compounds[j].formula] for i, j in triangle.tie_lines],
        }
        write_csv(args.out / "triangle.csv", hull_columns(triangle))
        names.append("triangle.csv")
    _draw_spectrum(hull, args.out / "spectrum.png")
    write_json(args.out / "summary.json", content)
    return [*names, "spectrum.png"]


def _triangle(hull: Hull, collection: Collection) -> Hull | None:
    """Diagram of three endmembers, else of the elements if there are three; None otherwise."""
    from sswnn.thermo import convex_hull
    from sswnn.thermo.endmembers import element_axes

    if len(hull.endmembers) == 3:
        return hull
    axes = element_axes([phase.counts for phase in collection.phases])
    if len(axes.formulas) != 3:
        return None
    return convex_hull(collection.phases, axes, allow_absent=True)


def _draw_spectrum(hull: Hull, path: Path) -> None:
    """Ladders of the compositions that are nearest to the hull."""
    import numpy as np

    from sswnn.plotting.search import plot_spectrum

    nearest = np.argsort([c.above_hull_ev_per_atom for c in hull.compounds], kind="stable")[:LADDERS]
    chosen = np.flatnonzero(np.isin(hull.compound_of, nearest))
    phases = [hull.phases[k] for k in chosen]
    lowest = np.array([hull.compounds[k].lowest.energy_per_atom for k in hull.compound_of[chosen]])
    above = 1000 * (np.array([phase.energy_per_atom for phase in phases]) - lowest)
    plot_spectrum(
        above,
        path,
        composition=[phase.formula for phase in phases],
        space_group=[phase.space_group.symbol if phase.space_group else "" for phase in phases],
        window=5 * max(float(np.ceil(np.quantile(above, 0.9) / 5)), 1.0),
        named=3,
    )
    if len(hull.compounds) > LADDERS:
        print(f"spectrum.png shows the {LADDERS} compositions nearest to the hull")


def _compare(hull: Hull, collection: Collection, args: argparse.Namespace) -> None:
    """Evaluate the lowest minima again; say, write and draw what changes."""
    from dataclasses import replace

    from sswnn.analysis.tables import write_csv
    from sswnn.data.label_files import failures
    from sswnn.plotting.comparison import plot_comparison
    from sswnn.thermo.reevaluate import RELAX, compare, lowest_of_each, reevaluate
    from sswnn.thermo.tables import change_lines, comparison_columns, hull_columns

    chosen = lowest_of_each(hull.phases, args.lowest)
    if bare := set(hull.endmembers) - {phase.formula for phase in chosen}:
        raise DataError(f"no structure of {', '.join(sorted(bare))} to evaluate: a hull needs its endmembers")
    calculator, name = calculator_of(args.engine, args.option)
    relax = replace(RELAX, force=args.force) if args.relax else None
    pairs = reevaluate(
        chosen, calculator, name, args.out / "reevaluated.extxyz", relax=relax, pressure=collection.pressure,
        tolerance=args.tolerance, report=lambda line: print(line, flush=True),
    )  # fmt: skip
    if len(pairs) < len(chosen):
        own = [entry for entry in failures(args.out / "reevaluated.extxyz") if entry.get("engine") == name]
        print(f"{len(chosen) - len(pairs)} failed, the last with {own[-1]['error']}")
        print(f"see {args.out}/reevaluated.extxyz.failures.jsonl")
    if not pairs:
        raise DataError(f"{name} failed on all {len(chosen)} minima")
    comparison = compare(pairs, hull.endmembers)
    print(f"with {name}{', relaxed' if relax else ''}:")
    print("\n".join(change_lines(comparison)))
    print(f"  on the hull: {', '.join(comparison.after.stable)}; before {', '.join(comparison.before.stable)}")
    write_csv(args.out / "reevaluated.csv", comparison_columns(comparison))
    write_csv(args.out / "reevaluated_hull.csv", hull_columns(comparison.after))
    before = collection.potentials[0] if len(collection.potentials) == 1 else "before"
    plot_comparison(comparison, args.out / "reevaluated.png", names=(before, name))
    print(f"written: {args.out}/reevaluated.extxyz, reevaluated.csv, reevaluated_hull.csv, reevaluated.png")

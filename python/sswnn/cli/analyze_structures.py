"""Analyses of structures under `sswnn analyze`: xrd, structure, map, stackings."""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sswnn.cli.analyze_xrd import add_xrd
from sswnn.cli.engine import calculator_of
from sswnn.cli.structure_sources import add_sources, chosen, incomparable
from sswnn.errors import AnalysisError

if TYPE_CHECKING:
    from sswnn.thermo import Phase


def add_structure_analyses(kinds: argparse._SubParsersAction) -> None:
    """Register the analyses; each sets `structures`, which `sswnn.cli.analyze.run` calls."""
    add_xrd(kinds)
    _add_structure(kinds)
    _add_map(kinds)
    _add_stackings(kinds)


def _add_structure(kinds: argparse._SubParsersAction) -> None:
    parser = kinds.add_parser("structure", help="coordination polyhedra, what they share, layers, ions in and between them")
    add_sources(parser)
    parser.add_argument("--centre", metavar="X", help="element that makes the layers (default by electronegativity, such as Zr)")
    parser.add_argument("--ion", metavar="X", help="element that is labelled A or B (default such as Li)")
    parser.add_argument("--anion", metavar="X", help="element at the corners (default the most electronegative)")
    parser.set_defaults(function=_structure, plot=None)


def _add_map(kinds: argparse._SubParsersAction) -> None:
    parser = kinds.add_parser("map", help="order parameter against density or energy of every structure of files")
    add_sources(parser, symmetry=False)
    parser.add_argument("--y", choices=["density", "energy"], default="density",
                        help="energy: above the lowest structure of the same composition (default density)")  # fmt: skip
    parser.add_argument("--limits", type=float, nargs=2, metavar=("LOW", "HIGH"), help="of the y axis of the picture")
    parser.add_argument("--degree", type=int, default=6, help="l of the order parameter (default 6)")
    parser.add_argument("--elements", nargs=2, metavar=("A", "B"), help="colour is the share of B among both")
    parser.set_defaults(function=_map)


def _add_stackings(kinds: argparse._SubParsersAction) -> None:
    parser = kinds.add_parser(
        "stackings", help="energies of layered models: stacking order, shared edges, metal between the layers"
    )
    parser.add_argument("--engine", default="LiZrCl", help="model, or engine of sswnn label (default LiZrCl)")
    parser.add_argument("--option", action="append", default=[], metavar="KEY=VALUE", help="argument of the engine, repeatable")
    parser.add_argument("--elements", nargs=3, default=["Li", "Zr", "Cl"], metavar="X", help="of A2 M X6 (default Li Zr Cl)")
    parser.add_argument("--anions", default="AB", help="stacking of the anions (default AB)")
    parser.add_argument("--layers", type=int, default=4, help="metal layers of the disordered stackings (default 4)")
    parser.add_argument("--disordered", type=int, default=4, help="number of them (default 4)")
    parser.add_argument("--seed", type=int, default=0, help="of stackings and displacements (default 0)")
    parser.add_argument("--fixed", action="store_true", help="do not relax the ideal geometries")
    parser.add_argument("--csv", metavar="FILE", help="write the table as CSV")
    parser.add_argument("--export", metavar="FILE", help="write the structures as .extxyz")
    parser.set_defaults(function=_stackings, json=None, plot=None)


def _name(phase: Phase) -> str:
    return f"{phase.formula} {phase.space_group.symbol if phase.space_group else ''}".strip()


def _structure(args: argparse.Namespace) -> int:
    import numpy as np

    from sswnn.analysis.structures.structure import describe
    from sswnn.analysis.tables import write_csv

    phases = [phase for phase in chosen(args) if len(phase.counts) > 1]
    if not phases:
        raise AnalysisError("all structures are elements, polyhedra need at least two elements")
    rows: list[dict[str, object]] = []
    for phase in phases:
        assert phase.atoms is not None
        row = describe(phase.atoms, centre=args.centre, ion=args.ion, anion=args.anion).row()
        rows.append({
            "formula": phase.formula, "space_group": phase.space_group.symbol if phase.space_group else "",
            "energy_ev_per_atom": phase.energy_per_atom, "atoms": phase.size, **row, "source": phase.source,
        })  # fmt: skip
        print(_line(phase, row))
    why = incomparable(phases)
    if why:
        print(f"note: {why}")
    else:
        for formula in dict.fromkeys(phase.formula for phase in phases):
            _tell_cost(formula, phases, rows)
    if args.csv:
        write_csv(args.csv, {key: np.array([row[key] for row in rows], dtype=object) for key in rows[0]})
    return 0


def _line(phase: Phase, row: dict[str, object]) -> str:
    layers, ion = "no layers", row["ion"]
    if row["layers"]:
        layers = f"layers {row['layers']} ({row['anion_sequence']}, {row['centres_per_space']})"
        layers += f", {ion}_A {row['ions_A']}, {ion}_B {row['ions_B']}" if ion else ""
    return f"{_name(phase)} ({phase.source}): {row['polyhedra']}; shared: {row['shared'] or 'nothing'}; {layers}"


def _tell_cost(formula: str, phases: list[Phase], rows: list[dict[str, object]]) -> None:
    """What shared edges or faces cost, if structures of a composition do and do not have any."""
    import numpy as np

    from sswnn.analysis.structures.structure import edge_sharing_cost

    members = [k for k, p in enumerate(phases) if p.formula == formula and p.energy == p.energy]
    units = [_units(phases[k]) for k in members]
    energy = np.array([phases[k].energy / u for k, u in zip(members, units, strict=True)])
    shared = np.array([_number(rows[k]) / u for k, u in zip(members, units, strict=True)])
    cost = edge_sharing_cost(energy, shared)
    if cost is not None:
        centre = rows[members[0]]["centre"]
        print(
            f"{formula}: the lowest structure with shared {centre}-{centre} edges or faces is {cost[0]:.3f} eV per formula "
            f"unit ({cost[1]:.3f} eV per shared one) above the lowest without"
        )


def _units(phase: Phase) -> int:
    from sswnn.data.composition import parse_formula

    return phase.size // sum(parse_formula(phase.formula).values())


def _number(row: dict[str, object]) -> int:
    return int(str(row["centre_edges"])) + int(str(row["centre_faces"]))


def _map(args: argparse.Namespace) -> int:
    from sswnn.analysis.structures.structure_map import structure_map
    from sswnn.analysis.tables import write_csv
    from sswnn.plotting.structure_map import plot_map

    phases = chosen(args)
    why = incomparable(phases)
    if why and args.y == "energy":
        raise AnalysisError(why)
    if why:
        print(f"note: {why}; the table has no energies")

    def progress(done: int) -> None:
        if done % 1000 == 0:
            print(f"{done} of {len(phases)}", file=sys.stderr, flush=True)

    pairs = ((p.atoms, math.nan if why else p.energy) for p in phases if p.atoms is not None)
    result = structure_map(pairs, degree=args.degree, elements=args.elements, progress=progress)
    a, b = result.elements
    note = f", {result.skipped} that are no crystals left out" if result.skipped else ""
    print(
        f"{len(result.order)} structures of {len(set(result.formulas))} compositions{note}; order parameter {result.degree}: "
        f"{result.order.min():.3f} to {result.order.max():.3f}, "
        f"density {result.density.min():.2f} to {result.density.max():.2f} g/cm^3"
    )
    if args.csv:
        write_csv(args.csv, result.columns())
    if args.plot:
        energy = args.y == "energy"
        plot_map(
            result.order, result.energy if energy else result.density, result.share, args.plot, degree=result.degree,
            ylabel="energy above the lowest of its composition / eV per atom" if energy else "density / g cm$^{-3}$",
            share_label=f"{b} / ({a} + {b})", limits=tuple(args.limits) if args.limits else None,
        )  # fmt: skip
    return 0


def _stackings(args: argparse.Namespace) -> int:
    import numpy as np

    from sswnn.analysis.tables import write_csv
    from sswnn.data.frames import write_frames
    from sswnn.thermo.models import RELAX, edge_cost, model_energies, standard_models

    rng = np.random.default_rng(args.seed)
    models = standard_models(
        rng, layers=args.layers, disordered=args.disordered, anions=args.anions, elements=tuple(args.elements)
    )
    calculator, name = calculator_of(args.engine, args.option)
    found = model_energies(
        models, calculator, rng, relax=None if args.fixed else RELAX, centre=args.elements[1],
        report=lambda line: print(line, file=sys.stderr, flush=True),
    )  # fmt: skip
    lowest = min(found, key=lambda e: e.energy_per_unit)
    print(f"energies of {name} above {lowest.name!r}, per formula unit{'' if args.fixed else ', relaxed'}:")
    for e in found:
        above = e.above(lowest)
        print(f"  {e.name:<22} {e.space_group:<12} {above[0]:8.4f} eV {above[1]:9.3f} kJ/mol, {e.shared} shared"
              f"{'' if e.converged else ', not converged'}")  # fmt: skip
    cost = edge_cost(found)
    if cost is not None:
        print(f"shared {args.elements[1]}-{args.elements[1]} edges cost {cost[0]:.3f} eV per cell, {cost[1]:.3f} eV each")
    if args.csv:
        write_csv(args.csv, {
            "model": np.array([e.name for e in found], dtype=object),
            "space_group": np.array([e.space_group for e in found], dtype=object),
            "formula_units": np.array([e.units for e in found]),
            "shared": np.array([e.shared for e in found]),
            "above_lowest_ev_per_formula_unit": np.array([e.above(lowest)[0] for e in found]),
            "above_lowest_kj_per_mol": np.array([e.above(lowest)[1] for e in found]),
        })  # fmt: skip
    if args.export:
        for e in found:
            e.atoms.info.update(energy=e.energy, model=e.name, engine=name)
        write_frames(Path(args.export), [e.atoms for e in found])
    return 0

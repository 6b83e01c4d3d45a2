"""Dissolution and film of interface runs under `sswnn analyze`; one trajectory, or several that differ in their seeds."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sswnn.cli.analyze_common import (
    PLOT_SUFFIXES,
    add_analysis,
    add_species,
    check_file,
    species_of,
    watch,
    write_outputs,
)

_ROWS = 8
"""Dissolved atoms that are listed."""


def add_interface_analyses(kinds: argparse._SubParsersAction) -> None:
    """Register the analyses; each sets `function`, which `sswnn.cli.analyze.run` calls."""
    _add_dissolution(kinds)
    _add_film(kinds)


# ------------------------------------------------------------------------------- dissolution


def _add_dissolution(kinds: argparse._SubParsersAction) -> None:
    text = "Zr without a Zr-Cl bond against time, per layer, onset, fate; several runs: mean and interval"
    parser = add_analysis(kinds, "dissolution", text, _dissolution, runs=True)
    add_species(parser)
    parser.add_argument(
        "--cutoff", type=float, default=2.68, help="bond length limit, A (default 2.68)"
    )
    parser.add_argument(
        "--break-cutoff",
        type=float,
        help="bonds once formed last up to here, A (default: the cutoff)",
    )
    parser.add_argument("--lasting-cutoff", type=float, default=3.2,
                        help="the same for the second count, which thermal motion does not disturb, A (default 3.2)")  # fmt: skip
    parser.add_argument(
        "--hold",
        type=float,
        default=1.0,
        help="ps without a bond that count for the onset (default 1)",
    )
    parser.add_argument(
        "--confidence", type=float, default=0.95, help="of the interval over runs (default 0.95)"
    )
    parser.add_argument(
        "--fates", metavar="FILE", help="draw each dissolved Zr: when, how deep, bound again or not"
    )


def _dissolution(args: argparse.Namespace) -> int:
    from sswnn.analysis.interface.dissolution import DissolutionObserver
    from sswnn.plotting.dissolution import plot_dissolution, plot_dissolution_runs, plot_fates

    check_file("fates", args.fates, PLOT_SUFFIXES)
    breaks = (args.break_cutoff, max(args.lasting_cutoff, args.break_cutoff or args.cutoff))
    found = []
    for path in args.trajectory:
        observer = DissolutionObserver(
            species_of(args), form=args.cutoff, breaks=breaks, hold_ps=args.hold
        )
        watch(args, path, [observer])
        found.append((observer.result(0), observer.result(1)))
    if args.fates:
        plot_fates(found[0][1], args.fates)
    if len(found) == 1:
        result, lasting = found[0]
        extra = {"lasting": lasting.to_dict()}
        write_outputs(
            args, result, _dissolution_lines(args, result, lasting), plot_dissolution, extra
        )
        return 0
    _dissolution_runs(args, found, plot_dissolution_runs)
    return 0


def _dissolution_lines(args: argparse.Namespace, result: Any, lasting: Any) -> list[str]:
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
    later = "none" if lasting.onset_ps is None else f"{lasting.onset_ps:g} ps"
    lines.append(
        f"counting bonds as broken beyond {lasting.break_A:g} A: {lasting.dissolved[-1]}, onset {later}"
    )
    rows = lasting.fates()
    lines += [_fate(args.centre, row) for row in rows[:_ROWS]]
    if len(rows) > _ROWS:
        lines.append(f"  ... and {len(rows) - _ROWS} more (--json, --fates)")
    return lines


def _fate(centre: str, row: dict) -> str:
    again = (
        f"bound again at {row['bound_again_ps']:g} ps"
        if row["bound_again_ps"] == row["bound_again_ps"]
        else "not bound again"
    )
    return (
        f"  {centre} {row['zr']} of layer {row['layer']}: at {row['dissolved_ps']:g} ps, {again}, "
        f"{row['fate']} at the end, {row['depth_A']:.1f} A beyond the first layer"
    )


def _dissolution_runs(args: argparse.Namespace, found: list, plot: Callable) -> None:
    from sswnn.analysis.interface.ensemble import combine

    lasting = [x for _, x in found]
    result = combine(
        [x.time_ps for x in lasting], [x.fraction for x in lasting],
        onsets_ps=[x.onset_ps for x in lasting], confidence=args.confidence,
    )  # fmt: skip
    paper = combine(
        [x.time_ps for x, _ in found], [x.fraction for x, _ in found], confidence=args.confidence
    )
    onsets = [x.onset_ps for x in lasting if x.onset_ps is not None]
    lines = [
        f"{result.runs} runs, {result.time_ps[0]:g} to {result.time_ps[-1]:g} ps",
        f"dissolved at the end {_percent(result)}, counting bonds as broken beyond {lasting[0].break_A:g} A",
        f"dissolved at the end {_percent(paper)}, counting them as broken beyond {found[0][0].break_A:g} A",
        f"onset in {len(onsets)} of {result.runs} runs"
        + (f": {', '.join(f'{x:g}' for x in sorted(onsets))} ps" if onsets else ""),
    ]
    runs = [
        {"trajectory": Path(p).name, **x.to_dict()}
        for p, x in zip(args.trajectory, lasting, strict=True)
    ]
    write_outputs(
        args, result, lines, plot, {"every_frame_alone": paper.to_dict(), "trajectories": runs}
    )


def _percent(result: Any) -> str:
    return (
        f"{100 * result.mean[-1]:.1f} % ({100 * result.low[-1]:.1f} to {100 * result.high[-1]:.1f} %, "
        f"{100 * result.confidence:g} % interval of the mean)"
    )


# ------------------------------------------------------------------------------- film


def _add_film(kinds: argparse._SubParsersAction) -> None:
    text = "film of LiCl between metal and electrolyte: thickness, law of growth, ratios of the layers, balance of the reaction"
    parser = add_analysis(kinds, "film", text, _film, runs=True)
    add_species(parser)
    parser.add_argument(
        "--lattice",
        type=float,
        default=5.14,
        help="lattice constant of the film's crystal, A (default 5.14)",
    )
    parser.add_argument(
        "--confidence", type=float, default=0.95, help="of the interval over runs (default 0.95)"
    )


def _film(args: argparse.Namespace) -> int:
    from sswnn.analysis.interface.film import FilmObserver
    from sswnn.analysis.interface.stoichiometry import stoichiometry
    from sswnn.plotting.film import plot_film, plot_film_runs

    found = []
    for path in args.trajectory:
        observer = FilmObserver(species_of(args), lattice=args.lattice)
        watch(args, path, [observer])
        found.append(observer.result())
    if len(found) == 1:
        balance = stoichiometry(found[0])
        extra = {"stoichiometry": balance.to_dict()}
        write_outputs(args, found[0], _film_lines(found[0], balance), plot_film, extra)
        return 0
    from sswnn.analysis.interface.ensemble import combine

    result = combine(
        [x.time_ps for x in found], [x.layers.mean(axis=1) for x in found],
        confidence=args.confidence, limits=(0.0, float("inf")),
    )  # fmt: skip
    lines = [
        f"{result.runs} runs, {result.time_ps[0]:g} to {result.time_ps[-1]:g} ps",
        f"film at the end {result.mean[-1]:.2f} atomic layers ({result.low[-1]:.2f} to {result.high[-1]:.2f}, "
        f"{100 * result.confidence:g} % interval of the mean)",
    ]
    runs = [
        {"trajectory": Path(p).name, **x.to_dict()}
        for p, x in zip(args.trajectory, found, strict=True)
    ]
    write_outputs(args, result, lines, plot_film_runs, {"trajectories": runs})
    return 0


def _film_lines(result: Any, balance: Any) -> list[str]:
    law, end = result.growth(), -1
    names = {-1: "below", 1: "above"}
    lines = [f"{len(result.time_ps)} frames, {result.time_ps[0]:g} to {result.time_ps[end]:g} ps"]
    for k, side in enumerate(result.sides):
        where = f" {names[side]} the slab" if len(result.sides) > 1 else ""
        lines.append(f"film{where} at the end: {result.layers[end, k]:.2f} atomic layers, {result.thickness_A[end, k]:.2f} A "
                     f"({result.salt_layers[end, k]:.2f} with what is not in order)")  # fmt: skip
    if law.fits:
        best = law.fits[0]
        numbers = ", ".join(
            f"{k} {v:.4g} +- {best.errors[k]:.2g}" for k, v in best.parameters.items()
        )
        lines.append(f"growth: {best.law} ({numbers}), weight {best.weight:.2f}")
    if law.stopped_ps is not None:
        lines.append(
            f"growth stopped {law.stopped_ps:.3g} ps after the first frame, at {law.plateau:.2f} layers"
        )
    else:
        lines.append("no end of the growth in this run" if law.fits else "no growth")
    anion, centre, ion = result.species.anion, result.species.centre, result.species.ion
    for k in range(result.layer_atoms.shape[1]):
        lines.append(
            f"  layer {k}: {anion}/{centre} {result.anions_per_centre[0, k]:.2f} -> {result.anions_per_centre[end, k]:.2f}, "
            f"{ion}/{anion} {result.ions_per_anion[0, k]:.2f} -> {result.ions_per_anion[end, k]:.2f}"
        )
    lines.append(
        f"{balance.dissolved[end]} {centre} dissolved, {balance.freed_anions[end]} {anion} freed, {balance.consumed_metal[end]} "
        f"{ion} oxidised since the first frame (6 and 4 per {centre} in balance)"
    )
    return lines

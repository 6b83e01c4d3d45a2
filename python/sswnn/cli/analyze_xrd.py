"""`sswnn analyze xrd`: simulated X-ray powder patterns of structures."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from sswnn.cli.structure_sources import add_sources, chosen
from sswnn.errors import AnalysisError

if TYPE_CHECKING:
    from sswnn.analysis.structures.xrd import Pattern
    from sswnn.thermo import Phase


def add_xrd(kinds: argparse._SubParsersAction) -> None:
    """Register the analysis."""
    parser = kinds.add_parser("xrd", help="simulated X-ray powder patterns of structures")
    add_sources(parser, lowest=1)
    parser.add_argument("--wavelength", default="1.54184", metavar="A", help="A, or CuKa, MoKa ... (default 1.54184)")
    parser.add_argument("--range", type=float, nargs=2, default=[5.0, 60.0], metavar=("FROM", "TO"),
                        help="scattering angles 2 theta, degrees (default 5 60)")  # fmt: skip
    parser.add_argument("--width", type=float, default=0.1, help="full width at half maximum, degrees (default 0.1)")
    parser.add_argument("--spacing", type=float, metavar="D", help="plane distance to compare, A")
    parser.add_argument("--replace", action="append", default=[], metavar="X=Y",
                        help="also with element Y on the sites of X, such as Zr=Hf, repeatable")  # fmt: skip
    parser.set_defaults(function=run)


def run(args: argparse.Namespace) -> int:
    """Compute, tell, write and draw the patterns; returns the exit code."""
    import numpy as np

    from sswnn.analysis.structures.xrd import profile, two_theta_of, wavelength_of

    wavelength = wavelength_of(args.wavelength)
    found = _patterns(args, wavelength)
    patterns = [pattern for pattern, _ in found]
    profile(patterns[0], np.zeros(1), width=args.width)  # refuses a wrong width before anything is written
    if args.spacing:
        print(f"d = {args.spacing:g} A stands at {two_theta_of(args.spacing, wavelength):.3f} degrees")
    for pattern, phase in found:
        print("\n".join(_lines(pattern, phase, args.spacing)))
    if args.csv:
        _write(args.csv, found)
    if args.plot:
        from sswnn.plotting.search import _symbol, subscripted
        from sswnn.plotting.xrd import plot_xrd

        labels = [f"{subscripted(pattern.formula)}\n{_symbol(_group(phase))}" for pattern, phase in found]
        plot_xrd(patterns, args.plot, labels=labels, two_theta=tuple(args.range), width=args.width, spacing=args.spacing)
    return 0


def _patterns(args: argparse.Namespace, wavelength: float) -> list[tuple[Pattern, Phase]]:
    """Patterns of the structures, each followed by those with elements replaced."""
    from sswnn.analysis.structures.xrd import diffraction

    replacements: list[dict[str, str]] = [{}, *(_pair(text) for text in args.replace)]
    return [
        (diffraction(phase.atoms, wavelength=wavelength, two_theta=tuple(args.range), replace=replace), phase)
        for phase in chosen(args)
        for replace in replacements
        if phase.atoms is not None and set(replace) <= set(phase.counts)
    ]


def _lines(pattern: Pattern, phase: Phase, spacing: float | None) -> list[str]:
    """The five strongest lines, and that near a plane distance."""
    import numpy as np

    lines = [f"{pattern.formula} {_group(phase)} ({phase.source})"]
    for k in np.sort(np.argsort(-pattern.intensity)[:5]):
        place = f"2 theta {pattern.two_theta[k]:7.3f}  d {pattern.spacing[k]:.4f} A"
        lines.append(f"  {place}  {pattern.intensity[k]:5.1f} %  ({pattern.planes[k]})")
    return lines + ([f"  {_near(pattern, spacing)}"] if spacing else [])


def _write(path: str, found: list[tuple[Pattern, Phase]]) -> None:
    import numpy as np

    from sswnn.analysis.tables import write_csv

    tables = [pattern.columns() for pattern, _ in found]
    lines = [len(table["d_A"]) for table in tables]
    first = {
        "source": np.repeat(np.array([phase.source for _, phase in found], dtype=object), lines),
        "formula": np.repeat(np.array([pattern.formula for pattern, _ in found], dtype=object), lines),
    }
    write_csv(path, first | {key: np.concatenate([table[key] for table in tables]) for key in tables[0]})


def _group(phase: Phase) -> str:
    return phase.space_group.symbol if phase.space_group else ""


def _near(pattern: Pattern, spacing: float) -> str:
    k = pattern.strongest(spacing, within=0.05 * spacing)
    if k is None:
        return f"no line within 5 % of {spacing:g} A"
    away = 100 * (pattern.spacing[k] / spacing - 1)
    rank = 1 + int((pattern.intensity > pattern.intensity[k]).sum())
    return (
        f"strongest line within 5 % of {spacing:g} A: d {pattern.spacing[k]:.4f} A ({away:+.2f} %), ({pattern.planes[k]}), "
        f"{pattern.intensity[k]:.1f} %, number {rank} of the pattern"
    )


def _pair(text: str) -> dict[str, str]:
    old, separator, new = text.partition("=")
    if not separator or not old or not new:
        raise AnalysisError(f"--replace is {text!r}, expected X=Y such as Zr=Hf")
    return {old: new}

"""`sswnn analyze msd | conductivity`: from trajectories to diffusion coefficients and conductivities. For what follows from
tables see `sswnn.cli.analyze_arrhenius`.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from sswnn.cli.analyze_common import add_outputs, add_selection, write_outputs
from sswnn.errors import AnalysisError

if TYPE_CHECKING:
    from sswnn.analysis.transport.conductivity import Conductivity
    from sswnn.analysis.transport.diffusion import Diffusion
    from sswnn.analysis.transport.displacements import Displacements


_SAME_TEMPERATURE = 0.1
"""Largest spread of the mean temperatures of logs that are pooled, relative to their mean."""


def add_transport(kinds: argparse._SubParsersAction) -> None:
    """Register the analyses of trajectories; `arrhenius` has a module of its own."""
    from sswnn.cli.analyze_arrhenius import add_arrhenius

    _add_msd(kinds)
    _add_conductivity(kinds)
    add_arrhenius(kinds)


def _add_msd(kinds: argparse._SubParsersAction) -> None:
    parser = kinds.add_parser("msd", help="mean-square displacement and diffusion coefficient per element")
    _add_runs(parser)
    parser.add_argument("--elements", nargs="+", metavar="X", help="which (default all)")
    parser.add_argument(
        "--max-lag", type=float, default=0.5, help="longest lag, fraction of the run (default 0.5)"
    )
    parser.add_argument(
        "--drift", choices=["none", "mean"], default="none", help="mean: subtract the mean motion of all atoms"
    )
    parser.add_argument("--still", nargs="+", metavar="X", help="subtract the mean motion of these elements")
    parser.set_defaults(function=run_msd)


def _add_conductivity(kinds: argparse._SubParsersAction) -> None:
    parser = kinds.add_parser(
        "conductivity",
        help="conductivity by Nernst-Einstein and with correlations, Haven ratio, anisotropy, with intervals",
        description="Runs of one material at one temperature; write the table of each temperature with --csv and give them all "
        "to `sswnn analyze arrhenius`.",
    )
    _add_runs(parser)
    parser.add_argument("--temperature", type=float, metavar="K", help="of the runs, K")
    parser.add_argument("--log", nargs="+", metavar="FILE", help="LAMMPS logs of the runs: their mean temperature")
    parser.add_argument("--mobile", default="Li", metavar="X", help="mobile element (default Li)")
    parser.add_argument("--charge", type=float, default=1.0, help="of the mobile ion (default 1)")
    parser.add_argument("--charges", nargs="+", metavar="X=Z",
                        help="charges of all ions that carry current, such as Li=1 Cl=-1 (default: the mobile ion)")  # fmt: skip
    parser.add_argument("--still", nargs="+", metavar="X", help="framework held still (default: all other elements)")
    parser.add_argument("--hop", type=float, metavar="A", help="length of a hop, to count hops, A (default 3)")
    parser.add_argument("--material", metavar="NAME", help="for tables and plots (default: the formula)")
    parser.set_defaults(function=run_conductivity)


def _add_runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("trajectories", nargs="+", metavar="RUN",
                        help="LAMMPS dump, extended XYZ, XDATCAR or a file of ASE (for these two --timestep is the time between "
                        "frames); several are pooled")  # fmt: skip
    add_selection(parser)
    parser.add_argument("--memory", type=float, default=2.0, metavar="GIB",
                        help="more displacements than this go to a temporary file (default 2)")  # fmt: skip
    add_outputs(parser)


def run_msd(args: argparse.Namespace) -> int:
    """Mean-square displacements of all elements, and their diffusion coefficients where they diffuse."""
    from sswnn.analysis.transport.msd import msd_of
    from sswnn.plotting import plot_msd

    still = tuple(args.still) if args.still else () if args.drift == "mean" else None
    runs = _runs(args, still)
    result = msd_of(runs, elements=tuple(args.elements) if args.elements else None, max_lag=args.max_lag)
    found = {element: _diffusion_or_reason(runs, element) for element in result.msd_A2}
    lines = [
        f"{result.frames} frames, lags up to {result.lag_ps[-1]:g} ps; mean-square displacement at the longest:"
    ]
    for x, n in result.atoms.items():
        value = result.msd_A2[x][-1]
        split = " + ".join(f"{v:.3f}" for v in value)
        lines.append(
            f"  {x} ({n}): {value.sum():.3f} +- {result.error_A2[x][-1]:.3f} A^2 (x + y + z: {split})"
        )
        lines.append(f"    {_told(found[x])}")
    told = {x: {"refused": d} if isinstance(d, str) else d.to_dict() for x, d in found.items()}
    write_outputs(args, result, lines, plot_msd, extra={"diffusion": told})
    return 0


def run_conductivity(args: argparse.Namespace) -> int:
    """Conductivity of runs at one temperature."""
    from sswnn.analysis.transport.conductivity import conductivity
    from sswnn.analysis.transport.diffusion import HOP_A
    from sswnn.plotting.diffusion import plot_conductivity

    temperature = _temperature(args)
    runs = _runs(args, tuple(args.still) if args.still else _Others(args.mobile))
    result = conductivity(
        runs, temperature_K=temperature, element=args.mobile, charge=args.charge, charges=_charges(args.charges),
        hop_A=HOP_A if args.hop is None else args.hop, material=args.material,
    )  # fmt: skip
    write_outputs(args, result, _conductivity_lines(result), plot_conductivity)
    return 0


class _Others:
    """Framework that is known once the elements are: all but one."""

    def __init__(self, mobile: str):
        self.mobile = mobile


def _runs(args: argparse.Namespace, still: tuple[str, ...] | _Others | None) -> list[Displacements]:
    from functools import partial
    from itertools import chain

    from sswnn.analysis.trajectories.readers import read_any
    from sswnn.analysis.transport.displacements import collect

    if not args.memory > 0:
        raise AnalysisError(f"--memory is {args.memory:g} GiB, expected a positive number")
    runs, share = [], args.memory / len(args.trajectories)
    for path in args.trajectories:
        read = partial(
            read_any, path, start=args.start, stop=args.stop, timestep_fs=args.timestep,
            elements=tuple(args.types) if args.types else None,
        )  # fmt: skip
        frames, every = read(), args.every  # wrapped atoms are followed through all frames
        first = next(frames)
        if first.unwrapped and every > 1:
            frames, every = read(every=every), 1
        else:
            frames = chain([first], frames)
        held = still
        if isinstance(still, _Others):
            held = tuple(dict.fromkeys(str(x) for x in first.symbols if x != still.mobile)) or None
        runs.append(collect(frames, every=every, still=held, memory_gib=share))  # type: ignore[arg-type]
    return runs


def _temperature(args: argparse.Namespace) -> float:
    """Of the arguments, or the mean of the logs, each without its first half.

    Raises
    ------
    AnalysisError
        If there is neither, or the logs are of different temperatures.
    """
    import numpy as np

    from sswnn.analysis.trajectories.lammps_log import joined, read_log

    if args.temperature is not None:
        return args.temperature
    if not args.log:
        raise AnalysisError("no temperature: give --temperature K, or the LAMMPS logs with --log")
    means = []
    for path in args.log:
        table = joined(read_log(path))
        if "Temp" not in table:
            raise AnalysisError(f"{path}: no column Temp in the thermodynamic output")
        means.append(table["Temp"][len(table["Temp"]) // 2 :].mean())
    mean = float(np.mean(means))
    if np.ptp(means) > _SAME_TEMPERATURE * mean:
        shown = ", ".join(f"{x:.0f}" for x in means)
        raise AnalysisError(f"the logs are of {shown} K; runs that are pooled have one temperature")
    return mean


def _charges(words: list[str] | None) -> dict[str, float] | None:
    if not words:
        return None
    found = {}
    for word in words:
        element, _, number = word.partition("=")
        try:
            found[element] = float(number)
        except ValueError:
            raise AnalysisError(f"--charges is {word!r}, expected X=Z such as Li=1") from None
    return found


def _diffusion_or_reason(runs: list[Displacements], element: str) -> Diffusion | str:
    from sswnn.analysis.transport.diffusion import diffusion

    try:
        return diffusion(runs, element)
    except AnalysisError as problem:
        return str(problem)


def _told(found: Diffusion | str) -> str:
    if isinstance(found, str):
        return f"no diffusion coefficient: {found.split(': ', 1)[-1]}"
    return f"D = {found.coefficient_cm2_per_s}, diffusive from {found.start_ps:g} ps, about {found.hops:.0f} hops"


def _conductivity_lines(result: Conductivity) -> list[str]:
    tracer = result.tracer
    values, vectors = tracer.principal_cm2_per_s()
    low, high = tracer.bootstrap_cm2_per_s
    principal = ", ".join(
        f"{v:.3g} along ({' '.join(f'{c:.2f}' for c in d)})" for v, d in zip(values, vectors, strict=True)
    )
    lines = [
        f"{result.material} at {result.temperature_K:g} K: {tracer.particles // tracer.runs} {result.element}, "
        f"{tracer.runs} run(s), about {tracer.hops:.0f} hops, diffusive from {tracer.start_ps:g} ps",
        f"  D of tracers            {tracer.coefficient_cm2_per_s}; bootstrap {low:.3g} to {high:.3g}",
        *(f"    along {x}               {e}" for x, e in zip("xyz", tracer.axes_cm2_per_s, strict=True)),
        f"    principal values, cm^2/s  {principal}",
        f"  conductivity of tracers {result.tracer_s_per_cm}",
    ]
    if result.collective_s_per_cm and result.haven:
        lines.append(f"  conductivity            {result.collective_s_per_cm}")
        lines.append(f"  Haven ratio             {result.haven}")
    else:
        lines.append(f"  no collective conductivity: {result.collective_refused}")
    return lines

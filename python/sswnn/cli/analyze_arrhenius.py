"""`sswnn analyze arrhenius`: activation energies and extrapolations from tables, simulated and measured in one plot."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from sswnn.cli.analyze_common import add_outputs, write_outputs

if TYPE_CHECKING:
    from sswnn.analysis.transport.arrhenius import ArrheniusFit

_QUANTITIES = {"sigma": "sigma_s_per_cm", "D": "D_cm2_per_s"}


def add_arrhenius(kinds: argparse._SubParsersAction) -> None:
    """Register the analysis."""
    parser = kinds.add_parser(
        "arrhenius",
        help="activation energies, confidence bands and extrapolation from tables, simulated and measured",
        description="Tables of `sswnn analyze conductivity`, of measurements (columns temperature_K or temperature_C, and "
        "sigma_s_per_cm or sigma_ms_per_cm), or of impedance spectra (columns spectrum, thickness_cm, area_cm2).",
    )
    parser.add_argument("tables", nargs="+", metavar="TABLE", help="CSV; rows of one material are fitted together")
    parser.add_argument("--quantity", choices=list(_QUANTITIES), default="sigma", help="what is fitted (default sigma)")
    parser.add_argument("--prefer", choices=["collective", "tracer"], default="collective",
                        help="which conductivity of simulations (default collective)")  # fmt: skip
    parser.add_argument("--at", type=float, default=30.0, metavar="C", help="extrapolate to, degrees C (default 30)")
    parser.add_argument("--circuit", help="of impedance spectra, default p(R0,CPE0)-CPE1; all its resistors are the electrolyte")
    add_outputs(parser)
    parser.set_defaults(function=run)


def run(args: argparse.Namespace) -> int:
    """Fit, tell, write and draw; returns the exit code."""
    from sswnn.analysis.transport.arrhenius import (
        ZERO_CELSIUS_K,
        ArrheniusFits,
        combined,
        fit_arrhenius,
    )
    from sswnn.analysis.transport.impedance import CIRCUIT
    from sswnn.analysis.transport.measured import read_series
    from sswnn.plotting.arrhenius import plot_arrhenius

    quantity = _QUANTITIES[args.quantity]
    at = args.at + ZERO_CELSIUS_K
    series = [
        one
        for path in args.tables
        for one in read_series(path, quantity=quantity, prefer=args.prefer, circuit=args.circuit or CIRCUIT)
    ]
    fits = tuple(fit_arrhenius(one) for one in combined(series))
    lines = [line for fit in fits for line in _lines(fit, at)]
    write_outputs(args, ArrheniusFits(fits, at), lines, plot_arrhenius)
    return 0


def _lines(fit: ArrheniusFit, at: float) -> list[str]:
    series, energy = fit.series, fit.activation
    kind = "measured" if series.measured else "simulated"
    cold, hot = series.temperature_K.min(), series.temperature_K.max()
    lines = [
        f"{series.name}, {kind}: {len(series.value)} values, {cold:g} to {hot:g} K",
        f"  activation energy {energy.value_eV:.4f} eV ({100 * energy.level:g} %: {energy.low_eV:.4f} to {energy.high_eV:.4f})",
        f"  at {at:.2f} K          {fit.at(at)}" + ("" if cold <= at <= hot else ", extrapolated"),
    ]
    if series.left_out_K:
        lines.append(f"  no value at {', '.join(f'{x:g}' for x in series.left_out_K)} K: left out")
    if fit.scatter > 3:
        lines.append(f"  the values scatter {fit.scatter:.1f} times more than their errors allow (variance); errors enlarged")
    return lines

"""Command `sswnn analyze`: finds the analysis. Interface runs see `sswnn.cli.analyze_interface` and `sswnn.cli.analyze_ions`, ion
transport `sswnn.cli.analyze_transport` and `sswnn.cli.analyze_sites`, structures `sswnn.cli.analyze_structures`.
"""

from __future__ import annotations

import argparse

from sswnn.cli.analyze_common import PLOT_SUFFIXES, check_file


def add_parser(subparsers: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Register the command and its analyses."""
    from sswnn.cli.analyze_interface import add_interface_analyses
    from sswnn.cli.analyze_ions import add_ion_analyses
    from sswnn.cli.analyze_sites import add_site_analyses
    from sswnn.cli.analyze_structures import add_structure_analyses
    from sswnn.cli.analyze_transport import add_transport

    parser = subparsers.add_parser(
        "analyze",
        help="trajectories (dissolution, film, densities, diffusion) and structures (diffraction, polyhedra, layers, maps)",
        description="Of a trajectory, a LAMMPS text dump (plain, .gz, .xz, .zst) or extended XYZ, one frame at a time: "
        "dissolution, film, lithium, density, profile, snapshots, sites, paths, vanhove, msd, conductivity. "
        "Of tables: arrhenius. Of structures: xrd, structure, map, stackings.",
    )
    kinds = parser.add_subparsers(dest="analysis", required=True, metavar="ANALYSIS")
    add_interface_analyses(kinds)
    add_ion_analyses(kinds)
    add_site_analyses(kinds)
    add_transport(kinds)
    add_structure_analyses(kinds)
    return parser


def run(args: argparse.Namespace) -> int:
    """Analyse as the arguments say; returns the exit code."""
    for option, suffixes in (("json", ()), ("csv", ()), ("plot", PLOT_SUFFIXES)):
        check_file(option, getattr(args, option), suffixes)
    return args.function(args)

"""Command `sswnn doctor`: checks the installation and says what to do about each failure."""

from __future__ import annotations

import argparse
import json
import textwrap

from sswnn import __version__
from sswnn.diagnose import Check, Installation, run_checks


def add_parser(subparsers: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Register the command."""
    parser = subparsers.add_parser(
        "doctor",
        help="check the installation and say what to do about each failure",
        description="Checks Python, MPI, LAMMPS, the plugin and the models. Exit code 0 if all is well, else 1.",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--plugin", default="", metavar="FILE", help="a sswnnplugin.so of your own build"
    )
    parser.add_argument("--lmp", default="", metavar="PROGRAM", help="a LAMMPS of your own build")
    parser.add_argument(
        "--mpirun", default="", metavar="PROGRAM", help="the mpirun that belongs to it"
    )
    parser.set_defaults(run=run)
    return parser


def _show(check: Check) -> None:
    print(f"{'ok  ' if check.ok else 'FAIL'}  {check.name:<12} {check.found}", flush=True)
    if not check.ok:
        print(
            textwrap.fill(
                check.advice, 100, initial_indent=" " * 6 + "-> ", subsequent_indent=" " * 9
            ),
            flush=True,
        )


def run(args: argparse.Namespace) -> int:
    """Run all checks; returns 0 if all passed, else 1."""
    checks = []
    for check in run_checks(Installation.here(args.plugin, args.lmp, args.mpirun)):
        checks.append(check)
        if not args.json:
            _show(check)
    failed = sum(not check.ok for check in checks)
    if args.json:
        listed = [{**vars(check), "advice": "" if check.ok else check.advice} for check in checks]
        print(json.dumps({"ok": failed == 0, "sswnn": __version__, "checks": listed}))
    else:
        print(f"{len(checks) - failed} of {len(checks)} checks passed")
    return 1 if failed else 0

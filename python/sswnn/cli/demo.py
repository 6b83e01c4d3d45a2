"""Command `sswnn demo`: a small Li | Li2ZrCl6 interface from building to MD, analysis and an HTML page."""

from __future__ import annotations

import argparse
import signal
import time
from pathlib import Path


def add_parser(subparsers: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Register the command."""
    parser = subparsers.add_parser(
        "demo",
        help="a small Li | Li2ZrCl6 interface from building to MD, analysis and an HTML page",
        description="Builds a Li(111) | Li2ZrCl6(001) interface, minimises it at fixed lattice, runs MD with LAMMPS "
        "under MPI, analyses the trajectory and writes OUT/index.html. A second call does only what is not done yet.",
    )
    parser.add_argument("-o", "--out", default="demo", help="folder to write into (default demo)")
    parser.add_argument("--ranks", type=int, default=2, help="MPI ranks (default 2)")
    parser.add_argument(
        "--picoseconds", type=float, default=10.0, help="length of the MD (default 10)"
    )
    parser.add_argument("--temperature", type=float, default=300.0, help="K (default 300)")
    parser.add_argument(
        "--preset", default="demo", help="interface model, demo or paper (default demo)"
    )
    parser.add_argument(
        "--model", default="LiZrCl", help="potential, shipped name or file (default LiZrCl)"
    )
    parser.add_argument("--seed", type=int, default=4928459, help="of the starting velocities")
    parser.set_defaults(run=run)
    return parser


def run(args: argparse.Namespace) -> int:
    """Run the demo; returns the exit code."""
    from sswnn.workflow.demo import DemoOptions, run_demo
    from sswnn.workflow.terminal import StatusLine

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # end LAMMPS with us
    begin = time.monotonic()
    status = StatusLine()
    options = DemoOptions(
        preset=args.preset,
        model=args.model,
        picoseconds=args.picoseconds,
        temperature=args.temperature,
        ranks=args.ranks,
        seed=args.seed,
    )
    try:
        page = run_demo(Path(args.out), options, say=status.say, show=status.show)
    except KeyboardInterrupt:
        status.say("stopped; the same call continues where it can")
        return 130
    status.say(f"done in {time.monotonic() - begin:.0f} s; open {page}")
    return 0

"""`sswnn learn`: a potential that searches, asks for labels and trains, cycle after cycle."""

from __future__ import annotations

import argparse


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Describe the command's arguments."""
    parser = subparsers.add_parser(
        "learn",
        help="search and MD, labels where the model is uncertain, training: again until it stops helping",
        description="Search and run MD with the present potential, label the frames of which it is uncertain, train, and again "
        "until errors and uncertain frames stop falling. The same call goes on where a loop was left, whatever ended it.",
    )
    parser.add_argument("config", help="YAML file, see docs/learning.md for the keys")
    parser.add_argument("--interval", type=float, default=10.0, help="seconds between lines of progress")


def run(args: argparse.Namespace) -> int:
    """Do what is left of the loop; returns the exit code."""
    from sswnn.cli.train import draw
    from sswnn.learning.config import read_config
    from sswnn.learning.cycle import Voice
    from sswnn.learning.loop import learn
    from sswnn.workflow.terminal import StatusLine

    status = StatusLine(interval=args.interval)
    learn(read_config(args.config), Voice(status.say, status.show, args.interval), draw)
    return 0

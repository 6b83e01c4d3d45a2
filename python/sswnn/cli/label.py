"""Command `sswnn label`: energies, forces and stresses of frames from a label engine."""

from __future__ import annotations

import argparse
import ast

from sswnn.errors import LabelError


def add_parser(subparsers: argparse._SubParsersAction) -> argparse.ArgumentParser:
    """Register the command."""
    parser = subparsers.add_parser(
        "label",
        help="label frames with SevenNet, CHGNet, Nequix, GPAW or any ASE calculator",
        description="Label frames; resumable, parallel over processes or under mpirun. Failed frames are recorded in "
        "OUT.failures.jsonl and skipped.",
    )
    parser.add_argument("frames", metavar="FRAMES", help="extended XYZ file, plain, .gz or .xz")
    parser.add_argument(
        "--engine",
        required=True,
        help="sevennet (7net-l3i5), sevennet0 (7net-0), chgnet, nequix (nequix-omat-1), gpaw, or the import path of an "
        "ASE calculator factory",
    )
    parser.add_argument(
        "-o", "--out", required=True, help="labelled frames, plain .extxyz, appended to"
    )
    parser.add_argument("--processes", type=int, default=1, help="worker processes (default 1)")
    parser.add_argument("--threads", type=int, default=1, help="threads of each worker (default 1)")
    parser.add_argument("--resume", action="store_true", help="continue an existing OUT")
    parser.add_argument("--retry-failed", action="store_true", help="try recorded failures again")
    parser.add_argument(
        "--python", help="gpaw only: the Python that has GPAW (default /usr/bin/python3)"
    )
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="argument of the calculator, repeatable",
    )
    parser.add_argument(
        "--interval", type=float, default=10.0, help="seconds between lines of progress"
    )
    parser.set_defaults(run=run)
    return parser


def options_of(pairs: list[str]) -> dict[str, object]:
    options: dict[str, object] = {}
    for pair in pairs:
        key, separator, text = pair.partition("=")
        if not separator or not key.isidentifier():
            raise LabelError(f"--option is {pair!r}, expected KEY=VALUE")
        try:
            options[key] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            options[key] = text
    return options


def run(args: argparse.Namespace) -> int:
    """Label as the arguments say; returns the exit code, 0 also when single frames failed."""
    from sswnn.data.label import label_file
    from sswnn.data.label_files import failures_path

    options = options_of(args.option)
    if args.python:
        options["python"] = args.python
    summary = label_file(
        args.frames,
        args.engine,
        args.out,
        processes=args.processes,
        threads=args.threads,
        resume=args.resume,
        retry_failed=args.retry_failed,
        options=options,
        report=lambda line: print(line, flush=True),
        interval=args.interval,
    )
    print(
        f"{summary.labelled} labelled, {summary.failed} failed, {summary.already_done} done before -> {args.out}"
    )
    if summary.failed:
        print(f"failures: {failures_path(args.out)}")
    return 0

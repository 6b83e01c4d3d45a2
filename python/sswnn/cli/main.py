"""The `sswnn` command: finds the sub-command's module, runs it, turns our errors into one line.

A sub-command NAME is the module `sswnn.cli.NAME` with `add_parser(subparsers)` and
`run(args) -> int`. Only the module that is asked for is imported, so `sswnn doctor` works where,
say, torch or matplotlib is broken.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence

from sswnn import __version__
from sswnn.errors import SSWNNError

COMMANDS = {
    "analyze": "trajectories (dissolution, film, densities, diffusion) and structures (diffraction, polyhedra, layers, maps)",
    "barrier": "barriers of single ion hops in a crystal by nudged elastic bands",
    "demo": "a small Li | Li2ZrCl6 interface from building to MD, analysis and an HTML page",
    "doctor": "check the installation and say what to do about each failure",
    "hull": "phase diagram, energy spectrum and Gibbs triangle of what searches found",
    "info": "show what a model file holds",
    "interface": "build a Li | Li2ZrCl6 (or any two crystals) interface for LAMMPS",
    "label": "energies, forces and stresses of frames from a label engine",
    "learn": "search and MD, labels where the model is uncertain, training, and again",
    "report": "one HTML page of results beside published values",
    "search": "minima of clusters and crystals by stochastic surface walking",
    "train": "train a potential from labelled frames",
}


def build_parser(command: str | None) -> argparse.ArgumentParser:
    """Parser of `sswnn`, complete for `command`, with one line of help for every other one."""
    parser = argparse.ArgumentParser(
        prog="sswnn", description="SSW-NN for halide solid electrolytes."
    )
    parser.add_argument("--version", action="version", version=f"sswnn {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, help_line in COMMANDS.items():
        if name == command:
            importlib.import_module(f"sswnn.cli.{name}").add_parser(subparsers)
        else:
            subparsers.add_parser(name, help=help_line)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the sub-command that `argv` (default: the command line) names.

    Returns the exit code, 2 for an `SSWNNError` or what the operating system refuses.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    command = next((word for word in words if not word.startswith("-")), None)
    try:
        args = build_parser(command).parse_args(words)
        return importlib.import_module(f"sswnn.cli.{args.command}").run(args)
    except SSWNNError as problem:
        print(f"sswnn: error: {problem}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of our output, `head` say, has enough
        sys.stderr.close()
        return 1
    except OSError as problem:  # a folder that cannot be made, a full disk
        place = f"{problem.filename}: " if problem.filename else ""
        print(f"sswnn: error: {place}{problem.strerror or problem}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())

"""`sswnn info`: what a model file holds."""

from __future__ import annotations

import argparse
import json


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Describe the command's arguments."""
    parser = subparsers.add_parser(
        "info", help="show what a model file holds", description="Check a model file and show it."
    )
    parser.add_argument("model", help="path of a model file, or the name of a shipped model")
    parser.add_argument("--json", action="store_true", help="one JSON object")


def run(args: argparse.Namespace) -> int:
    """Print the description; returns the exit code."""
    from sswnn.potential import model_file, models

    path = models.path(args.model)
    model = model_file.read(path)
    shape = {
        "path": str(path),
        "couplings": model.couplings,
        "invariants": model.invariants,
        "radial_functions": model.arrays["radial.basis"].shape[2],
        "intervals": model.arrays["radial.basis"].shape[0],
        "parameters": int(
            sum(
                a.size
                for name, a in model.arrays.items()
                if name.startswith("network.") or name == "radial.mixing"
            )
        ),
        "atom_energies": dict(
            zip(model.elements, model.arrays["energy.atom"].tolist(), strict=True)
        ),
    }
    content = {**shape, **model.metadata}
    if args.json:
        print(json.dumps(content, sort_keys=True))
    else:
        _show(content, 0)
    return 0


def _show(content: dict, depth: int) -> None:
    for key, value in content.items():
        if isinstance(value, dict) and any(isinstance(v, dict) for v in value.values()):
            print(f"{'  ' * depth}{key}:")
            _show(value, depth + 1)
        elif isinstance(value, dict):
            print(
                f"{'  ' * depth}{key}: "
                + ", ".join(
                    f"{k} {v:.6g}" if isinstance(v, float) else f"{k} {v}" for k, v in value.items()
                )
            )
        else:
            print(f"{'  ' * depth}{key}: {value}")

"""`sswnn train`: a potential from labelled frames."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Describe the command's arguments."""
    parser = subparsers.add_parser(
        "train",
        help="train a potential from labelled frames",
        description="Train a potential. If the run's folder holds a checkpoint, the training goes on from it.",
    )
    parser.add_argument("config", help="YAML file, see sswnn.training.config for the keys")
    parser.add_argument(
        "--fresh",
        action="store_true",
        help="remove a checkpoint in the run's folder and start anew",
    )
    parser.add_argument("--max-minutes", type=float, help="replaces optimizer.max_minutes")


def run(args: argparse.Namespace) -> int:
    """Train, evaluate, export; returns the exit code."""
    from sswnn.training.config import read_config
    from sswnn.training.finish import finish
    from sswnn.training.trainer import Trainer

    config = read_config(args.config)
    if args.max_minutes is not None:
        config.optimizer.max_minutes = args.max_minutes
    if args.fresh:
        for name in ("checkpoint.pt", "best.pt", "metrics.csv"):
            Path(config.run, name).unlink(missing_ok=True)

    def report(line: str) -> None:
        print(line, flush=True)

    trainer = Trainer(config, report)
    errors = finish(trainer, trainer.run(), draw)
    for name in ("all", "calm", "md_300_600"):
        if name in errors:
            e = errors[name]
            stress = "no stress" if e["stress_gpa"] is None else f"{e['stress_gpa']} GPa"
            report(
                f"held out, {name}: {e['energy_mev_per_atom']} meV/atom, {e['force_ev_per_a']} eV/A, {stress} "
                f"({e['frames']} frames)"
            )
    report(f"written: {trainer.folder / 'model.safetensors'}")
    return 0


def draw(folder: Path, energy: np.ndarray, force: np.ndarray) -> None:
    """Write parity.png and learning.png into a run's folder, see `sswnn.training.evaluation.Draw`."""
    import csv

    import numpy as np

    from sswnn.plotting import plot_learning, plot_parity

    with (folder / "metrics.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    table = {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}
    plot_parity(energy, force, folder / "parity.png")
    plot_learning(table, folder / "learning.png")

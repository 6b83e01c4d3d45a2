"""How fast training is: atoms per second of an epoch with energies, forces and stresses, in one process.

Random mixtures of 30 atoms at the density of Li2ZrCl6, with the default potential (6 Å, 8 channels,
l up to 4, two hidden layers of 48). An epoch is timed as a training runs it: batches from neighbour
lists, forces, loss, gradients, optimiser. `atoms_per_cpu_second` counts processor time, which a busy
machine disturbs less than the clock.

Usage: python benchmarks/training_speed.py [--json] [--quick] [--threads N]
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from ase import Atoms
from common import REPEATS, parser, run_script, spread

from sswnn.data.frames import write_frames
from sswnn.training.config import from_dict
from sswnn.training.trainer import Trainer

ATOMS = 30
ATOM_DENSITY = 0.0437  # 1/Å³, of Li2ZrCl6
JITTER = 0.25  # Å


def random_frame(rng: np.random.Generator, group: int) -> Atoms:
    """Li, Zr and Cl on a jittered 3 x 2 x 5 grid, with random labels: speed does not depend on them."""
    grid = np.stack(np.meshgrid(range(3), range(2), range(5), indexing="ij"), -1).reshape(-1, 3)
    spacing = (1 / ATOM_DENSITY) ** (1 / 3)
    symbols = rng.permutation(["Li"] * 7 + ["Zr"] * 3 + ["Cl"] * 20)
    positions = grid * spacing + rng.normal(0, JITTER, grid.shape)
    frame = Atoms(symbols, positions, cell=np.array([3, 2, 5]) * spacing, pbc=True)
    frame.info.update(
        energy=-4.0 * ATOMS + rng.normal(),
        stress=rng.normal(0, 0.01, 6),
        origin="random",
        group=f"g{group}",
        kind="random",
    )
    frame.arrays["forces"] = rng.normal(0, 1, positions.shape)
    return frame


def measure(args: argparse.Namespace) -> dict:
    """Atoms per second of several epochs; the quick form takes fewer frames."""
    frames, threads = 100 if args.quick else 400, args.threads
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "frames.extxyz")
        write_frames(data, [random_frame(rng, k) for k in range(frames)])
        config = from_dict({
            "run": folder, "threads": threads, "checkpoint_steps": 10**9,
            "data": {"frames": [str(data)], "validation": 0.05, "test": 0.0},
            "optimizer": {"epochs": REPEATS + 1},
        })  # fmt: skip
        trainer = Trainer(config, report=lambda line: None)
        train = trainer.frames["train"]
        times = [_epoch(trainer) for _ in range(REPEATS + 1)][1:]  # the first one warms up
    atoms = sum(frame.atoms for frame in train)
    rates = [atoms / clock for clock, _ in times]
    processor_rates = [atoms / processor for _, processor in times]
    return {
        "atoms_per_second": statistics.median(rates),
        "atoms_per_cpu_second": statistics.median(processor_rates),
        "spread_atoms_per_second": spread(rates),
        "spread_atoms_per_cpu_second": spread(processor_rates),
        "atoms": atoms, "frames": len(train), "epochs": REPEATS, "ranks": 1, "threads": threads, "precision": "float32",
        "neighbours_per_atom": round(sum(len(f.first) for f in train) / atoms, 1), "torch": torch.__version__,
        "hours_for_10000_frames_100_epochs": round(10_000 * ATOMS * 100 / statistics.median(rates) / 3600, 2),
    }  # fmt: skip


def _epoch(trainer: Trainer) -> tuple[float, float]:
    """Seconds of one epoch by the clock and of the processor."""
    started, processor = time.perf_counter(), time.process_time()
    plan = trainer.epoch_plan()
    for members in plan:
        trainer.step(members, len(plan))
    trainer.progress.epoch, trainer.progress.step = trainer.progress.epoch + 1, 0
    return time.perf_counter() - started, time.process_time() - processor


def main() -> None:
    """Measure and print."""
    options = parser(__doc__, model=False)
    options.add_argument("--threads", type=int, default=1, help="of torch (default: %(default)s)")
    run_script(measure, options)


if __name__ == "__main__":
    main()

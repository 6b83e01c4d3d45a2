"""Unlabelled frames along relaxations of random mixtures with a trained potential, as a structure search meets them.

    python data/generate_relaxations.py MODEL OUT.extxyz [--number N] [--seed S]

Each random cell (compositions of `generate_round1.py`) is one group: the start, decorrelated steps of the relaxation of atoms and
cell, the minimum, and the minimum rattled. A relaxation that runs into a hole of the potential ends there.
"""

from __future__ import annotations

import argparse

import numpy as np
from ase import Atoms
from generate_round1 import random_cells

from sswnn import SSWNN
from sswnn.data.frames import write_frames
from sswnn.data.sampling import bare, rattled, tag
from sswnn.data.trajectories import closest_contact, relaxation_path

LEAST_CONTACT = 0.6  # of the covalent radii's sum
VOLUME_PER_ATOM = (9.0, 60.0)  # A^3
MAX_STEPS_KEPT = 5


def sensible(frame: Atoms) -> bool:
    """Whether closest contact and volume are those of condensed matter."""
    volume = frame.get_volume() / len(frame)
    return (
        VOLUME_PER_ATOM[0] < volume < VOLUME_PER_ATOM[1] and closest_contact(frame) > LEAST_CONTACT
    )


def main() -> None:
    """Write the frames."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model")
    parser.add_argument("out")
    parser.add_argument("--number", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    rng = np.random.default_rng(options.seed)
    calculator = SSWNN(options.model)
    frames = []
    for k, start in enumerate(random_cells(rng, options.number)):
        origin, group = start.info["origin"], f"search_{options.seed}_{k}"
        minimum, path = relaxation_path(
            start, calculator, fmax=0.02, max_steps=150, displacement=0.25, strain=0.03, robust=True
        )
        picked = [f for f in path[1:-1] if sensible(f)]
        if len(picked) > MAX_STEPS_KEPT:
            picked = [picked[i] for i in np.linspace(0, len(picked) - 1, MAX_STEPS_KEPT).astype(int)]
        frames.append(tag(bare(start), origin, group, "random"))
        frames += [tag(bare(f), origin, group, "relax") for f in picked]
        if sensible(minimum):
            frames.append(tag(bare(minimum), origin, group, "relax"))
            for std in (0.08, 0.2):
                frames.append(
                    tag(rattled(bare(minimum), rng, std, strain=0.05), origin, group, "rattle")
                )
        if k % 50 == 49:
            print(f"{k + 1} cells, {len(frames)} frames", flush=True)
    order = rng.permutation(len(frames))
    write_frames(options.out, [frames[i] for i in order], position_decimals=6)
    print(f"{len(frames)} frames, {sum(map(len, frames))} atoms")


if __name__ == "__main__":
    main()

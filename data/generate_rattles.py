"""Frames for labels around frames that have some: displaced and strained copies, in the groups of their parents.

    python data/generate_rattles.py OUT.extxyz LABELLED.extxyz ... [--copies N] [--seed S]

Each copy is displaced by 0.05 to 0.3 A a component and strained by up to 5 %. With real PBE frames as parents, a faster engine so
fills in the surface around them.
"""

from __future__ import annotations

import argparse

import numpy as np

from sswnn.data.frames import read_frames, write_frames
from sswnn.data.sampling import bare, rattled, tag
from sswnn.data.trajectories import closest_contact

DISPLACEMENTS, STRAIN = (0.05, 0.3), 0.05  # A
LEAST_CONTACT = 0.55  # of the covalent radii's sum


def main() -> None:
    """Write the frames, without labels."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("parents", nargs="+", metavar="LABELLED")
    parser.add_argument("--copies", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    rng = np.random.default_rng(options.seed)
    frames = []
    for parent in (frame for path in options.parents for frame in read_frames(path, labelled=True)):
        for _ in range(options.copies):
            copy = rattled(bare(parent), rng, rng.uniform(*DISPLACEMENTS), strain=STRAIN)
            if closest_contact(copy) > LEAST_CONTACT:
                frames.append(tag(copy, parent.info["origin"], parent.info["group"], "rattle"))
    write_frames(options.out, [frames[k] for k in rng.permutation(len(frames))], position_decimals=6)
    print(f"{len(frames)} frames, {sum(map(len, frames))} atoms")


if __name__ == "__main__":
    main()

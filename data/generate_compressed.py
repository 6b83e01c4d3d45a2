"""Unlabelled frames under strong compression, so that no element falls into a hole of the potential.

    python data/generate_compressed.py RELAXED.extxyz RANDOM.extxyz OUT.extxyz [--seed S]

RELAXED holds crystals, RANDOM random mixtures; both are scaled down to 0.60 of their lengths, rattled by 0.02-0.12 A. The
trained potential repels at all distances only where it has seen that it must.
"""

from __future__ import annotations

import argparse

import numpy as np

from sswnn.data.frames import read_frames, write_frames
from sswnn.data.sampling import bare, tag

SCALES = np.linspace(0.94, 0.60, 18)
LARGEST = 20  # atoms


def main() -> None:
    """Write the frames."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("relaxed")
    parser.add_argument("random")
    parser.add_argument("out")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    rng = np.random.default_rng(options.seed)
    parents = [(frame.info["name"], frame, 1) for frame in read_frames(options.relaxed)]
    mixtures = read_frames(options.random)
    chosen = rng.choice(len(mixtures), 40, replace=False)
    parents += [(f"random_{k}", mixtures[k], 4) for k in chosen]
    frames = []
    for name, parent, stride in parents:
        if len(parent) > LARGEST:
            continue
        for k, scale in list(enumerate(SCALES))[int(rng.integers(stride)) :: stride]:
            atoms = bare(parent)
            if len(atoms) < 4:
                atoms = atoms.repeat((2, 2, 1))
            atoms.set_cell(atoms.cell.array * scale, scale_atoms=True)
            atoms.rattle(float(rng.uniform(0.02, 0.12)) * scale, rng=rng)
            frames.append(tag(atoms, parent.info["origin"], f"compressed_{name}_{k}", "compressed"))
    order = rng.permutation(len(frames))
    write_frames(options.out, [frames[i] for i in order])
    print(f"{len(frames)} frames, {sum(map(len, frames))} atoms")


if __name__ == "__main__":
    main()

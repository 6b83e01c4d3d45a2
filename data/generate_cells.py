"""Unlabelled frames along the soft directions of crystals: strained cells whose atoms are relaxed.

    python data/generate_cells.py MODEL RELAXED.extxyz OUT.extxyz [--number N] [--seed S]

RELAXED holds crystals relaxed with the label engine, named by info["name"]. Each cell is scaled along its three axes by a few per
cent; the atoms then relax at that cell with the potential, so that gaps between layers and chains open and close while bonds
stay as they are, and are rattled a little. All frames of one crystal are one group for each third of its strains.
"""

from __future__ import annotations

import argparse

import numpy as np
from ase.optimize import FIRE

from sswnn import SSWNN
from sswnn.data.frames import read_frames, write_frames
from sswnn.data.sampling import tag

CRYSTALS = (
    "licl_rocksalt", "li_bcc", "li_fcc", "zr_hcp", "zrcl4_p2c", "zrcl3_p63mcm", "li2zrcl6_p-3m1_6g", "li2zrcl6_p-3m1_6h",
    "li2zrcl6_p-31c_2d2b", "li2zrcl6_p-31c_2d2a", "li2zrcl6_p-31c_2a2b", "li2zrcl6_p-31m_2d", "li2zrcl6_p-31m_2c",
    "li2zrcl6_c2m_4g", "li2zrcl6_c2m_4h",
)  # fmt: skip
SOFT = {"zrcl4_p2c": 3, "li2zrcl6_p-31c_2d2a": 3}  # crystals with gaps: so many times more frames


def main() -> None:
    """Write the frames."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model")
    parser.add_argument("relaxed")
    parser.add_argument("out")
    parser.add_argument("--number", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    rng = np.random.default_rng(options.seed)
    parents = {frame.info["name"]: frame for frame in read_frames(options.relaxed)}
    frames = []
    for name in CRYSTALS:
        parent = parents[name]
        for k in range(options.number * SOFT.get(name, 1)):
            atoms = parent.copy()
            atoms.calc = None
            scale = 1 + rng.normal(scale=0.025, size=3) * (
                1 if k % 3 else rng.permutation([2, 0, 0])
            )
            atoms.set_cell(atoms.cell.array * scale[:, None], scale_atoms=True)
            atoms.calc = SSWNN(options.model)
            FIRE(atoms, logfile=None).run(fmax=0.03, steps=80)
            frame = atoms.copy()
            frame.calc = None
            frame.arrays = {"numbers": frame.numbers, "positions": frame.positions}
            frame.rattle(0.01 if k % 2 else 0.04, rng=rng)
            frames.append(tag(frame, parent.info["origin"], f"cells_{name}_{k % 3}", "strain"))
    order = rng.permutation(len(frames))
    write_frames(options.out, [frames[i] for i in order])
    print(f"{len(frames)} frames, {sum(map(len, frames))} atoms")


if __name__ == "__main__":
    main()

"""Frames on which the mean of several label engines teaches more than the best of them.

    python data/choose_for_mean.py LABELLED.extxyz ... -o THREE.extxyz TWO.extxyz [--seed S]

On the PBE frames beside this script the mean of SevenNet-l3i5, SevenNet-0 and CHGNet is closest in random cells, in Li and
LiCl with Zr in them, in alloys and Li-Cl mixtures (THREE); the mean of the two SevenNets in Zr and its lower chlorides (TWO);
SevenNet-l3i5 alone in salts (left out). Frames keep the labels they have; label them with the other engines, then use
`merge_engines.py`. Up to 24 atoms, forces up to 12 eV/A.
"""

from __future__ import annotations

import argparse

import numpy as np

from sswnn.data.classes import IN_METAL, RANDOM, class_of
from sswnn.data.frames import read_frames, write_frames

THREE = {RANDOM: 30000, IN_METAL: 9000, "Li-Zr alloys": 5000, "Li-Cl mixtures": 3000}
TWO = {"Zr metal": 2500, "ZrCl2, ZrCl3": 4500}
"""Class -> atoms."""
EXTREME = ("dimer", "isolated", "compressed")
LARGEST, STRONGEST = 24, 12.0


def main() -> None:
    """Choose and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labelled", nargs="+")
    parser.add_argument("-o", "--out", nargs=2, required=True, metavar=("THREE", "TWO"))
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args()
    frames = [
        frame
        for name in options.labelled
        for frame in read_frames(name)
        if frame.info["kind"] not in EXTREME
        and len(frame) <= LARGEST
        and np.abs(frame.arrays["forces"]).max() <= STRONGEST
    ]
    order = np.random.default_rng(options.seed).permutation(len(frames))
    for path, quota in zip(options.out, (THREE, TWO), strict=True):
        left, chosen = dict(quota), []
        for frame in (frames[k] for k in order):
            name = class_of(frame)
            if left.get(name, 0) > 0:
                left[name] -= len(frame)
                chosen.append(frame)
        write_frames(path, chosen)
        print(f"{len(chosen)} frames, {sum(map(len, chosen))} atoms -> {path}")


if __name__ == "__main__":
    main()

"""Add Grimme's D3 dispersion with Becke-Johnson damping to labelled frames.

    pip install dftd3
    python data/add_dispersion.py LABELLED.extxyz[.xz] OUT.extxyz[.xz] [--functional pbe]

`+d3bj` is added to the name of the engine, so that a training tells these labels from those without. `LiZrCl-D3` learned from the
frames of `LiZrCl` after this. About 10 ms a frame of 20 atoms.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sswnn.data.dispersion import dispersion, with_dispersion
from sswnn.data.frames import check_labelled, read_frames, write_frames


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("frames", type=Path, metavar="LABELLED")
    options.add_argument("out", type=Path, metavar="OUT")
    options.add_argument("--functional", default="pbe", help="whose parameters (default pbe)")
    args = options.parse_args()
    calculator = dispersion(args.functional)
    frames = read_frames(args.frames)
    for number, frame in enumerate(frames):
        check_labelled(frame, f"frame {number} of {args.frames}")
    write_frames(args.out, [with_dispersion(frame, calculator) for frame in frames])
    print(f"{len(frames)} frames with D3(BJ) of {args.functional} -> {args.out}")


if __name__ == "__main__":
    main()

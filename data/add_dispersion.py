"""Add Grimme's D3 dispersion with Becke-Johnson damping to labelled frames.

    pip install dftd3
    python data/add_dispersion.py LABELLED.extxyz[.xz] OUT.extxyz[.xz] [--functional pbe] [--without Li]

`+d3bj-Li` is added to the name of the engine, so that a training tells these labels from those without. `LiZrCl-D3` learned from
the frames of `LiZrCl` after this, Li left out. About 10 ms a frame of 20 atoms.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sswnn.data.dispersion import Dispersion, with_dispersion
from sswnn.data.frames import check_labelled, read_frames, write_frames


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("frames", type=Path, metavar="LABELLED")
    options.add_argument("out", type=Path, metavar="OUT")
    options.add_argument("--functional", default="pbe", help="whose parameters (default pbe)")
    options.add_argument(
        "--without", nargs="*", default=["Li"], metavar="X", help="elements left out (default Li)"
    )
    args = options.parse_args()
    dispersion = Dispersion(args.functional, args.without)
    frames = read_frames(args.frames)
    for number, frame in enumerate(frames):
        check_labelled(frame, f"frame {number} of {args.frames}")
    write_frames(args.out, [with_dispersion(frame, dispersion) for frame in frames])
    print(f"{len(frames)} frames with D3(BJ) of {args.functional} -> {args.out}")


if __name__ == "__main__":
    main()

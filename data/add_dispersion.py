"""Add Grimme's D3 dispersion with Becke-Johnson damping to labelled frames.

    pip install dftd3
    python data/add_dispersion.py LABELLED.extxyz[.xz] OUT.extxyz[.xz] [--functional PBE]

Energy, forces and stress of D3 (doi:10.1063/1.3382344, damping doi:10.1002/jcc.21759; package dftd3) are added to the
labels, and `+d3bj` to the name of the engine, so that a training tells them from labels without. `LiZrCl-D3` learned from the frames
of `LiZrCl` after this. About 10 ms a frame of 20 atoms.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ase import Atoms

from sswnn.data.frames import check_labelled, read_frames, write_frames
from sswnn.errors import DataError

MARK = "+d3bj"


def with_dispersion(frame: Atoms, functional: str) -> Atoms:
    """The frame with D3 in its labels; energy eV, forces eV/A, stress eV/A^3."""
    from dftd3.ase import DFTD3

    if str(frame.info.get("engine", "")).endswith(MARK):
        raise DataError(f"the labels of {frame.info['engine']} have dispersion already")
    bare = Atoms(frame.numbers, frame.positions, cell=frame.cell, pbc=frame.pbc)
    bare.calc = DFTD3(method=functional, damping="d3bj")
    corrected = frame.copy()
    corrected.info["energy"] = frame.info["energy"] + bare.get_potential_energy()
    corrected.arrays["forces"] = frame.arrays["forces"] + bare.get_forces()
    if "stress" in frame.info:
        corrected.info["stress"] = frame.info["stress"] + bare.get_stress()
    corrected.info["engine"] = f"{frame.info.get('engine', 'unknown')}{MARK}"
    corrected.info.pop("key", None)  # of `sswnn label`, for these labels no more
    return corrected


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("frames", type=Path, metavar="LABELLED")
    options.add_argument("out", type=Path, metavar="OUT")
    options.add_argument("--functional", default="PBE", help="whose parameters (default PBE)")
    args = options.parse_args()
    frames = read_frames(args.frames)
    for number, frame in enumerate(frames):
        check_labelled(frame, f"frame {number} of {args.frames}")
    write_frames(args.out, [with_dispersion(frame, args.functional) for frame in frames])
    print(f"{len(frames)} frames with D3(BJ) of {args.functional} -> {args.out}")


if __name__ == "__main__":
    main()

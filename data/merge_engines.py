"""The mean of several label engines on the same frames, and how far they are apart.

    python data/merge_engines.py A.extxyz B.extxyz [...] -o OUT.extxyz [--weights W W ...] [--apart APART.extxyz --limit L]

Engines that were trained on different data err differently where both extrapolate, so their mean is closer to density
functional theory than each of them: on the random cells of the PBE frames beside this script the force error falls by a
quarter. Where one engine is known to be best, label with that one alone.

The energies of the engines count from different zeros: those of every other file are shifted by one offset per element,
fitted to the first file over all frames. `disagreement` in a frame's info is the largest standard deviation (eV/A) of a
force component over the engines. Frames above `--limit` go to `--apart` instead, without labels, for a better engine.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
from ase import Atoms

from sswnn.data.frames import frame_key, read_frames, write_frames
from sswnn.data.offsets import element_offsets
from sswnn.errors import DataError


def aligned(frames: Sequence[Atoms], reference: Sequence[Atoms]) -> np.ndarray:
    """Energies (eV) of frames, shifted by one offset per element to those of the reference in the least-squares sense."""
    atoms = np.array([len(frame) for frame in frames])
    energy, wanted = (np.array([float(f.info["energy"]) for f in part]) for part in (frames, reference))
    return wanted + atoms * element_offsets(frames, (energy - wanted) / atoms)[1]


def merged(parts: Sequence[Sequence[Atoms]], weights: np.ndarray) -> list[Atoms]:
    """Frames with the weighted mean of energies, forces and stresses of several engines, and their disagreement.

    Parameters
    ----------
    parts
        The same frames in the same order, one list for each engine.
    weights
        [engines], of sum 1.

    Raises
    ------
    DataError
        If two lists differ in a structure.
    """
    energies = np.array([aligned(part, parts[0]) for part in parts])
    found = []
    for k, members in enumerate(zip(*parts, strict=True)):
        first = members[0]
        for other in members[1:]:
            if len(other) != len(first) or not np.allclose(
                other.positions, first.positions, atol=1e-6
            ):
                raise DataError(f"frame {k} is not the same structure in all files")
        forces = np.array([m.arrays["forces"] for m in members])
        mean = np.tensordot(weights, forces, 1)
        frame = Atoms(first.numbers, first.positions, cell=first.cell, pbc=first.pbc)
        frame.info = {
            key: first.info[key] for key in first.info if key not in ("energy", "stress", "key")
        }
        frame.info["energy"] = float(weights @ energies[:, k])
        if all("stress" in m.info for m in members):
            frame.info["stress"] = np.tensordot(
                weights, [np.asarray(m.info["stress"], float) for m in members], 1
            )
        frame.arrays["forces"] = mean
        variance = np.tensordot(weights, (forces - mean) ** 2, 1)
        frame.info["disagreement"] = float(np.sqrt(variance.max()))
        frame.info["engine"] = "mean of " + ", ".join(str(m.info["engine"]) for m in members)
        found.append(frame)
    return found


def main() -> None:
    """Merge and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+")
    parser.add_argument("-o", "--out", required=True)
    parser.add_argument("--weights", type=float, nargs="+", help="default: equal")
    parser.add_argument("--apart", help="frames above the limit, without labels")
    parser.add_argument("--limit", type=float, default=1.0, help="eV/A (default %(default)s)")
    options = parser.parse_args()
    weights = np.array(options.weights or [1.0] * len(options.files))
    if len(weights) != len(options.files) or (weights < 0).any() or not weights.sum() > 0:
        parser.error(f"{len(options.files)} files need as many weights, none below 0")
    parts = common([read_frames(name) for name in options.files])
    frames = merged(parts, weights / weights.sum())
    far = [f for f in frames if options.apart and f.info["disagreement"] > options.limit]
    kept = [f for f in frames if not (options.apart and f.info["disagreement"] > options.limit)]
    write_frames(options.out, kept)
    print(f"{len(kept)} frames -> {options.out}")
    if far:
        for frame in far:
            del frame.arrays["forces"]
            for key in ("energy", "stress", "engine"):
                frame.info.pop(key, None)
        write_frames(options.apart, far)
        print(f"{len(far)} frames above {options.limit} eV/A -> {options.apart}")


def common(parts: list[list[Atoms]]) -> list[list[Atoms]]:
    """The frames that all files have, in the order of the first; files of `sswnn label` may lack failed ones."""
    keyed = [{frame_key(frame): frame for frame in part} for part in parts]
    shared = [key for key in keyed[0] if all(key in other for other in keyed)]
    if not shared:
        raise DataError("the files have no frame in common")
    return [[part[key] for key in shared] for part in keyed]


if __name__ == "__main__":
    main()

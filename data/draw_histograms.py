"""Energies and forces of labelled files as histograms, one line for each label engine: the picture of the cards.

    python data/draw_histograms.py OUT.png LABELLED.extxyz ...

Engines count energies from different zeros, so one energy per element, fitted to its frames, is taken off those of each engine.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from itertools import cycle

import numpy as np
from ase import Atoms

from sswnn.data.frames import iter_frames
from sswnn.data.offsets import element_offsets
from sswnn.plotting.style import HIGHLIGHT, OTHER_COLOURS, SEQUENCE, figure

SHADES = (SEQUENCE[1], HIGHLIGHT, OTHER_COLOURS[2], OTHER_COLOURS[0])


def main() -> None:
    """Read and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("labelled", nargs="+")
    options = parser.parse_args()

    engines: dict[str, list[Atoms]] = defaultdict(list)
    for path in options.labelled:
        for frame in iter_frames(path, labelled=True):
            engines[str(frame.info["engine"])].append(frame)
    with figure(options.out, columns=2, size=(9.0, 3.6)) as (_, (left, right)):
        for shade, (name, frames) in zip(cycle(SHADES), engines.items(), strict=False):
            per_atom = np.array([frame.info["energy"] / len(frame) for frame in frames])
            _, energies = element_offsets(frames, per_atom)
            forces = np.concatenate([np.linalg.norm(frame.arrays["forces"], axis=1) for frame in frames])
            forces = forces[forces > 0]
            label = f"{name}, {len(frames)} frames"
            left.hist(energies, np.linspace(-1.5, 4.0, 111), histtype="step", color=shade, label=label)
            right.hist(forces, np.geomspace(1e-3, 1e2, 101), histtype="step", color=shade)
        left.set(yscale="log", xlabel="energy less that of its elements / eV per atom", ylabel="frames")
        right.set(xscale="log", yscale="log", xlabel="force on an atom / eV Å$^{-1}$", ylabel="atoms")
        left.margins(y=0.25)
        left.legend(loc="upper right", fontsize=8)


if __name__ == "__main__":
    main()

"""Frames for labels in which neighbours have come too close: the walls that hot dynamics runs into, in the condensed phase.

    python data/generate_contacts.py OUT.extxyz LABELLED.extxyz ... [--number N] [--seed S]

From a labelled frame of 6 to 24 atoms and forces below 5 eV/A: an atom draws one to three of its neighbours towards it, to 0.5 to
0.85 of the sum of the covalent radii. In every second frame only Zr and Hf are drawn, to each other: clusters of them are where
hot interfaces were lost. Groups are those of the parents.
"""

from __future__ import annotations

import argparse

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import neighbor_list

from sswnn.data.frames import read_frames, write_frames
from sswnn.data.sampling import bare, tag
from sswnn.data.trajectories import closest_contact

ATOMS = (6, 24)
CALM = 5.0  # eV/A
NEIGHBOURS = 1.6  # of the sum of the covalent radii
CONTACT = (0.5, 0.85)
LEAST_CONTACT = 0.485  # of any pair: closer ones engines do not repel
METALS = (40, 72)


def drawn_together(frame: Atoms, rng: np.random.Generator, metals: bool) -> Atoms | None:
    """A bare copy with one contact or a few; None if the frame has no such neighbours or if a drawn atom ran into others."""
    first, second, vector, length = neighbor_list("ijDd", frame, 5.6)
    limit = covalent_radii[frame.numbers[first]] + covalent_radii[frame.numbers[second]]
    near = (length < NEIGHBOURS * limit) & (first != second)
    if metals:
        near &= np.isin(frame.numbers[first], METALS) & np.isin(frame.numbers[second], METALS)
    if not near.any():
        return None
    centre = int(rng.choice(first[near]))
    around = np.flatnonzero(near & (first == centre))
    _, once = np.unique(second[around], return_index=True)
    around = around[once]
    some = rng.choice(around, min(len(around), rng.integers(1, 4)), replace=False)
    copy = bare(frame)
    for k in some:
        target = rng.uniform(*CONTACT) * limit[k]
        if target < length[k]:
            copy.positions[second[k]] -= vector[k] * (1 - target / length[k])
    return copy if closest_contact(copy) > LEAST_CONTACT else None


def main() -> None:
    """Write the frames, without labels."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("labelled", nargs="+")
    parser.add_argument("--number", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    rng = np.random.default_rng(options.seed)
    parents = [
        frame
        for path in options.labelled
        for frame in read_frames(path)
        if ATOMS[0] <= len(frame) <= ATOMS[1] and np.abs(frame.arrays["forces"]).max() < CALM and frame.pbc.all()
    ]
    rich = [frame for frame in parents if np.isin(frame.numbers, METALS).sum() >= 2]
    out: list[Atoms] = []
    while len(out) < options.number:
        metals = len(out) % 2 == 0
        pool = rich if metals else parents
        parent = pool[rng.integers(len(pool))]
        frame = drawn_together(parent, rng, metals)
        if frame is not None:
            out.append(tag(frame, str(parent.info["origin"]), str(parent.info["group"]), "contact"))
    write_frames(options.out, out, position_decimals=6)
    print(f"{len(out)} frames, {sum(map(len, out))} atoms")


if __name__ == "__main__":
    main()

"""Frames for labels from the archive of a search: minima as they are, and displaced and strained copies of others.

    python data/generate_minima.py ARCHIVE OUT.extxyz [--number N] [--max-atoms N] [--within EV] [--seed S]

ARCHIVE is `minima.sqlite` of `sswnn search`. Of its minima of at most 18 (--max-atoms) atoms and within EV eV/atom of the lowest
of their composition N are drawn at random; seven of ten are displaced by 0.05 to 0.25 A a component and strained by up to 3 %.
Minima of 50 steps of one walker share a group.
"""

from __future__ import annotations

import argparse
from collections import defaultdict

import numpy as np
from ase import Atoms

from sswnn.data.frames import write_frames
from sswnn.data.sampling import rattled, tag
from sswnn.ssw.archive import Archive
from sswnn.ssw.entries import Entry

DISPLACED = 0.7  # of the frames
DISPLACEMENTS, STRAIN = (0.05, 0.25), 0.03  # A
STEPS = 50  # of one walker that share a group


def near_the_lowest(archive: Archive, within: float, max_atoms: int) -> list[Entry]:
    """Minima of at most so many atoms within an energy (eV/atom) of the lowest small one of their composition."""
    small = [entry for entry in archive if len(entry.numbers) <= max_atoms]
    lowest: dict[str, float] = defaultdict(lambda: np.inf)
    for entry in small:
        lowest[entry.composition] = min(lowest[entry.composition], entry.energy_per_atom)
    return [entry for entry in small if entry.energy_per_atom < lowest[entry.composition] + within]


def frame_of(entry: Entry, rng: np.random.Generator) -> Atoms:
    """The minimum or a displaced copy, with what every frame carries."""
    atoms = Atoms(entry.numbers, entry.positions, cell=entry.cell, pbc=entry.pbc)
    moved = rng.random() < DISPLACED
    if moved:
        atoms = rattled(atoms, rng, rng.uniform(*DISPLACEMENTS), strain=STRAIN)
    group = f"walk_{entry.walker}_{(entry.step or 0) // STEPS}"
    return tag(atoms, f"search_{entry.composition}", group, "rattle" if moved else "minimum")


def main() -> None:
    """Write the frames, without labels."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive")
    parser.add_argument("out")
    parser.add_argument("--number", type=int, default=6500)
    parser.add_argument("--max-atoms", type=int, default=18)
    parser.add_argument("--within", type=float, default=0.25, help="eV/atom")
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()

    rng = np.random.default_rng(options.seed)
    with Archive(options.archive, readonly=True) as archive:
        entries = near_the_lowest(archive, options.within, options.max_atoms)
    drawn = [entries[k] for k in rng.permutation(len(entries))[: options.number]]
    frames = [frame_of(entry, rng) for entry in drawn]
    write_frames(options.out, frames, position_decimals=6)
    print(f"{len(frames)} frames, {sum(map(len, frames))} atoms")


if __name__ == "__main__":
    main()

"""Unlabelled frames of molecular dynamics with a trained potential: the second round of the Li-Zr-Cl data set.

    python data/generate_md.py MODEL PARENTS.extxyz OUT.extxyz [--trajectories N] [--seed S]

PARENTS are labelled frames of round 1; each trajectory starts from one of them, in its own cell scaled by a few per cent, and
belongs to its parent's group, so that a held-out parent has held-out children. Trajectories of the origins in PLAN are shared out
evenly over its temperatures.
"""

from __future__ import annotations

import argparse
from collections import defaultdict

import numpy as np
from ase import Atoms

from sswnn import SSWNN
from sswnn.data.frames import read_frames, write_frames
from sswnn.data.sampling import bare
from sswnn.data.trajectories import langevin
from sswnn.errors import StructureError

COOL, WARM, HOT = (300.0, 400.0, 600.0), (300.0, 600.0, 900.0), (600.0, 900.0, 1200.0)
# origin (or the start of one) -> (share, temperatures in K)
PLAN: dict[str, tuple[float, tuple[float, ...]]] = {
    "li2zrcl6_p-3m1": (3.0, (300.0, 400.0, 600.0, 900.0)),
    "li2zrcl6_p-31c": (3.0, (300.0, 400.0, 600.0, 900.0)),
    "li2zrcl6_p-31m": (2.0, COOL),
    "li2zrcl6_c2m": (2.5, (300.0, 400.0, 600.0, 900.0)),
    "li2zrcl6_disordered": (3.0, (300.0, 400.0, 600.0, 1200.0)),
    "li2zrcl6_zr_removed": (1.0, WARM),
    "li2zrcl6_vacancy": (0.5, WARM),
    "li2zrcl6_antisite": (0.5, WARM),
    "lixzrcl6_intercalated": (3.5, (300.0, 600.0, 1000.0)),
    "licl": (2.0, (300.0, 600.0, 1200.0)),
    "zrcl4": (2.0, (300.0, 450.0, 600.0)),
    "zrcl3": (1.2, WARM),
    "zrcl2": (1.6, WARM),
    "zrcl_r": (0.5, WARM),
    "li_": (2.5, (300.0, 450.0, 600.0, 1000.0)),
    "zr_hcp": (1.6, (300.0, 600.0, 1200.0)),
    "zr_bcc": (1.0, HOT),
    "zr_cl_in_li": (2.0, WARM),
    "zr_in_licl": (1.0, WARM),
    "zr_rich_alloy": (1.5, WARM),
    "interface_contact": (5.0, (300.0, 300.0, 400.0, 600.0)),
    "interface_reacted": (3.0, (300.0, 600.0, 900.0)),
    "interface_film": (1.5, WARM),
    "interface_licl_li": (1.5, WARM),
    "random": (8.0, (400.0, 700.0, 1000.0)),
}


def enlarged(parent: Atoms, least: int = 8) -> Atoms:
    """Copy with the shortest cell vectors doubled until it has at least `least` atoms: two atoms show no dynamics."""
    atoms = bare(parent)
    while len(atoms) < least:
        repeat = [1, 1, 1]
        repeat[int(np.argmin(atoms.cell.lengths()))] = 2
        atoms = atoms.repeat(repeat)
    return atoms


def main() -> None:
    """Write the frames, trajectory by trajectory."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model")
    parser.add_argument("parents")
    parser.add_argument("out")
    parser.add_argument("--trajectories", type=int, default=220)
    parser.add_argument("--frames", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--name", default="md", help="prefix of the trajectories in messages")
    options = parser.parse_args()

    rng = np.random.default_rng(options.seed)
    calculator = SSWNN(options.model)
    pool = defaultdict(list)
    for frame in read_frames(options.parents, labelled=True):
        limit = 6.0 if frame.info["origin"].startswith("random") else 4.0
        if np.abs(frame.arrays["forces"]).max() < limit and len(frame) <= 70:
            for key in PLAN:
                if frame.info["origin"].startswith(key):
                    pool[key].append(frame)
    total = sum(share for key, (share, _) in PLAN.items() if pool[key])
    frames = []
    for key, (share, temperatures) in PLAN.items():
        for k in range(max(1, round(options.trajectories * share / total)) if pool[key] else 0):
            parent = pool[key][int(rng.integers(len(pool[key])))]
            temperature = temperatures[k % len(temperatures)]
            start = enlarged(parent)
            start.set_cell(start.cell.array * (1 + rng.normal(scale=0.012)), scale_atoms=True)
            name = f"{options.name}_{options.seed}_{key}_{k}_{temperature:.0f}K"
            trajectory: list[Atoms] = []
            try:
                for work in langevin(
                    start, calculator, rng, temperature=temperature,
                    equilibration=100, interval=75, count=options.frames, least_contact=0.6,
                ):  # fmt: skip
                    trajectory.append(bare(work))
            except StructureError as error:
                print(f"{name}: ended, {error}", flush=True)
            for frame in trajectory:
                frame.wrap()
                frame.info.update(
                    origin=parent.info["origin"], group=parent.info["group"], kind="md", temperature=temperature
                )
            frames += trajectory
            print(f"{name}: {len(trajectory)} frames of {len(start)} atoms", flush=True)
    order = rng.permutation(len(frames))
    write_frames(options.out, [frames[i] for i in order])
    print(f"{len(frames)} frames, {sum(map(len, frames))} atoms")


if __name__ == "__main__":
    main()

"""Unlabelled frames of Li-Hf-Cl and Li-Zr-Hf-Cl: labelled Li-Zr-Cl frames in which Hf takes places of Zr.

    python data/generate_hafnium.py OUT.extxyz LIZRCL.extxyz.xz ... [--seed S]

Hf is the isostructural replacement of Zr, so its frames are those of Zr (metal, chlorides, all forms of Li2ZrCl6, Zr in Li and
in LiCl, random mixtures, contacts) with all or some Zr replaced, the cell scaled by up to 1 % and some atoms rattled; with
equations of state of the crystals of `sswnn.data.prototypes`, dimers and the isolated atom. A frame stays in its parent's
group, so the split by group holds out the Hf siblings of a held-out frame as well, also for a model that was trained on
Li-Zr-Cl before.
"""

from __future__ import annotations

import argparse
from collections import Counter

import numpy as np
from ase import Atoms

from sswnn.data import sampling
from sswnn.data.frames import read_frames, write_frames
from sswnn.data.prototypes import PROTOTYPES, prototype
from sswnn.data.sampling import bare, rattled, substituted, tag, volume_scan

# prefix of the parent's origin -> (frames with Hf alone, frames with Zr and Hf)
PLAN: dict[str, tuple[int, int]] = {
    "li2zrcl6_c2m": (150, 20),
    "li2zrcl6_p-31c": (130, 50),
    "li2zrcl6_p-31m": (130, 20),
    "li2zrcl6_p-3m1": (70, 30),
    "li2zrcl6_disordered": (60, 40),
    "li2zrcl6_antisite": (10, 10),
    "li2zrcl6_vacancy": (15, 10),
    "li2zrcl6_zr_removed": (20, 0),
    "lixzrcl6": (60, 20),
    "zrcl4": (150, 30),
    "zrcl3": (90, 20),
    "zrcl2": (80, 20),
    "zrcl_": (40, 10),
    "zr_hcp": (110, 40),
    "zr_bcc": (50, 30),
    "zr_fcc": (20, 10),
    "zr_cl_in_li": (80, 20),
    "zr_in_licl": (40, 10),
    "zr_rich_alloy": (20, 20),
    "random": (170, 80),
    "interface_contact": (20, 5),
    "interface_reacted": (20, 5),
    "interface_film": (10, 0),
}
LARGEST = 30  # atoms
HOTTEST = 900.0  # K
SCALE = 0.01  # largest change of the cell's lengths
RATTLES = {"md": (0.0,), "relax": (0.0, 0.05, 0.15)}  # A; by kind, else none and 0.05
VOLUMES = (0.80, 0.87, 0.93, 0.97, 1.0, 1.04, 1.10, 1.20)


def renamed(origin: str, metal: str) -> str:
    """Origin of a frame whose Zr has become `metal`, "hf" or "zrhf"."""
    return origin.replace("zr", metal) if "zr" in origin else f"{origin}_{metal}"


def replaced(parent: Atoms, rng: np.random.Generator, mixed: bool) -> Atoms:
    """The parent with Hf in place of some of its Zr (`mixed`) or of all, slightly scaled and moved."""
    zirconium = parent.get_chemical_symbols().count("Zr")
    count = int(rng.integers(1, zirconium)) if mixed else zirconium
    kind = parent.info["kind"]
    std = float(rng.choice(RATTLES.get(kind, (0.0, 0.05))))
    frame = rattled(
        substituted(bare(parent), rng, "Zr", "Hf", count),
        rng,
        std,
        volume=float(rng.uniform(1 - SCALE, 1 + SCALE)) ** 3,
    )
    if "temperature" in parent.info:
        frame.info["temperature"] = parent.info["temperature"]
    origin = renamed(parent.info["origin"], "zrhf" if mixed else "hf")
    return tag(frame, origin, parent.info["group"], "rattle" if kind == "relax" and std else kind)


def replacements(parents: list[Atoms], rng: np.random.Generator) -> list[Atoms]:
    """As many frames of every class as `PLAN` says; rare kinds of parents are chosen more often than common ones."""
    frames = []
    for prefix, (alone, mixed) in PLAN.items():
        members = [p for p in parents if p.info["origin"].startswith(prefix)]
        several = [p for p in members if p.get_chemical_symbols().count("Zr") > 1]
        for pool, number in ((members, alone), (several, mixed)):
            if not number:
                continue
            kinds = Counter(p.info["kind"] for p in pool)
            weight = np.array([kinds[p.info["kind"]] ** -0.5 for p in pool])
            chosen = rng.choice(len(pool), number, replace=False, p=weight / weight.sum())
            frames += [replaced(pool[k], rng, pool is several) for k in chosen]
    return frames


def equations_of_state(rng: np.random.Generator) -> list[Atoms]:
    """Every crystal with Zr, with Hf in its place, over a range of volumes."""
    frames = []
    for name in PROTOTYPES:
        crystal = prototype(name)
        count = crystal.get_chemical_symbols().count("Zr")
        if count:
            parent = substituted(crystal, rng, "Zr", "Hf", count)
            origin = renamed(name, "hf")
            for frame in volume_scan(parent, VOLUMES):
                frames.append(tag(rattled(frame, rng, 0.02), origin, f"eos_{origin}", "strain"))
    return frames


def dimers() -> list[Atoms]:
    """The isolated atom, and Hf with every element from strong repulsion to the cutoff."""
    frames = [tag(sampling.isolated_atom("Hf"), "isolated_Hf", "isolated_Hf", "isolated")]
    for other in ("Li", "Cl", "Zr", "Hf"):
        origin = f"dimer_{other}_Hf"
        frames += [tag(f, origin, origin, "dimer") for f in sampling.dimer_scan(other, "Hf")]
    return frames


def main() -> None:
    """Write the frames, shuffled, so that any part of them is a sample of all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out")
    parser.add_argument("parents", nargs="+")
    parser.add_argument("--seed", type=int, default=72)
    options = parser.parse_args()

    rng = np.random.default_rng(options.seed)
    parents = [
        frame
        for path in options.parents
        for frame in read_frames(path)
        if "Zr" in frame.symbols
        and len(frame) <= LARGEST
        and float(frame.info.get("temperature", 0)) <= HOTTEST
    ]
    frames = replacements(parents, rng) + equations_of_state(rng) + dimers()
    order = rng.permutation(len(frames))
    write_frames(options.out, [frames[i] for i in order], position_decimals=6)
    print(f"{len(frames)} frames, {sum(map(len, frames))} atoms")


if __name__ == "__main__":
    main()

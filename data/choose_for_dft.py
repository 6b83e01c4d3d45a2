"""Small cells worth a first-principles label, from labelled frames: what the label engine is poor at, every phase represented.

    python data/choose_for_dft.py OUT.extxyz LABELLED.extxyz ... [--number N] [--atoms N] [--cheapest SHARE] [--seed S]
        [--done LABELLED.extxyz ...]

Frames of at most 18 atoms (`--atoms`), forces below 8 eV/A and stresses below 48 GPa fall into the classes of SHARES. Within a
class the frames of groups not yet taken come first; every second pick is the one whose forces the potential is least sure of,
the others are drawn at random. The classes are interleaved by their shares, so that any first part of OUT is balanced as the
whole. `--cheapest 0.5` takes of each class only the half whose labels cost least: twice as many labels in an hour, in smaller
cells. Frames of `--done` have their label by DFT and are left out.
"""

from __future__ import annotations

import argparse
from collections import defaultdict

import numpy as np
from ase import Atoms

from sswnn import SSWNN
from sswnn.data.cells import compact
from sswnn.data.frames import frame_key, read_frames, write_frames
from sswnn.data.gpaw_process import k_points
from sswnn.data.sampling import bare

MAX_FORCE = 8.0  # eV/A
MAX_STRESS = 0.3  # eV/A^3; atoms squeezed further overlap the cores of the datasets
VALENCE = {"Li": 1, "Cl": 7, "Zr": 12, "Hf": 12}  # electrons in GPAW's datasets
# start of an origin -> share of the labels
SHARES = {
    "search_": 0.15, "random_cl_poor": 0.11, "random_li2zrcl6": 0.05, "random_salt": 0.05, "random_li_rich": 0.06,
    "random_zr_cl": 0.04, "random_li_cl": 0.02, "lixzrcl6": 0.11, "li2zrcl6_zr_removed": 0.03, "zr_in_licl": 0.05,
    "zr_cl_in_li": 0.07, "zr_rich_alloy": 0.03, "interface": 0.05, "zrcl2": 0.03, "zrcl3": 0.03, "zrcl_": 0.01, "zrcl4": 0.03,
    "zr_": 0.02, "li2zrcl6_p": 0.04, "li2zrcl6_c2m": 0.03, "li2zrcl6_d": 0.01, "li2zrcl6_": 0.01, "licl_": 0.02, "li_": 0.02,
}  # fmt: skip


def class_of(origin: str) -> str | None:
    """The longest key of SHARES that the origin starts with."""
    return max((key for key in SHARES if origin.startswith(key)), key=len, default=None)


def fitting(frame: Atoms, atoms: int) -> bool:
    """Whether the cell is small, calm and condensed."""
    return bool(
        2 < len(frame) <= atoms
        and np.abs(frame.arrays["forces"]).max() < MAX_FORCE
        and np.abs(frame.info["stress"]).max() < MAX_STRESS
        and frame.info["kind"] not in ("dimer", "isolated")
    )


def cost(frame: Atoms) -> float:
    """What the label takes, in arbitrary units: k-points times volume times bands, and their square for orthogonality."""
    positions, cell = compact(frame.positions, frame.cell.array)
    reduced = Atoms(frame.numbers, positions, cell=cell, pbc=True, info=frame.info)
    bands = 0.6 * sum(VALENCE[symbol] for symbol in frame.get_chemical_symbols()) + 4
    return max(1.0, np.prod(k_points(reduced)) / 2) * reduced.get_volume() * bands * (1 + bands / 60)


def cheapest(frames: list[Atoms], share: float) -> list[Atoms]:
    """The share of the frames that costs least, in their order."""
    costs = np.array([cost(frame) for frame in frames])
    return [frame for frame, value in zip(frames, costs, strict=True) if value <= np.quantile(costs, share)]


def picks(frames: list[Atoms], doubt: np.ndarray, rng: np.random.Generator) -> list[Atoms]:
    """All frames in the order of taking: uncertain and random ones in turn, one of each group, then the next of each."""
    left = set(range(len(frames)))
    order: list[int] = []
    while left:
        fresh = sorted(left)
        used: set[str] = set()
        while fresh:
            pick = max(fresh, key=lambda i: doubt[i]) if len(order) % 2 == 0 else int(rng.choice(fresh))
            order.append(pick)
            left.discard(pick)
            used.add(frames[pick].info["group"])
            fresh = [i for i in fresh if frames[i].info["group"] not in used]
    return [frames[i] for i in order]


def interleaved(chosen: dict[str, list[Atoms]], number: int) -> list[Atoms]:
    """The class that lags its share the most gives the next frame."""
    taken = dict.fromkeys(chosen, 0)
    out: list[Atoms] = []
    while len(out) < number and any(taken[key] < len(chosen[key]) for key in chosen):
        key = min((k for k in chosen if taken[k] < len(chosen[k])), key=lambda k: (taken[k] + 1) / SHARES[k])
        out.append(chosen[key][taken[key]])
        taken[key] += 1
    return out


def main() -> None:
    """Write the frames, without labels."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("labelled", nargs="+")
    parser.add_argument("--number", type=int, default=1500)
    parser.add_argument("--atoms", type=int, default=18, help="largest cell")
    parser.add_argument("--cheapest", type=float, default=1.0, metavar="SHARE", help="of each class, by cost of the label")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", default="LiZrCl")
    parser.add_argument("--done", nargs="*", default=[], help="frames that have their label")
    options = parser.parse_args()

    rng = np.random.default_rng(options.seed)
    potential = SSWNN(options.model)
    seen = {frame_key(frame) for path in options.done for frame in read_frames(path)}
    pools: dict[str, list[Atoms]] = defaultdict(list)
    for path in options.labelled:
        for frame in read_frames(path):
            key, kind = frame_key(frame), class_of(frame.info["origin"])
            if kind and key not in seen and fitting(frame, options.atoms):
                seen.add(key)
                copy = bare(frame)
                for name in ("origin", "kind", "group", "temperature"):
                    if name in frame.info:
                        copy.info[name] = frame.info[name]
                pools[kind].append(copy)
    chosen = {}
    for kind, frames in sorted(pools.items()):
        some = [frames[i] for i in rng.permutation(len(frames))[:1500]]
        if options.cheapest < 1:
            some = cheapest(some, options.cheapest)
        doubt = np.array([potential.get_property("uncertainty", frame).max() for frame in some])
        chosen[kind] = picks(some, doubt, rng)
    out = interleaved(chosen, options.number)
    write_frames(options.out, out, position_decimals=6)
    print(f"{len(out)} frames, {sum(map(len, out))} atoms")
    for kind in chosen:
        print(f"{kind:24s}{sum(class_of(f.info['origin']) == kind for f in out):6d} of {len(pools[kind])}")


if __name__ == "__main__":
    main()

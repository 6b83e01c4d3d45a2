"""Structures from which the dynamics of `learn.yaml` start, from the labelled frames in data/.

`md_starts.extxyz`: small cells of every class that an interface goes through. `hot_starts.extxyz`: contacts of Li with Li2ZrCl6,
mixtures poor in Cl, and Zr in Li, for long dynamics at 1000 K and above, in which they react.
"""

import numpy as np
from ase import Atoms

from sswnn.data.frames import read_frames, write_frames

LABELS = ("energy", "stress", "engine")
SMALL = dict.fromkeys(
    ("interface_contact", "interface_film", "interface_reacted", "interface_licl", "lixzrcl6", "li2zrcl6_zr_removed",
     "li2zrcl6_vacancy", "li2zrcl6_disordered", "zr_in_licl", "zr_cl_in_li", "zr_rich_alloy", "li2zrcl6_p", "li2zrcl6_c2m",
     "zrcl4", "zrcl3", "zrcl2", "zrcl_", "random_li_rich", "random_cl_poor", "random_li2zrcl6", "random_salt", "li2hfcl6",
     "lixhfcl6", "hf_cl_in_li"), (5, 6, 40),
)  # fmt: skip
HOT = {"interface_contact": (14, 25, 60), "interface_reacted": (8, 20, 60), "lixzrcl6": (4, 16, 40), "zr_cl_in_li": (4, 12, 40),
       "random_cl_poor": (4, 10, 24), "interface_film": (2, 20, 60)}  # fmt: skip
"""Start of the origin -> how many, fewest and most atoms."""


def calm(frame: Atoms) -> bool:
    """Whether dynamics can start here."""
    return bool(frame.info["kind"] in ("md", "rattle", "relax") and np.abs(frame.arrays["forces"]).max() < 3)


def picked(frames: list[Atoms], wanted: dict[str, tuple[int, int, int]], seed: int) -> list[Atoms]:
    """Copies without labels, drawn at random."""
    rng, found = np.random.default_rng(seed), []
    for origin, (count, fewest, most) in wanted.items():
        group = [f for f in frames if f.info["origin"].startswith(origin) and fewest <= len(f) <= most]
        for k in rng.choice(len(group), min(count, len(group)), replace=False):
            frame = group[k].copy()
            del frame.arrays["forces"]
            frame.info = {key: value for key, value in frame.info.items() if key not in LABELS}
            found.append(frame)
    return found


frames = [frame for frame in read_frames("../../data/lizrhfcl_omat.extxyz.xz") if calm(frame)]
for name, wanted, seed in (("md_starts", SMALL, 4), ("hot_starts", HOT, 5)):
    starts = picked(frames, wanted, seed)
    write_frames(f"{name}.extxyz", starts)
    print(f"{name}.extxyz: {len(starts)} structures, {sum(map(len, starts))} atoms")

"""Labelled frames along motions that the label engine drives: relaxations and Langevin MD.

    python data/drive_engine.py crystals FOLDER   -> relax_proto.extxyz, relaxed.extxyz
    python data/drive_engine.py paths    FOLDER   -> relax_paths.extxyz (needs FOLDER/in/*.extxyz)
    python data/drive_engine.py md       FOLDER   -> lizrcl_l3i5_md.extxyz (needs FOLDER/relaxed.extxyz)

`crystals` relaxes every crystal; `generate_round1.py` starts from its relaxed.extxyz; `paths` starts
from what that has generated. Outputs are appended to, frame by frame.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator

from sswnn.data import sampling, slabs
from sswnn.data.engines import engine_label, make_engine
from sswnn.data.frames import format_frame, read_frames
from sswnn.data.prototypes import PROTOTYPES, disordered_li2zrcl6, prototype
from sswnn.data.trajectories import langevin_frames, relaxation_path
from sswnn.errors import DataError

ENGINE = "sevennet"
DISORDERED = [
    ("AB", (2, 3)), ("AB", (3, 3)), ("AB", (3, 3)), ("AB", (3, 3)), ("ABAB", (3, 1)), ("ABAB", (3, 1)),
    ("ABC", (2, 2)), ("ABC", (2, 2)), ("ABC", (2, 3)), ("ABAC", (3, 1)), ("ABAC", (3, 2)), ("AB", (3, 4)),
]  # fmt: skip
MD_CRYSTALS = {
    "li2zrcl6_c2m_4g": (1, 1, 1),
    "li2zrcl6_p-31m_2d": (1, 1, 1),
    "li2zrcl6_p-31c_2d2b": (1, 1, 1),
    "licl_rocksalt": (1, 1, 1),
    "zrcl4_p2c": (1, 1, 1),
    "li_bcc": (2, 2, 2),
}
TEMPERATURES = (300, 600)
MD_FRAMES = 8
MAX_PATH_FRAMES = 9


def append(path: Path, frames: Iterable[Atoms]) -> None:
    """Append frames to a file."""
    with open(path, "a", encoding="utf-8") as stream:
        for frame in frames:
            stream.write(format_frame(frame))


def thinned(frames: list[Atoms], count: int) -> list[Atoms]:
    """At most `count` frames, evenly chosen, the first and the last among them."""
    if len(frames) <= count:
        return frames
    return [
        frames[i] for i in np.unique(np.linspace(0, len(frames) - 1, count).round().astype(int))
    ]


def crystals(folder: Path, engine: Calculator) -> None:
    """Relaxation paths of all crystals and of disordered cells."""
    rng = np.random.default_rng(1)
    starts = {name: (name, prototype(name)) for name in PROTOTYPES}
    packing = {"AB": "hcp", "ABAB": "hcp", "ABC": "ccp"}
    for k, (stacking, repeat) in enumerate(DISORDERED):
        origin = f"li2zrcl6_disordered_{packing.get(stacking, 'mixed')}"
        try:
            starts[f"{origin}#{k}"] = (origin, disordered_li2zrcl6(rng, stacking, repeat))
        except DataError as error:
            print(error)
    for name, (origin, atoms) in starts.items():
        atoms.rattle(0.01, rng=rng)
        _, path = relaxation_path(
            atoms, engine, max_steps=50, displacement=0.05, strain=0.005,
            origin=origin, group=f"relax_{name}", engine=engine_label(ENGINE),
        )  # fmt: skip
        append(folder / "relax_proto.extxyz", path)
        last = path[-1].copy()
        last.info["name"] = name
        append(folder / "relaxed.extxyz", [last])
        print(name, len(path), f"{last.info['energy'] / len(last):.4f} eV/atom", flush=True)


def paths(folder: Path, engine: Calculator) -> None:
    """Relaxation paths of random cells, contacts and defects, of one start of each group."""
    rng = np.random.default_rng(5)
    starts: list[Atoms] = []
    seen: set[str] = set()
    for name, count in (("random", 120), ("contacts", 45), ("defects", 40)):
        fresh = []
        for frame in read_frames(folder / "in" / f"{name}.extxyz"):
            if frame.info["group"] not in seen and len(frame) <= 36:
                seen.add(frame.info["group"])
                fresh.append(frame)
        starts += fresh[:count]
    for number, i in enumerate(rng.permutation(len(starts)), 1):
        start = starts[i]
        origin = start.info["origin"]
        _, path = relaxation_path(
            start, engine, fmax=0.05, max_steps=40 if origin.startswith("random") else 28, displacement=0.12,
            strain=0.015, relax_cell="interface" not in origin or rng.random() < 0.5, robust=True,
            origin=origin, group=start.info["group"], engine=engine_label(ENGINE),
        )  # fmt: skip
        append(folder / "relax_paths.extxyz", thinned(path, MAX_PATH_FRAMES))
        print(f"{number}/{len(starts)} {origin} {len(path)}", flush=True)


def md(folder: Path, engine: Calculator) -> None:
    """Langevin trajectories of crystals, slightly expanded with temperature, and of contacts."""
    rng = np.random.default_rng(6)
    relaxed = {frame.info["name"]: frame for frame in read_frames(folder / "relaxed.extxyz")}

    def cell(name: str, repeat: tuple[int, int, int], volume: float) -> Atoms:
        frame = relaxed[name]
        atoms = sampling.bare(frame).repeat(repeat)
        return sampling.deformed(atoms, np.eye(3) * volume ** (1 / 3))

    jobs: list[tuple[str, str, Atoms, int]] = []
    for temperature in TEMPERATURES:
        for name, repeat in MD_CRYSTALS.items():
            atoms = cell(name, repeat, 1.0 + 0.02 * temperature / 300)
            jobs.append((name, relaxed[name].info["origin"], atoms, temperature))
    for temperature in (300, 400):
        halide = cell("li2zrcl6_p-31m_2d", (1, 1, 1), 1.0)
        slab = slabs.contact_slab(rng, halide, li_layers=3, gap=(2.2, 2.6))
        slab, _ = relaxation_path(
            slab, engine, fmax=0.3, max_steps=15, relax_cell=False, robust=True
        )
        jobs.append(("contact", "interface_contact", slab, temperature))
    for i in rng.permutation(len(jobs)):
        name, origin, atoms, temperature = jobs[i]
        langevin_frames(
            atoms, engine, rng, temperature=temperature,
            motion={"timestep": 3.0 if name.startswith("li_") else 2.5, "count": MD_FRAMES},
            on_frame=lambda frame: append(folder / "lizrcl_l3i5_md.extxyz", [frame]),
            origin=origin, group=f"engine_md_{name}_{temperature}K", engine=engine_label(ENGINE),
        )  # fmt: skip
        print(name, len(atoms), temperature, "K", flush=True)


if __name__ == "__main__":
    tasks = {"crystals": crystals, "paths": paths, "md": md}
    if len(sys.argv) != 3 or sys.argv[1] not in tasks:
        sys.exit(__doc__)
    tasks[sys.argv[1]](Path(sys.argv[2]), make_engine(ENGINE))

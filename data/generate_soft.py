"""Unlabelled frames along the soft directions of crystals, and of squeezed lithium.

    python data/generate_soft.py OUT.extxyz [--model LiZrCl] [--seed S] [--minima RELAXED.extxyz]

Chains of ZrCl4 and layers of the other chlorides are held together by next to nothing, so their distances follow
differences of a few meV: every crystal is stretched along one lattice vector by up to 30 % and its atoms relax at that
cell with a potential (kind `strain`, groups `soft_*`). Lithium is scaled down to 0.68 of its lengths and rattled (groups
`squeezed_li_*`): its metal repels only where the potential has seen that it must. `--minima`, crystals relaxed with the
label engine (`info["name"]`), adds the way that the potential slides from each of them to its own minimum (`valley_*`).
"""

from __future__ import annotations

import argparse

import numpy as np
from ase import Atoms
from ase.build import bulk
from ase.filters import FrechetCellFilter
from ase.optimize import BFGS, FIRE

from sswnn import SSWNN
from sswnn.data.frames import read_frames, write_frames
from sswnn.data.prototypes import PROTOTYPES, prototype
from sswnn.data.sampling import bare, rattled, tag

LAYERED = [name for name in PROTOTYPES if name.startswith("li2zrcl6_") and "p-3m1" not in name]
CHLORIDES = [name for name in PROTOTYPES if name.startswith(("zrcl2", "zrcl3", "zrcl4"))]
STRETCHES = (0.96, 0.985, 1.015, 1.03, 1.06, 1.1, 1.15, 1.22, 1.3)
LARGEST = {True: 1.2, False: 1.3}  # of layered Li2ZrCl6, of the rest
LITHIUM = {
    "hcp": bulk("Li", "hcp", a=3.09, c=5.05) * (2, 1, 1),
    "hcp8": bulk("Li", "hcp", a=3.09, c=5.05) * (2, 2, 1),
    "fcc": bulk("Li", "fcc", a=4.33, cubic=True),
    "bcc": bulk("Li", "bcc", a=3.44, cubic=True) * (2, 1, 1),
}


def soft(name: str, calculator: SSWNN) -> list[Atoms]:
    """A crystal stretched along each lattice vector, atoms relaxed."""
    crystal = prototype(name)
    crystal.calc = calculator
    FIRE(FrechetCellFilter(crystal), logfile=None).run(fmax=0.02, steps=200)
    found = []
    for axis in range(3):
        for stretch in (s for s in STRETCHES if s <= LARGEST[name in LAYERED]):
            atoms = bare(crystal)
            cell = atoms.cell[:].copy()
            cell[axis] *= stretch
            atoms.set_cell(cell, scale_atoms=True)
            atoms.calc = calculator
            FIRE(atoms, logfile=None).run(fmax=0.03, steps=80)
            atoms.calc = None
            found.append(tag(atoms, name, f"soft_{name}_{axis}", "strain"))
    return found


def valley(minimum: Atoms, calculator: SSWNN) -> list[Atoms]:
    """Up to 12 steps of the relaxation with the potential that begins in the engine's minimum."""
    name = str(minimum.info["name"])
    atoms, path = bare(minimum), []
    atoms.calc = calculator
    optimizer = BFGS(FrechetCellFilter(atoms), logfile=None, maxstep=0.05)
    optimizer.attach(lambda: path.append(bare(atoms)))
    optimizer.run(fmax=0.008, steps=300)
    steps = np.unique(np.linspace(0, len(path) - 1, min(len(path), 12)).astype(int))
    return [tag(path[k], name, f"valley_{name}", "strain") for k in steps]


def squeezed(rng: np.random.Generator, name: str, crystal: Atoms) -> list[Atoms]:
    """Lithium scaled, strained and rattled, 14 groups of 8."""
    found = []
    for k in range(14):
        for scale in np.linspace(0.96, 0.68, 8):
            atoms = crystal.copy()
            atoms.set_cell(atoms.cell * scale, scale_atoms=True)
            atoms = rattled(
                atoms, rng, 0.04 + 0.1 * rng.random() * scale, strain=0.06 * rng.random()
            )
            found.append(tag(atoms, "li_squeezed", f"squeezed_li_{name}_{k}", "rattle"))
    return found


def main() -> None:
    """Write the frames."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out")
    parser.add_argument("--model", default="LiZrCl")
    parser.add_argument("--seed", type=int, default=77)
    parser.add_argument("--minima", help="crystals relaxed with the label engine")
    options = parser.parse_args()
    calculator, rng = SSWNN(options.model), np.random.default_rng(options.seed)
    frames = [frame for name in [*CHLORIDES, *LAYERED] for frame in soft(name, calculator)]
    frames += [f for name, crystal in LITHIUM.items() for f in squeezed(rng, name, crystal)]
    for minimum in read_frames(options.minima) if options.minima else []:
        frames += valley(minimum, calculator)
    write_frames(options.out, frames)
    print(f"{len(frames)} frames -> {options.out}")


if __name__ == "__main__":
    main()

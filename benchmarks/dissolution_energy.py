"""What it takes to dissolve a Zr of Li2ZrCl6 in lithium, for a potential and for its label engine.

A structure of the interface is relaxed with the model (positions; the cell stays). Then each of the Zr nearest to the
metal changes places with a Li of the metal: the one farthest from all Cl (`deep`), and the one nearest to the Zr
(`near`); the positions relax again. Printed are the change of energy with the model, with the label engine at the same
positions, the Cl that the Zr keeps within 3.2 Å, and how far both are apart. A negative energy means that
the dissolution pays; if a long run then shows none, a barrier is in the way and not the energy. There is no random
part, so no spread.

Without `--frames`: the paper's interface (173 atoms), built and relaxed with the model. Of a trajectory the last frame is taken.

Usage: python benchmarks/dissolution_energy.py [--json] [--quick] [--model NAME_OR_PATH] [--frames FILE ...]
    [--engine NAME [--option KEY=VALUE ...]]
"""

import os
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.optimize import FIRE
from common import parser, run_script

from sswnn import SSWNN
from sswnn.analysis import read_trajectory
from sswnn.cli.engine import calculator_of
from sswnn.errors import DataError
from sswnn.interface import build

CENTRE, METAL, ANION = "Zr", "Li", "Cl"
BOND = 3.2  # Å, of Zr and Cl
IN_METAL = 4.0  # Å to the nearest Cl
FORCE, STEPS = 0.03, 1500  # eV/Å of the relaxations, and most steps


def last_frame(path: Path) -> Atoms:
    """The last frame of a trajectory."""
    frame = None
    for frame in read_trajectory(path):  # noqa: B007 the last one is used
        pass
    if frame is None:
        raise DataError(f"{path} holds no frames")
    return Atoms(list(frame.symbols), frame.positions, cell=frame.cell, pbc=True)


def relaxed(atoms: Atoms, model: str) -> tuple[Atoms, float]:
    """Positions of least energy in the same cell, and the energy, eV."""
    atoms = Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=True)
    atoms.calc = SSWNN(model)
    FIRE(atoms, logfile=os.devnull).run(fmax=FORCE, steps=STEPS)
    return atoms, atoms.get_potential_energy()


def exchanges(atoms: Atoms, centres: int) -> list[tuple[int, str, int]]:
    """Zr, name of the place, and Li of the metal to change places with."""
    distance = atoms.get_all_distances(mic=True)
    symbols = np.array(atoms.get_chemical_symbols())
    anions = np.flatnonzero(symbols == ANION)
    metal = np.array(
        [i for i in np.flatnonzero(symbols == METAL) if distance[i, anions].min() > IN_METAL],
        dtype=int,
    )
    if not len(metal):
        raise DataError(
            f"no {METAL} further than {IN_METAL} Å from all {ANION}: there is no metal to dissolve in"
        )
    zr = np.flatnonzero(symbols == CENTRE)
    nearest = zr[np.argsort(distance[np.ix_(zr, metal)].min(axis=1), kind="stable")][:centres]
    return [
        pair
        for i in nearest
        for pair in (
            (int(i), "deep", int(metal[distance[np.ix_(metal, anions)].min(axis=1).argmax()])),
            (int(i), "near", int(metal[distance[i, metal].argmin()])),
        )
    ]


def measure(args) -> dict:
    """Table of the exchanges."""
    engine = calculator_of(args.engine, args.option) if args.engine else None
    if args.frames:
        starts = {path.name: last_frame(path) for path in args.frames}
    else:
        starts = {"paper": build("paper", calculator=SSWNN(args.model)).atoms}
    rows, apart = [], []
    for name, start in starts.items():
        whole, energy = relaxed(start, args.model)
        reference = _engine_energy(engine, whole)
        for zr, place, li in exchanges(whole, 1 if args.quick else 2):
            moved = whole.copy()
            moved.positions[[zr, li]] = moved.positions[[li, zr]]
            moved, after = relaxed(moved, args.model)
            near = (
                moved.get_distances(zr, range(len(moved)), mic=True)[moved.symbols == ANION] < BOND
            )
            row = {
                "frame": name,
                "zr": zr,
                "place": place,
                "model_ev": after - energy,
                "cl_left": int(near.sum()),
            }
            if engine is not None:
                row["engine_ev"] = _engine_energy(engine, moved) - reference
                apart.append(row["model_ev"] - row["engine_ev"])
            rows.append(row)
    result = {"atoms": len(whole), "rows": rows, "lowest_ev": min(r["model_ev"] for r in rows),
              "highest_ev": max(r["model_ev"] for r in rows)}  # fmt: skip
    if apart:
        result |= {
            "engine": engine[1],
            "rms_difference_ev": float(np.sqrt(np.mean(np.square(apart)))),
        }
    return result


def _engine_energy(engine, atoms: Atoms) -> float:
    """EV; 0 without an engine."""
    if engine is None:
        return 0.0
    copy = Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=True)
    copy.calc = engine[0]
    return copy.get_potential_energy()


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument(
        "--frames",
        type=Path,
        nargs="+",
        default=[],
        help="structures or trajectories of an interface",
    )
    options.add_argument("--engine", help="label engine to compare with")
    options.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="argument of the engine, repeatable",
    )
    run_script(measure, options)

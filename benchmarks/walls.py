"""Whether two or three atoms that are pushed into each other meet a wall: scans of every combination of elements.

Pairs in vacuum from 1.5 of the sum of their covalent radii to 0.1 A. Triples: two atoms at 0.8, 1 or 1.3 of their sum, the third
pushed into the first at angles of 40 to 180 degrees. Printed for each pair: the energy at 0.7, 0.5 and 0.3 of the sum above its
lowest; for each set of three elements the same of the worst scan. `fall` is the largest drop of the energy on the way in, where
the pushed pair is the closest and nearer than 0.7 of its sum; `inside` is the lowest energy below 0.5 above the lowest outside of
0.7: a hole if it is negative.

Usage: python benchmarks/walls.py [--json] [--quick] [--model NAME_OR_PATH]
"""

import argparse
from itertools import combinations_with_replacement, product

import numpy as np
from ase import Atoms
from common import parser, run_script

from sswnn.data.sampling import covalent_sum
from sswnn.potential.calculator import SSWNN

NEAREST, FARTHEST = 0.1, 1.5  # A, and of the sum of the covalent radii
WALL, CORE = 0.7, 0.5  # of the sum
STEP = {False: 0.01, True: 0.03}  # A
ANGLES = {False: (40, 60, 75, 90, 110, 130, 150, 180), True: (60, 90, 180)}
STANDING = {False: (0.8, 1.0, 1.3), True: (1.0,)}
BOX = 30.0  # A


def scan(calculator: SSWNN, symbols: tuple[str, ...], places: np.ndarray) -> np.ndarray:
    """(K,) energies at (K, n, 3) places, eV."""
    atoms = Atoms(symbols, cell=[BOX] * 3, pbc=False)
    atoms.calc = calculator
    energies = []
    for place in places:
        atoms.positions = place
        energies.append(atoms.get_potential_energy())
    return np.array(energies)


def judged(energy: np.ndarray, ratio: np.ndarray, pushed: np.ndarray) -> dict[str, float]:
    """What a scan from far to near says.

    Parameters
    ----------
    energy, ratio
        (K,) eV; distance of the pushed pair over the sum of its radii, falling.
    pushed
        (K,) whether no other pair is closer.
    """
    outside, wall = energy[ratio > WALL].min(), pushed & (ratio < WALL)
    fall = np.maximum.accumulate(energy[wall]) - energy[wall]
    return {
        **{f"at_{x}": float(np.interp(x, ratio[::-1], energy[::-1]) - outside) for x in (WALL, CORE, 0.3)},
        "fall": float(fall.max(initial=0.0)),
        "inside": float(energy[ratio < CORE].min() - outside),
    }  # fmt: skip


def pair(calculator: SSWNN, symbols: tuple[str, str], step: float) -> dict[str, float]:
    """A pair in vacuum."""
    length = covalent_sum(*symbols)
    r = np.arange(FARTHEST * length, NEAREST, -step)
    places = np.zeros((len(r), 2, 3))
    places[:, 1, 0] = r
    return judged(scan(calculator, symbols, places), r / length, np.full(len(r), True))


def triples(calculator: SSWNN, symbols: tuple[str, str, str], args: argparse.Namespace) -> dict:
    """The worst of the scans in which the third atom is pushed into the first, the second stands."""
    first, second, third = symbols
    length = covalent_sum(first, third)
    r = np.arange(FARTHEST * length, NEAREST, -STEP[args.quick])
    found = []
    for standing, angle in product(STANDING[args.quick], np.radians(ANGLES[args.quick])):
        places = np.zeros((len(r), 3, 3))
        places[:, 1, 0] = standing * covalent_sum(first, second)
        places[:, 2, 0], places[:, 2, 1] = r * np.cos(angle), r * np.sin(angle)
        between = np.linalg.norm(places[:, 2] - places[:, 1], axis=1) / covalent_sum(second, third)
        near = np.minimum(between, standing)
        found.append(judged(scan(calculator, symbols, places), r / length, r / length < near))
    return min(found, key=lambda row: row["inside"]) | {"fall": max(row["fall"] for row in found)}


def measure(args: argparse.Namespace) -> dict:
    calculator = SSWNN(args.model)
    elements = calculator.elements
    rows: dict[str, dict[str, float]] = {}
    for symbols in combinations_with_replacement(elements, 2):
        rows["-".join(symbols)] = pair(calculator, symbols, STEP[args.quick])
    for first, second, third in product(elements, repeat=3):
        if not args.quick or len({first, second, third}) < 3:
            rows[f"{third}>{first}-{second}"] = triples(calculator, (first, second, third), args)
    print(f"{'scan':12s}{'0.7':>9s}{'0.5':>9s}{'0.3':>9s}{'fall':>9s}{'inside':>9s}   eV")
    for name, row in rows.items():
        print(f"{name:12s}" + "".join(f"{value:9.2f}" for value in row.values()))
    return {
        "scans": len(rows),
        "holes": sum(row["inside"] < 0 for row in rows.values()),
        "largest_fall_ev": round(max(row["fall"] for row in rows.values()), 3),
        "lowest_inside_ev": round(min(row["inside"] for row in rows.values()), 2),
    }


if __name__ == "__main__":
    run_script(measure, parser(__doc__))

"""Time that the ASE calculator adds to the compiled core: a whole `get_forces` on new positions,
less the core's own call.

Cells of 9 to 32 atoms; of each the smallest of five repeats of many calls, the two kinds of calls
in turns, in processor time, which other processes on the machine do not lengthen.

Usage: python benchmarks/calculator_overhead.py [--json] [--quick] [--model NAME_OR_PATH]
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
from ase import Atoms
from common import REPEATS, parser, run_script, spread

from sswnn import SSWNN, _core
from sswnn.data.prototypes import prototype
from sswnn.potential import models

SHIFT = 1e-3  # Å, of one atom between calls


def cells() -> dict[str, Atoms]:
    """Crystals of 9 to 32 atoms."""
    return {
        "Li2ZrCl6 C2/m": prototype("li2zrcl6_c2m_4g"),
        "Li2ZrCl6 P-31c": prototype("li2zrcl6_p-31c_2d2a"),
        "Li2ZrCl6 P-3m1": prototype("li2zrcl6_p-3m1_6g"),
        "LiCl 2x2x1": prototype("licl_rocksalt").repeat((2, 2, 1)),
    }


def microseconds(call: Callable[[], object], move: Callable[[], None], calls: int) -> float:
    """Mean processor time of a call; `move` changes the positions before each, its own time taken off."""
    began = time.process_time()
    for _ in range(calls):
        move()
        call()
    middle = time.process_time()
    for _ in range(calls):
        move()
    end = time.process_time()
    return 1e6 * ((middle - began) - (end - middle)) / calls


def compare(atoms: Atoms, model: str, calls: int) -> dict:
    """Time of the core alone and of the calculator, microseconds per call, from the fastest repeats."""
    atoms.calc = SSWNN(model)
    potential = _core.Potential(str(models.path(model)))
    species = np.array(
        [potential.elements.index(s) for s in atoms.get_chemical_symbols()], dtype=np.int32
    )
    cell, pbc, positions = atoms.cell.array, atoms.pbc, atoms.positions
    sign = [1.0]

    def move() -> None:
        positions[0, 0] += sign[0] * SHIFT
        sign[0] = -sign[0]

    core: list[float] = []
    whole: list[float] = []
    for _ in range(REPEATS):
        core.append(
            microseconds(lambda: potential.compute(species, positions, cell, pbc), move, calls)
        )
        whole.append(microseconds(atoms.get_forces, move, calls))
    return {
        "atoms": len(atoms),
        "core_us": min(core),
        "calculator_us": min(whole),
        "overhead_us": min(whole) - min(core),
        "spread_core_us": spread(core),
        "spread_calculator_us": spread(whole),
    }


def measure(args: argparse.Namespace) -> dict:
    """All cells; the figure is the largest of their overheads."""
    calls = 200 if args.quick else 2000
    found = {name: compare(atoms, args.model, calls) for name, atoms in cells().items()}
    return {
        "overhead_us": max(part["overhead_us"] for part in found.values()),
        "atoms": max(part["atoms"] for part in found.values()),
        "ranks": 1,
        "cells": found,
    }


if __name__ == "__main__":
    run_script(measure, parser(__doc__))

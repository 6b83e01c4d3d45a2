"""Bulk crystals at the lattice constants of a potential, so that an interface starts free of bulk stress."""

from __future__ import annotations

import os

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator
from scipy.optimize import minimize_scalar

from sswnn.errors import InterfaceError


def relax_bulk(
    bulk: Atoms, calculator: Calculator, *, fmax: float = 0.01, steps: int = 300
) -> Atoms:
    """Positions and cell of least energy, space group kept.

    A cubic cell of a single element (the metals) is scaled along its energy-volume curve, fractional positions kept;
    everything else moves along forces and stress.

    Parameters
    ----------
    bulk
        Periodic crystal, the starting point.
    calculator
        Any ASE calculator with energy, forces and stress.
    fmax
        Largest remaining force, eV/A.
    steps
        Most steps; not converged by then is an error.
    """
    if len(set(bulk.numbers)) == 1 and _is_cubic(bulk):
        return _scaled_to_minimum(bulk, calculator)
    from ase.constraints import FixSymmetry
    from ase.filters import FrechetCellFilter
    from ase.optimize import BFGS

    atoms = bulk.copy()
    atoms.set_constraint(FixSymmetry(atoms, symprec=1e-3, verbose=False))
    atoms.calc = calculator
    optimizer = BFGS(FrechetCellFilter(atoms), logfile=os.devnull, maxstep=0.1)  # type: ignore[arg-type]
    if not optimizer.run(fmax=fmax, steps=steps):
        raise InterfaceError(
            f"{bulk.get_chemical_formula()} not relaxed to {fmax} eV/A in {steps} steps with this potential"
        )
    volume = atoms.get_volume() / bulk.get_volume()
    if not 0.6 < volume < 1.6:
        raise InterfaceError(
            f"{bulk.get_chemical_formula()} relaxes to {volume:.2f} times its volume: the potential does not hold it"
        )
    return Atoms(atoms.numbers, atoms.positions, cell=atoms.cell.array, pbc=True)


def _is_cubic(atoms: Atoms) -> bool:
    return np.allclose(atoms.cell.cellpar(), [atoms.cell.cellpar()[0]] * 3 + [90.0] * 3, atol=1e-3)


def _scaled_to_minimum(bulk: Atoms, calculator: Calculator) -> Atoms:
    """Isotropic scaling of least energy between 0.85 and 1.15 of the starting length."""
    reference = bulk.copy()
    reference.calc = calculator

    def energy(scale: float) -> float:
        reference.set_cell(bulk.cell.array * scale, scale_atoms=True)
        return reference.get_potential_energy() / len(bulk)

    best = minimize_scalar(energy, bounds=(0.85, 1.15), method="bounded", options={"xatol": 1e-5})
    if not 0.86 < best.x < 1.14:
        raise InterfaceError(
            f"{bulk.get_chemical_formula()} has no energy minimum within 15 % of its lattice constant"
        )
    return Atoms(
        bulk.numbers,
        scaled_positions=bulk.get_scaled_positions(),
        cell=bulk.cell.array * best.x,
        pbc=True,
    )

"""Energies of layered models: what stacking order, shared edges and Zr between the layers cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator

from sswnn.analysis.structures.structure import describe
from sswnn.data.layered import layered_model, random_shifts
from sswnn.errors import DataError
from sswnn.ssw.minimise import Tolerance, relax_crystal
from sswnn.ssw.surface import CalculatorSurface
from sswnn.ssw.symmetry import space_group
from sswnn.thermo.compounds import KJ_PER_MOL

RELAX = Tolerance(force=0.01, stress=0.0003, steps=500)
"""eV/A, eV/A^3, steps."""
RATTLE = 0.03
"""Random displacement before a relaxation, A, so that none ends on a saddle point of its symmetry."""


@dataclass(frozen=True, eq=False)
class ModelEnergy:
    """A layered model and its energy.

    Attributes
    ----------
    name
        Of the model.
    atoms
        Structure, relaxed if that was asked for, A.
    units
        Formula units in the cell.
    energy
        Of the cell, eV.
    shared
        Edges and faces per cell that polyhedra of the centres share with each other, before the relaxation.
    space_group
        Symbol, before the relaxation and the random displacements.
    converged
        Whether the relaxation ended within its tolerance; True without one.
    """

    name: str
    atoms: Atoms
    units: int
    energy: float
    shared: int
    space_group: str
    converged: bool

    @property
    def energy_per_unit(self) -> float:
        """EV per formula unit."""
        return self.energy / self.units

    def above(self, other: ModelEnergy) -> tuple[float, float]:
        """Energy above another model, eV and kJ/mol per formula unit."""
        difference = self.energy_per_unit - other.energy_per_unit
        return difference, difference * KJ_PER_MOL


def standard_models(
    rng: np.random.Generator,
    *,
    layers: int = 4,
    disordered: int = 4,
    anions: str = "AB",
    elements: tuple[str, str, str] = ("Li", "Zr", "Cl"),
) -> dict[str, Atoms]:
    """Ordered and disordered stackings, Zr-rich and Zr-poor layers, and shared edges, by name.

    Parameters
    ----------
    rng
        Source of the random stackings.
    layers
        Zr layers of the disordered stackings.
    disordered
        Number of them.
    anions
        Stacking of the anions.
    elements
        What stands for Li, Zr and Cl.
    """
    plans: dict[str, dict] = {
        "ordered 0": {"shifts": (0,)},
        "ordered 01": {"shifts": (0, 1)},
        "ordered 012": {"shifts": (0, 1, 2)},
        "one in three moved": {"shifts": (0,), "moved": 1},
        "shared edges": {"shifts": (0,), "shared_edges": True},
    }
    for _ in range(disordered):
        shifts = random_shifts(rng, layers)
        plans[f"disordered {''.join(map(str, shifts))}"] = {"shifts": shifts}
    return {
        name: layered_model(anions=anions, elements=elements, **plan) for name, plan in plans.items()
    }


def model_energies(
    models: Mapping[str, Atoms],
    calculator: Calculator,
    rng: np.random.Generator,
    *,
    relax: Tolerance | None = RELAX,
    centre: str = "Zr",
    report: Callable[[str], None] = lambda line: None,
) -> list[ModelEnergy]:
    """Energies of models of one composition, in their order.

    Parameters
    ----------
    models
        Name -> structure.
    calculator
        ASE calculator with energy, forces and stress.
    rng
        Source of the displacements before a relaxation.
    relax
        When the relaxation of atoms and cell ends; None: energies of the structures as they are.
    centre
        Element whose shared edges are counted.
    report
        Takes a line for each model.

    Raises
    ------
    DataError
        If the compositions differ.
    """
    formulas = {name: atoms.symbols.formula.reduce() for name, atoms in models.items()}
    if len({str(f) for f, _ in formulas.values()}) > 1:
        named = ", ".join(f"{name} {formula}" for name, (formula, _) in formulas.items())
        raise DataError(f"models have different compositions: {named}")
    found = []
    for name, atoms in models.items():
        report(f"{name} ({len(atoms)} atoms)")
        polyhedra = describe(atoms, centre=centre).polyhedra
        shared = polyhedra.count(centre, centre, "edge") + polyhedra.count(centre, centre, "face")
        settled, energy, converged = _settled(atoms, calculator, rng, relax)
        group = str(space_group(atoms, 0.05))
        found.append(ModelEnergy(name, settled, formulas[name][1], energy, shared, group, converged))
    return found


def _settled(
    atoms: Atoms, calculator: Calculator, rng: np.random.Generator, relax: Tolerance | None
) -> tuple[Atoms, float, bool]:
    """Structure, energy (eV) and whether a relaxation ended."""
    surface = CalculatorSurface(calculator, atoms.numbers)
    if relax is None:
        return atoms, surface(atoms.positions, atoms.cell.array).energy, True
    start = atoms.positions + rng.normal(0, RATTLE, atoms.positions.shape)
    found = relax_crystal(surface, start, atoms.cell.array, relax, least_height=1.0)
    settled = Atoms(atoms.numbers, found.positions, cell=found.cell, pbc=True)
    return settled, found.evaluation.energy, found.converged


def edge_cost(energies: Sequence[ModelEnergy]) -> tuple[float, float] | None:
    """Energy of the lowest model with shared edges above the lowest one without: eV per cell, and eV per shared edge.

    None if either kind is missing. The cell is that of the model with shared edges.
    """
    free = [e for e in energies if not e.shared]
    joined = [e for e in energies if e.shared]
    if not free or not joined:
        return None
    best = min(joined, key=lambda e: e.energy_per_unit)
    cost = best.units * best.above(min(free, key=lambda e: e.energy_per_unit))[0]
    return cost, cost / best.shared

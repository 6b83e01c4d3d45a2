"""Phases whose diagram is known, shared by the tests of thermo."""

from ase import Atoms

from sswnn.data.composition import parse_formula
from sswnn.data.prototypes import prototype
from sswnn.thermo import Phase

SALTS = {"LiCl": -6.0, "ZrCl4": -25.0, "Li2ZrCl6": -37.9, "Li4ZrCl8": -49.4}
"""Energies of formula units, eV: Li2ZrCl6 forms with -0.9 eV, Li4ZrCl8 with -0.4 eV."""


def phase(formula: str, energy: float, **others) -> Phase:
    """A phase of one formula unit; the energy is of the formula unit, eV."""
    return Phase(counts=parse_formula(formula), energy=energy, **{"source": formula, **others})


def salts() -> list[Phase]:
    return [phase(formula, energy) for formula, energy in SALTS.items()]


def labelled(name: str, energy: float, **info) -> Atoms:
    """A prototype with an energy per atom (eV)."""
    atoms = prototype(name)
    atoms.info.update(energy=energy * len(atoms), **info)
    return atoms

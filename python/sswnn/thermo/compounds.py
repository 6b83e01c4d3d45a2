"""What a phase diagram says: compounds with their lowest phases, the hull, and how energies are counted.

Along endmembers A, B, ... a composition is a mixture of n_A formula units of A, n_B of B, ...; its formation energy is its
energy less that of the lowest phases of the endmembers in these amounts. It is given per atom, and per formula unit of the
mixture A_(1-x) B_x, x = n_B / (n_A + n_B), in which tie lines are straight against x.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase import units

from sswnn.thermo.phases import Phase

KJ_PER_MOL = units.mol / units.kJ
"""One eV per particle in kJ/mol."""
STABLE = 1e-6
"""Largest distance to the hull of what is on it, eV/atom."""


@dataclass(frozen=True, eq=False)
class Compound:
    """One composition of a phase diagram and its lowest phase.

    Attributes
    ----------
    formula
        Reduced formula.
    amounts
        (k,) moles of the endmembers in one formula unit.
    atoms
        Number of atoms of a formula unit.
    minima, symmetric
        Number of distinct phases, and of those with a space group other than P1.
    lowest
        Phase of lowest energy.
    formation_ev_per_atom
        Formation energy of the lowest phase from the endmembers, eV/atom; not-a-number if an endmember is absent.
    above_hull_ev_per_atom
        Distance of the lowest phase to the hull, eV/atom, not negative.
    depth_ev_per_atom
        How far the lowest phase is below the hull of all other compositions (negative: above it), eV/atom;
        not-a-number for endmembers.
    decomposition
        Formula -> formula units of the phases on the hull into which one formula unit falls.
    """

    formula: str
    amounts: np.ndarray
    atoms: int
    minima: int
    symmetric: int
    lowest: Phase
    formation_ev_per_atom: float
    above_hull_ev_per_atom: float
    depth_ev_per_atom: float
    decomposition: dict[str, float]

    @property
    def x(self) -> np.ndarray:
        """(k,) mole fractions of the endmembers."""
        return self.amounts / self.amounts.sum()

    @property
    def stable(self) -> bool:
        """Whether the lowest phase is on the hull."""
        return self.above_hull_ev_per_atom <= STABLE

    @property
    def mixture_atoms(self) -> float:
        """Atoms in one formula unit of the mixture: energies per atom times this are per formula unit of the mixture."""
        return self.atoms / float(self.amounts.sum())


@dataclass(frozen=True, eq=False)
class Hull:
    """Phase diagram along k endmembers.

    Attributes
    ----------
    endmembers
        k formulas; the last one is that of x.
    references_ev_per_atom
        (k,) energies of the lowest phases of the endmembers, eV/atom; not-a-number for an absent one.
    compounds
        Compositions, ascending in x (k = 2), else in the order in which they appear.
    phases
        All phases on the axes.
    formation_ev_per_atom, above_hull_ev_per_atom
        (n,) of each phase, eV/atom.
    compound_of
        (n,) index of the compound of each phase.
    tie_lines
        Pairs of indices of compounds that coexist.
    left_out
        Formula -> number of phases that are no mixture of the endmembers.
    """

    endmembers: tuple[str, ...]
    references_ev_per_atom: np.ndarray
    compounds: tuple[Compound, ...]
    phases: tuple[Phase, ...]
    formation_ev_per_atom: np.ndarray
    above_hull_ev_per_atom: np.ndarray
    compound_of: np.ndarray
    tie_lines: tuple[tuple[int, int], ...]
    left_out: dict[str, int]

    @property
    def stable(self) -> tuple[str, ...]:
        """Formulas on the hull, with the endmembers."""
        return tuple(c.formula for c in self.compounds if c.stable)

    @property
    def absent(self) -> tuple[str, ...]:
        """Endmembers without a phase."""
        pairs = zip(self.endmembers, self.references_ev_per_atom, strict=True)
        return tuple(name for name, energy in pairs if not np.isfinite(energy))

"""Numbers of distinct minima per composition, how many have symmetry, and the ladder of their energies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sswnn.thermo.phases import Phase


@dataclass(frozen=True, eq=False)
class SpectrumRow:
    """Distinct minima of one composition.

    Attributes
    ----------
    formula
        Reduced formula.
    visits
        Number of times that any of them was found.
    minima
        Number of them.
    symmetric
        Number of them with a space group other than P1.
    lowest_ev_per_atom
        Energy of the lowest one, eV/atom.
    above_lowest_ev_per_atom
        (m,) energies above it, ascending, eV/atom.
    space_groups
        (m,) symbols in the same order, empty where not known.
    """

    formula: str
    visits: int
    minima: int
    symmetric: int
    lowest_ev_per_atom: float
    above_lowest_ev_per_atom: np.ndarray
    space_groups: tuple[str, ...]


def spectrum(phases: Sequence[Phase]) -> list[SpectrumRow]:
    """Distinct minima of each composition, in the order in which compositions appear.

    Parameters
    ----------
    phases
        Distinct minima, for example of `sswnn.thermo.collect`.
    """
    by_formula: dict[str, list[Phase]] = {}
    for phase in phases:
        by_formula.setdefault(phase.formula, []).append(phase)
    return [_row(formula, members) for formula, members in by_formula.items()]


def _row(formula: str, members: list[Phase]) -> SpectrumRow:
    members = sorted(members, key=lambda phase: phase.energy_per_atom)
    energy = np.array([phase.energy_per_atom for phase in members])
    return SpectrumRow(
        formula=formula,
        visits=sum(phase.visits for phase in members),
        minima=len(members),
        symmetric=sum(is_symmetric(phase) for phase in members),
        lowest_ev_per_atom=float(energy[0]),
        above_lowest_ev_per_atom=energy - energy[0],
        space_groups=tuple(p.space_group.symbol if p.space_group else "" for p in members),
    )


def is_symmetric(phase: Phase) -> bool:
    """Whether the space group is known and is not P1."""
    return phase.space_group is not None and phase.space_group.number > 1

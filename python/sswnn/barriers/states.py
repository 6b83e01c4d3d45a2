"""The two ends of a hop: supercells with the ion on one site and on the other, relaxed in a fixed cell, and checked.

Cells are neutral as a potential sees them: it knows no charges. A vacancy is a missing atom, an interstitial an added one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator
from ase.geometry import find_mic

from sswnn.barriers.band import SAME
from sswnn.barriers.hops import Hop
from sswnn.barriers.sites import Sites
from sswnn.errors import AnalysisError
from sswnn.ssw.minimise import Tolerance, heights, relax_atoms
from sswnn.ssw.surface import CalculatorSurface

LEAST_HEIGHT = 10.0
"""The default supercell is at least so high in each direction, A."""
LEFT = 1.5
"""An ion that relaxes further than this from where it was put has left its site, A: half the distance of nearest octahedra."""
NEARER = 0.5
"""It has gone to another site if that is so much nearer, A; a tetrahedron between octahedra is as far from all of them."""


@dataclass(frozen=True, eq=False)
class Ends:
    """Ends of a hop.

    Attributes
    ----------
    first, second
        With the same atoms in the same order; no atom is wrapped between them.
    ion
        Index of the atom that hops.
    """

    first: Atoms
    second: Atoms
    ion: int


@dataclass(frozen=True)
class Relaxation:
    """How the ends relaxed.

    Attributes
    ----------
    problem
        What makes a band between them meaningless; empty if nothing does.
    note
        Where the ion is, if not on the site that was meant but on none of the others either.
    displacement
        Largest distance that an atom moved from the perfect crystal, both ends, A.
    """

    problem: str
    note: str
    displacement: float


def default_supercell(host: Atoms, least: float = LEAST_HEIGHT) -> tuple[int, int, int]:
    """Fewest repeats that make the cell at least so high (A) in each direction."""
    a, b, c = (max(1, int(np.ceil(least / h - 1e-6))) for h in heights(host.cell.array))
    return a, b, c


def end_states(sites: Sites, hop: Hop, supercell: Sequence[int]) -> Ends:
    """Ends of a hop, not relaxed: every atom of the perfect crystal on its site.

    Parameters
    ----------
    sites
        Of the crystal.
    hop
        One of its hops.
    supercell
        Repeats along the three axes.

    Raises
    ------
    AnalysisError
        If the repeats are not three positive numbers, or the supercell is less than twice as high as the hop is long: then the
        ion would hop towards its own image.
    """
    repeats = tuple(int(n) for n in supercell)
    if len(repeats) != 3 or min(repeats) < 1:
        raise AnalysisError(f"supercell is {list(supercell)}, expected three positive numbers")
    atoms = sites.host.repeat(repeats)
    lowest = float(heights(atoms.cell.array).min())
    if lowest < 2 * hop.distance:
        raise AnalysisError(
            f"hop {hop.name} is {hop.distance:.2f} A long and the supercell {lowest:.2f} A high, expected at least twice the hop"
        )
    vector = np.array(hop.vector)
    if hop.mechanism == "interstitial":
        atoms += Atoms([sites.ion], [sites.positions[hop.first]])
        ion = len(atoms) - 1
    else:
        ion = int(sites.atoms[hop.first])
    if hop.mechanism == "vacancy":
        a, b, c = (n % m for n, m in zip(hop.cell, repeats, strict=True))
        block = (a * repeats[1] + b) * repeats[2] + c  # the order of Atoms.repeat
        gone = block * len(sites.host) + int(sites.atoms[hop.second])
        del atoms[gone]
        ion -= gone < ion
    moved = atoms.copy()
    moved.positions[ion] += vector
    return Ends(atoms, moved, ion)


def relax_ends(
    sites: Sites, hop: Hop, ends: Ends, calculator: Calculator, tolerance: Tolerance
) -> tuple[Ends, Relaxation]:
    """Both ends at their minima in the fixed cell, and whether these are the states that were meant.

    Parameters
    ----------
    sites, hop
        Of the crystal.
    ends
        As `end_states` makes them.
    calculator
        With energy, forces and stress.
    tolerance
        Of the minimisation.
    """
    surface = CalculatorSurface(calculator, ends.first.numbers)
    problems: list[str] = []
    notes: list[str] = []
    furthest, relaxed = 0.0, []
    for name, atoms in (("first", ends.first), ("second", ends.second)):
        found = relax_atoms(surface, atoms.positions, atoms.cell.array, tolerance)
        length = np.linalg.norm(found.positions - atoms.positions, axis=1)
        furthest = max(furthest, float(length.max()))
        copy = atoms.copy()
        copy.positions = found.positions
        relaxed.append(copy)
        if not found.converged:
            problems.append(
                f"{name} end not relaxed to {tolerance.force} eV/A in {tolerance.steps} steps"
            )
        gone = _gone(sites, hop, name, found.positions[ends.ion], length[ends.ion])
        if gone.startswith("settled"):
            notes.append(f"{name} end: the ion {gone}")
        elif gone:
            problems.append(f"{name} end: the ion {gone}")
        others = np.array(atoms.get_chemical_symbols()) == sites.ion
        others[ends.ion] = False
        if others.any() and length[others].max() > LEFT:
            atom = int(np.argmax(np.where(others, length, 0)))
            problems.append(
                f"{name} end: another ion (atom {atom}) left its site by {length[atom]:.2f} A"
            )
    first, second = relaxed
    apart = np.linalg.norm(
        find_mic(second.positions - first.positions, first.cell, first.pbc)[0], axis=1
    )
    if not problems and apart.max() < SAME:
        problems.append("both ends relaxed to the same state")
    return Ends(first, second, ends.ion), Relaxation(
        "; ".join(problems), "; ".join(notes), furthest
    )


def _gone(sites: Sites, hop: Hop, end: str, place: np.ndarray, moved: float) -> str:
    """Where the ion went from its site; empty if it stayed."""
    start = sites.positions[hop.first]
    meant = start if end == "first" else start + hop.vector
    other = start if end == "second" else start + hop.vector
    if np.linalg.norm(place - other) < np.linalg.norm(place - meant):
        return "relaxed to the other end"
    if moved <= LEFT:
        return ""
    cell = sites.host.cell
    nearest = np.linalg.norm(find_mic(place - sites.positions, cell, True)[0], axis=1)
    if nearest.min() < np.linalg.norm(place - meant) - NEARER:
        return f"relaxed to another site (site {nearest.argmin()})"
    return f"settled {moved:.2f} A from its site"

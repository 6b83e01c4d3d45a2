"""A phase: one structure or composition with its energy; and which of several phases are one.

This module knows no file and no diagram.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from ase import Atoms

from sswnn.data.composition import reduced_formula
from sswnn.ssw.archive import DEFAULTS
from sswnn.ssw.comparison import Cluster, Crystal, comparable
from sswnn.ssw.fingerprint import distances, fingerprint
from sswnn.ssw.symmetry import SpaceGroup

ENERGY_TOLERANCE = DEFAULTS["energy_tolerance"]
"""Phases further apart are different, eV per atom."""
FINGERPRINT_TOLERANCE = DEFAULTS["fingerprint_tolerance"]
"""Phases whose fingerprints are further apart are different, dimensionless."""
_READY = 4096  # phases that stay ready for comparisons


@dataclass(frozen=True, eq=False)
class Phase:
    """One structure, or only a composition, with its energy.

    Attributes
    ----------
    counts
        Element -> number of atoms to which the energy belongs.
    energy
        Of these atoms, eV; the enthalpy where there is a pressure.
    source
        Where it comes from, for example ``search/minima.sqlite#12``.
    archive
        The archive in which it stands, whose minima are different by themselves; empty for other files.
    potential
        What made the energy; empty if that is not known.
    atoms
        Structure, A; None if only the composition is known.
    space_group
        At the tolerance with which it was read; None if that is not known.
    visits
        How often a search found it.
    uncertainty
        Largest of the atoms, eV/A; None if not known.
    pressure
        Of the enthalpy, eV/A^3.
    """

    counts: Mapping[str, int]
    energy: float
    source: str
    archive: str = ""
    potential: str = ""
    atoms: Atoms | None = field(default=None, repr=False)
    space_group: SpaceGroup | None = None
    visits: int = 1
    uncertainty: float | None = None
    pressure: float = 0.0

    @property
    def formula(self) -> str:
        """Reduced formula, the least electronegative element first."""
        return reduced_formula(self.counts)

    @property
    def size(self) -> int:
        """Number of atoms."""
        return sum(self.counts.values())

    @property
    def energy_per_atom(self) -> float:
        """EV per atom."""
        return self.energy / self.size


@dataclass(frozen=True, eq=False)
class Collection:
    """Phases of several files.

    Attributes
    ----------
    phases
        In the order of the files, without those that are one with another phase.
    potentials
        What made the energies, as far as it is known.
    pressure
        Of the enthalpies, eV/A^3; 0 means that energies are compared.
    repeated
        Number of phases that were one with another one.
    notes
        What the reader should be told: structures left out, potentials not known.
    """

    phases: tuple[Phase, ...]
    potentials: tuple[str, ...]
    pressure: float = 0.0
    repeated: int = 0
    notes: tuple[str, ...] = ()


def distinct(
    phases: Iterable[Phase],
    *,
    energy_tolerance: float = ENERGY_TOLERANCE,
    fingerprint_tolerance: float = FINGERPRINT_TOLERANCE,
) -> tuple[list[Phase], int]:
    """The different ones among phases, and how many were one with another.

    Two phases are one as in `sswnn.ssw.archive.Archive`: same composition, energies and fingerprints within
    tolerances, and `sswnn.ssw.comparison` finds no difference. The one of lowest energy stays and the visits add up.
    Minima of one archive are different by themselves, and phases without structure are never compared.

    Parameters
    ----------
    phases
        In any order.
    energy_tolerance
        Largest difference of the energies of one structure, eV per atom.
    fingerprint_tolerance
        Largest distance of the fingerprints of one structure.
    """
    phases = list(phases)
    by_formula: dict[str, list[int]] = {}
    for k, phase in enumerate(phases):
        by_formula.setdefault(phase.formula, []).append(k)
    kept: dict[int, Phase] = {}
    for members in by_formula.values():
        members.sort(key=lambda k: phases[k].energy_per_atom)
        kept.update(_distinct(phases, members, energy_tolerance, fingerprint_tolerance))
    return [kept[k] for k in sorted(kept)], len(phases) - len(kept)


def _distinct(
    phases: Sequence[Phase], members: Sequence[int], energy: float, tolerance: float
) -> dict[int, Phase]:
    """Index -> phase of the different ones of one composition, from members in order of energy."""
    archives = {name: number for number, name in enumerate(dict.fromkeys(phases[k].archive for k in members))}
    archive = np.array([archives[phases[k].archive] if phases[k].archive else -1 for k in members])
    energies = np.array([phases[k].energy_per_atom for k in members])
    values = _fingerprints([phases[k].atoms for k in members], compared=len(archives) > 1 or -1 in archive)

    @lru_cache(_READY)
    def structure(place: int) -> Crystal | Cluster:
        atoms = phases[members[place]].atoms
        assert atoms is not None
        return comparable(atoms)

    def twin_of(place: int, near: np.ndarray) -> int | None:
        """The first of some places that holds the same phase, the most similar ones first."""
        near = near[(archive[near] != archive[place]) | (archive[place] < 0)]
        gaps = distances(values[place], values[near])  # not-a-number without a structure
        order = np.argsort(gaps, kind="stable")
        near = near[order[gaps[order] <= tolerance]]
        mine = structure(place) if len(near) else None
        return next((k for k in map(int, near) if type(mine) is type(structure(k)) and mine.same(structure(k))), None)  # type: ignore

    kept: dict[int, Phase] = {}
    places = np.empty(len(members), dtype=int)  # of the kept ones
    first = 0
    for place, k in enumerate(members):
        while first < len(kept) and energies[places[first]] < energies[place] - energy:
            first += 1
        twin = twin_of(place, places[first : len(kept)][::-1])
        if twin is None:
            places[len(kept)] = place
            kept[k] = phases[k]
        else:
            known = kept[members[twin]]
            kept[members[twin]] = replace(known, visits=known.visits + phases[k].visits)
    return kept


def _fingerprints(structures: Sequence[Atoms | None], compared: bool) -> np.ndarray:
    """[n, f] of structures of one composition; rows are not-a-number without a structure, and all if they are not compared."""
    found = [None if atoms is None or not compared else fingerprint(atoms).values for atoms in structures]
    width = next((len(row) for row in found if row is not None), 1)
    return np.array([np.full(width, np.nan) if row is None else row for row in found], dtype=np.float32)

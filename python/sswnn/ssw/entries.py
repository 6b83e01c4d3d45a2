"""What an archive of minima holds: a minimum, an entry, a rejection, and their rows in a database.

This module knows no file and no comparison of structures.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import gcd, isfinite

import numpy as np
from ase import Atoms
from ase.symbols import Symbols

from sswnn.errors import StructureError
from sswnn.ssw.fingerprint import Fingerprint
from sswnn.ssw.symmetry import SpaceGroup


@dataclass(frozen=True, eq=False)
class Minimum:
    """A structure found by a walk, to be added or rejected.

    Attributes
    ----------
    numbers, positions, cell, pbc
        (n,) atomic numbers, (n, 3) and (3, 3), A, and three flags.
    energy, enthalpy
        Of the whole cell, eV; the enthalpy E + pV follows from the archive's pressure if not given.
    uncertainty
        Largest of the atoms, eV/A.
    parent
        Id of the minimum from which the step began.
    walker, step, seed
        Who found it, in which step, and the seed of that walker.
    force_calls
        Number of force evaluations of the walker up to here.
    """

    numbers: np.ndarray
    positions: np.ndarray
    cell: np.ndarray
    pbc: tuple[bool, bool, bool]
    energy: float
    enthalpy: float | None = None
    uncertainty: float | None = None
    parent: int | None = None
    walker: int | None = None
    step: int | None = None
    seed: int | None = None
    force_calls: int | None = None

    @classmethod
    def from_atoms(cls, atoms: Atoms, energy: float, **others) -> Minimum:
        """Minimum with the structure of ASE's Atoms; further attributes by name."""
        pbc = (bool(atoms.pbc[0]), bool(atoms.pbc[1]), bool(atoms.pbc[2]))
        return cls(
            atoms.numbers.copy(), atoms.positions.copy(), atoms.cell.array, pbc, energy, **others
        )

    def to_atoms(self) -> Atoms:
        """Structure without label."""
        return Atoms(self.numbers, self.positions, cell=self.cell, pbc=self.pbc)


@dataclass(frozen=True, eq=False)
class Entry:
    """A distinct minimum of the archive; attributes as in `Minimum`, those of its first visit.

    Attributes
    ----------
    id
        Number in the archive, from 1.
    composition
        Reduced formula of a periodic structure, full formula of a cluster, metals first.
    space_groups, space_group_numbers
        Tolerance (A) -> international symbol, number; empty if not periodic in three directions.
    order_parameters
        Degree l -> distance-weighted Steinhardt order parameter.
    fingerprint
        (f,) values of `sswnn.ssw.fingerprint.Fingerprint`.
    visits
        How many times it was found.
    """

    id: int
    composition: str
    numbers: np.ndarray
    positions: np.ndarray
    cell: np.ndarray
    pbc: tuple[bool, bool, bool]
    energy: float
    enthalpy: float
    space_groups: dict[float, str]
    space_group_numbers: dict[float, int]
    order_parameters: dict[int, float]
    fingerprint: np.ndarray = field(repr=False)
    parent: int | None
    walker: int | None
    step: int | None
    seed: int | None
    force_calls: int | None
    uncertainty: float | None
    visits: int

    @property
    def energy_per_atom(self) -> float:
        """EV per atom."""
        return self.energy / len(self.numbers)

    @property
    def enthalpy_per_atom(self) -> float:
        """EV per atom."""
        return self.enthalpy / len(self.numbers)

    def space_group(self, tolerance: float = 0.1) -> str | None:
        """Symbol at the largest stored tolerance (A) that does not exceed this one; None if there is none."""
        allowed = [t for t in self.space_groups if t <= tolerance * (1 + 1e-9)]
        return self.space_groups[max(allowed)] if allowed else None

    def to_atoms(self) -> Atoms:
        """Structure without calculator; ``info`` has the energy, enthalpy (eV) and what else is known."""
        atoms = Atoms(self.numbers, self.positions, cell=self.cell, pbc=self.pbc)
        known = {
            "energy": self.energy,
            "enthalpy": self.enthalpy,
            "minimum": self.id,
            "composition": self.composition,
            "visits": self.visits,
            "space_group": self.space_group(),
            "uncertainty": self.uncertainty,
            **{
                f"order_parameter_{degree}": value
                for degree, value in self.order_parameters.items()
            },
            **{k: getattr(self, k) for k in ("parent", "walker", "step", "seed", "force_calls")},
        }
        atoms.info.update({key: value for key, value in known.items() if value is not None})
        return atoms


@dataclass(frozen=True, eq=False)
class Rejection:
    """A structure that was refused, and why; the energy (eV) is None if it was not finite."""

    id: int
    composition: str
    numbers: np.ndarray
    positions: np.ndarray
    cell: np.ndarray
    pbc: tuple[bool, bool, bool]
    energy: float | None
    reason: str
    walker: int | None
    step: int | None

    def to_atoms(self) -> Atoms:
        """Structure without calculator; ``info`` has the reason, and the energy if there is one."""
        atoms = Atoms(self.numbers, self.positions, cell=self.cell, pbc=self.pbc)
        known = {k: getattr(self, k) for k in ("energy", "reason", "walker", "step")}
        atoms.info.update({key: value for key, value in known.items() if value is not None})
        return atoms


def composition_of(numbers: np.ndarray, pbc: Sequence[bool]) -> str:
    """Reduced formula of a periodic structure, full formula of a cluster, metals first."""
    return _formula(tuple(np.sort(numbers).tolist()), any(pbc))


@lru_cache(64)
def _formula(numbers: tuple[int, ...], reduce_counts: bool) -> str:
    counts = Counter(numbers)
    divisor = gcd(*counts.values()) if reduce_counts else 1
    kept = [z for z, count in counts.items() for _ in range(count // divisor)]
    return Symbols(kept).formula.format("metal")


def check_minimum(minimum: Minimum, *, finite: bool = True) -> None:
    """Nothing, if shapes fit and, with `finite`, numbers are finite; else StructureError."""
    n = len(minimum.numbers)
    shapes = (
        ("positions", np.shape(minimum.positions), (n, 3)),
        ("cell", np.shape(minimum.cell), (3, 3)),
        ("pbc", np.shape(minimum.pbc), (3,)),
    )
    if not n:
        raise StructureError("the structure has no atoms, at least one is needed")
    for name, got, expected in shapes:
        if got != expected:
            raise StructureError(f"{name} has shape {got}, expected {expected} for {n} atoms")
    for name in ("parent", "walker", "step", "seed", "force_calls"):
        value = getattr(minimum, name)
        if value is not None and not -(2**63) <= value < 2**63:
            raise StructureError(f"{name} is {value}, expected an integer of 64 bits")
    if not finite:
        return
    for name in ("cell", "enthalpy"):
        value = getattr(minimum, name)
        if value is not None and not np.isfinite(value).all():
            raise StructureError(f"{name} is {value}, expected finite numbers")


def new_row(minimum: Minimum, values: Fingerprint, pressure: float) -> dict[str, object]:
    """Columns of a new entry, without symmetry and order parameters; the enthalpy at a pressure (eV/A^3) if it has none."""
    n = len(minimum.numbers)
    enthalpy = minimum.enthalpy
    if enthalpy is None:
        volume = abs(np.linalg.det(minimum.cell)) if all(minimum.pbc) else 0.0
        enthalpy = minimum.energy + pressure * volume
    plain = ("parent", "walker", "step", "seed", "force_calls", "uncertainty")
    return {
        **structure_row(minimum),
        "energy": float(minimum.energy),
        "enthalpy": float(enthalpy),
        "energy_per_atom": float(minimum.energy) / n,
        "enthalpy_per_atom": float(enthalpy) / n,
        "fingerprint": values.values.astype("<f4").tobytes(),
        **{key: _plain(getattr(minimum, key)) for key in plain},
        "visits": 1,
    }


def rejection_row(minimum: Minimum, reason: str) -> dict[str, object]:
    """Columns of what was refused."""
    return {
        **structure_row(minimum),
        "energy": float(minimum.energy) if isfinite(minimum.energy) else None,
        "reason": reason,
        "walker": _plain(minimum.walker),
        "step": _plain(minimum.step),
    }


def structure_row(minimum: Minimum) -> dict[str, object]:
    """Columns of a structure."""
    pbc = [bool(p) for p in minimum.pbc]
    return {
        "composition": composition_of(minimum.numbers, pbc),
        "numbers": np.asarray(minimum.numbers, "<i4").tobytes(),
        "positions": np.asarray(minimum.positions, "<f8").tobytes(),
        "cell": np.asarray(minimum.cell, "<f8").tobytes(),
        "pbc": sum(1 << k for k in range(3) if pbc[k]),
    }


def entry_of(raw: sqlite3.Row) -> Entry:
    """What a row of the table of minima says."""
    groups = {
        float(t): SpaceGroup(*symbol_and_number)
        for t, symbol_and_number in json.loads(raw["space_groups"]).items()
    }
    plain = ("id", "composition", "energy", "enthalpy", "parent", "walker", "step", "seed")
    return Entry(
        **{key: raw[key] for key in (*plain, "force_calls", "uncertainty", "visits")},
        **structure(raw),
        space_groups={t: group.symbol for t, group in groups.items()},
        space_group_numbers={t: group.number for t, group in groups.items()},
        order_parameters={int(k): v for k, v in json.loads(raw["order_parameters"]).items()},
        fingerprint=np.frombuffer(raw["fingerprint"], "<f4"),
    )


def rejection(raw: sqlite3.Row) -> Rejection:
    """What a row of the table of rejections says."""
    plain = {k: raw[k] for k in ("id", "composition", "energy", "reason", "walker", "step")}
    return Rejection(**plain, **structure(raw))


def structure(raw: sqlite3.Row) -> dict:
    """Numbers, positions, cell and periodicity of a row."""
    bits = raw["pbc"]
    return {
        "numbers": np.frombuffer(raw["numbers"], "<i4").astype(int),
        "positions": np.frombuffer(raw["positions"], "<f8").reshape(-1, 3).copy(),
        "cell": np.frombuffer(raw["cell"], "<f8").reshape(3, 3).copy(),
        "pbc": (bool(bits & 1), bool(bits & 2), bool(bits & 4)),
    }


def _plain(value):
    """Python number of a numpy one, which SQLite would store as bytes."""
    return value.item() if isinstance(value, np.generic) else value

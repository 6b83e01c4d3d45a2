"""ASE calculator on the C++ core. Translates between `Atoms` and arrays; no mathematics of its own."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from ase import Atoms
from ase.calculators.calculator import (
    Calculator,
    Parameters,
    PropertyNotImplementedError,
    all_changes,
)
from ase.data import chemical_symbols

from sswnn import _core
from sswnn.errors import ConfigError, ModelError, StructureError
from sswnn.potential import models

_VOIGT = np.array([0, 4, 8, 5, 2, 1])  # xx yy zz yz xz xy of a symmetric 3 x 3, flattened


class SSWNN(Calculator):
    """Energy, forces and stress of a trained neural-network potential, docs/theory.md Eqs. (1)-(10).

    Parameters
    ----------
    model
        Name of a shipped model (`"LiZrCl"`) or path of a model file.
    isa
        Instruction set of the kernels: `"auto"`, or one of `sswnn._core.available_isas()`.

    Notes
    -----
    Results: `energy` and `free_energy` (eV, equal), `energies` (n,) eV, `forces` (n, 3) eV/A,
    `stress` (6,) eV/A^3 in Voigt order xx yy zz yz xz xy and ASE's sign (only with three periodic
    directions), `stresses` (n, 6) eV/A^3: the symmetric part of each atom's own dE/dstrain over
    the volume, which add up to `stress`; `uncertainty` (n,) eV/A: the expected root-mean-square
    error of a force component of each atom, Eq. (10). The last two only when asked for by name.

    Raises
    ------
    ModelError
        If the model cannot be found or is not valid.
    StructureError
        From a calculation, if an element is unknown to the model, or the structure is not finite,
        has coincident atoms or a singular cell.

    Examples
    --------
    >>> from ase.build import bulk
    >>> from sswnn import SSWNN
    >>> salt = bulk("LiCl", "rocksalt", a=5.13)
    >>> salt.calc = SSWNN("LiZrCl")
    >>> bool(abs(salt.get_forces()).max() < 1e-8)
    True
    """

    implemented_properties: ClassVar[list[str]] = [
        "energy", "free_energy", "energies", "forces", "stress", "stresses", "uncertainty",
    ]  # fmt: skip
    default_parameters: ClassVar[dict[str, Any]] = {}
    ignored_changes: ClassVar[set[str]] = {"initial_charges", "initial_magmoms"}

    def __init__(
        self, model: str | Path = "LiZrCl", isa: str = "auto", *, atoms: Atoms | None = None
    ) -> None:
        self._state: tuple[np.ndarray, ...] | None = None
        self._known: tuple[np.ndarray, np.ndarray] | None = None
        super().__init__()
        if not isinstance(model, (str, Path)):
            raise ModelError(f"model is {model!r}, expected a shipped name or a path")
        self.path = models.path(model)
        self._start(self.path.read_bytes(), isa, str(model))
        if atoms is not None:
            atoms.calc = self

    def _start(self, raw: bytes, isa: str, name: str) -> None:
        try:
            self._potential = _core.Potential.from_bytes(raw, isa)
        except ModelError as error:
            raise ModelError(f"model file '{self.path}': {error}") from error
        except ValueError as error:
            raise ConfigError(str(error)) from error
        self._raw = raw
        self.parameters = Parameters(model=name, isa=isa, sha256=hashlib.sha256(raw).hexdigest())
        self._species_of = np.full(len(chemical_symbols), -1, dtype=np.int32)
        for index, symbol in enumerate(self._potential.elements):
            self._species_of[chemical_symbols.index(symbol)] = index

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the compiled part, which is built again from the model's bytes."""
        compiled = ("_potential", "_species_of")
        return {key: value for key, value in self.__dict__.items() if key not in compiled}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._start(self._raw, self.parameters["isa"], self.parameters["model"])

    def set(self, **kwargs: Any) -> dict[str, Any]:
        """Refuse changes: a calculator stays with its model."""
        if kwargs:
            raise ConfigError(f"SSWNN has no parameter {', '.join(kwargs)} to set; make a new one")
        return {}

    @property
    def elements(self) -> list[str]:
        """Elements that the model knows."""
        return self._potential.elements

    @property
    def cutoff(self) -> float:
        """Range of the potential, A."""
        return self._potential.cutoff

    @property
    def atoms(self) -> Atoms | None:
        """The structure of the present results."""
        if self._state is None:
            return None
        numbers, positions, cell, pbc = self._state
        return Atoms(numbers, positions, cell=cell, pbc=pbc)

    @atoms.setter
    def atoms(self, atoms: Atoms | None) -> None:
        self._state = None if atoms is None else _state(atoms)

    def check_state(self, atoms: Atoms, tol: float = 0.0) -> list[str]:
        """Names of what differs from the structure of the present results."""
        if self._state is None:
            return list(all_changes)
        names = ("numbers", "positions", "cell", "pbc")
        pairs = zip(names, self._state, _arrays(atoms), strict=True)
        return [name for name, old, new in pairs if not _same(old, new)]

    def get_property(
        self, name: str, atoms: Atoms | None = None, allow_calculation: bool = True
    ) -> Any:
        """Value of one of `implemented_properties`, evaluated only if the structure changed."""
        if name not in self.implemented_properties:
            raise PropertyNotImplementedError(
                f"{name} is not among {', '.join(self.implemented_properties)}"
            )
        changed = atoms is not None and bool(self.check_state(atoms))
        if changed or name not in self.results:
            if not allow_calculation:
                return None
            self.calculate(atoms, [name])
        if name not in self.results:
            raise PropertyNotImplementedError("stress and stresses need three periodic directions")
        value = self.results[name]
        return value.copy() if isinstance(value, np.ndarray) else value

    def _species(self, numbers: np.ndarray) -> np.ndarray:
        """The model's element index of each atom, kept until the elements change."""
        if self._known is not None and _same(self._known[0], numbers):
            return self._known[1]
        outside = (numbers < 1) | (numbers >= len(self._species_of))
        if outside.any():
            atom = int(np.argmax(outside))
            raise StructureError(f"atom {atom} has atomic number {numbers[atom]}")
        species = self._species_of[numbers]
        if len(species) and species.min() < 0:
            atom = int(np.argmin(species))
            raise StructureError(
                f"atom {atom} is {chemical_symbols[numbers[atom]]}, the model knows only {', '.join(self.elements)}"
            )
        self._known = (numbers, species)
        return species

    def calculate(
        self, atoms=None, properties=("energy",), system_changes=tuple(all_changes)
    ) -> None:
        """Evaluate `atoms` and fill `results`; `uncertainty` only if it is among `properties`."""
        if atoms is not None:
            self.atoms = atoms
        self.results = {}
        if self._state is None:
            raise StructureError("no structure was given")
        numbers, positions, cell, pbc = self._state
        species = self._species(numbers)
        wanted, each = "uncertainty" in properties, "stresses" in properties
        try:
            found = self._potential.compute(species, positions, cell, pbc, wanted, each)
        except ValueError as error:
            raise StructureError(str(error)) from error
        results = {
            "energy": found["energy"],
            "free_energy": found["energy"],
            "energies": found["energies"],
            "forces": found["forces"],
        }
        if pbc.all():
            volume = _volume(cell)
            results["stress"] = found["virial"].ravel()[_VOIGT] / volume
            if each:
                turned = found["virials"] + found["virials"].transpose(0, 2, 1)
                results["stresses"] = turned.reshape(-1, 9)[:, _VOIGT] * (0.5 / volume)
        if wanted:
            results["uncertainty"] = found["uncertainty"]
        self.results = results


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    """Bitwise equality; for small arrays a third of the time of `numpy.array_equal`."""
    return a.shape == b.shape and a.tobytes() == b.tobytes()


def _volume(cell: np.ndarray) -> float:
    """|a . (b x c)|, A^3; for one cell a fraction of the time of a determinant."""
    (ax, ay, az), (bx, by, bz), (cx, cy, cz) = cell.tolist()
    return abs(ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx))


def _arrays(atoms: Atoms) -> tuple[np.ndarray, ...]:
    return atoms.arrays["numbers"], atoms.arrays["positions"], atoms.cell.array, atoms.pbc


def _state(atoms: Atoms) -> tuple[np.ndarray, ...]:
    return tuple(array.copy() for array in _arrays(atoms))

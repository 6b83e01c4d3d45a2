"""Grimme's D3 dispersion with Becke-Johnson damping, added to a label engine or to labels that are there.

Energies doi:10.1063/1.3382344, damping doi:10.1002/jcc.21759, by the package dftd3.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.mixing import SumCalculator
from ase.data import chemical_symbols

from sswnn.errors import LabelError

MARK = "+d3bj"
"""Stands in the name of an engine in a label if its values hold the dispersion."""


def mark(without: Sequence[str] = ()) -> str:
    """`MARK` with the elements left out."""
    return MARK + "".join(f"-{element}" for element in sorted(without))


def unmarked(engine: str) -> tuple[str, tuple[str, ...] | None]:
    """Name of an engine without `mark`, and the elements left out; None if the name has no mark."""
    name, found, elements = engine.partition(MARK)
    return name, tuple(elements.split("-")[1:]) if found else None


class Dispersion(Calculator):
    """ASE calculator of the dispersion alone: energy eV, forces eV/A, stress eV/A^3.

    D3 takes every atom for a neutral one. For alkali metals and their cations that is far too much (see
    doi:10.1002/cphc.201100521): with Li in it fcc Li shrinks by 4 % and LiCl to 5.04 A, without to 5.12 A (measured
    5.11 A at 0 K).

    Parameters
    ----------
    functional
        Whose parameters, for example ``pbe``.
    without
        Elements that are left out, as if their atoms were not there.

    Raises
    ------
    LabelError
        If the package is missing, has no parameters for the functional, or an element is none.
    """

    implemented_properties = ["energy", "free_energy", "forces", "stress"]  # noqa: RUF012 - as ASE has it

    def __init__(self, functional: str, without: Sequence[str] = ()) -> None:
        super().__init__()
        try:
            from dftd3.ase import DFTD3
            from dftd3.interface import RationalDampingParam
        except ImportError as error:
            raise LabelError(
                f"dispersion needs a package that is not installed: {error}; pip install dftd3"
            ) from error
        try:
            RationalDampingParam(method=functional)
        except Exception as error:  # of the Fortran library, a RuntimeError
            raise LabelError(
                f"dispersion has no parameters for the functional {functional!r}: {error}"
            ) from error
        if unknown := set(without) - set(chemical_symbols[1:]):
            raise LabelError(f"dispersion cannot leave out {min(unknown)!r}, which is no element")
        self.without = tuple(without)
        self._all = DFTD3(method=functional, damping="d3bj")

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: Sequence[str] = ("energy",),
        system_changes: Sequence[str] = all_changes,
    ) -> None:
        """Called by ASE."""
        super().calculate(atoms, properties, system_changes)
        assert self.atoms is not None
        energy, forces, stress = 0.0, np.zeros((len(self.atoms), 3)), np.zeros(6)
        kept = [i for i, symbol in enumerate(self.atoms.symbols) if symbol not in self.without]
        if kept:
            part = Atoms(
                self.atoms.numbers[kept],
                self.atoms.positions[kept],
                cell=self.atoms.cell,
                pbc=self.atoms.pbc,
            )
            part.calc = self._all
            energy, forces[kept] = part.get_potential_energy(), part.get_forces()
            if self.atoms.pbc.all():
                stress = part.get_stress()
        self.results = {"energy": energy, "free_energy": energy, "forces": forces}
        if self.atoms.pbc.all():
            self.results["stress"] = stress


class Dispersed(SumCalculator):
    """A label engine with dispersion added to its energy, forces and stress.

    Parameters
    ----------
    engine
        The engine without.
    dispersion
        What is added.
    """

    def __init__(self, engine: Calculator, dispersion: Dispersion) -> None:
        self.engine, self.mark = engine, mark(dispersion.without)
        super().__init__([engine, dispersion])

    def close(self) -> None:
        """End what the engine started."""
        if callable(end := getattr(self.engine, "close", None)):
            end()


def with_dispersion(frame: Atoms, dispersion: Dispersion) -> Atoms:
    """A labelled frame with a dispersion added to its labels and `mark` to its engine.

    Raises
    ------
    LabelError
        If the labels hold a dispersion.
    """
    engine = str(frame.info.get("engine", "unknown"))
    if MARK in engine:
        raise LabelError(f"the labels of {engine} hold a dispersion")
    bare = Atoms(frame.numbers, frame.positions, cell=frame.cell, pbc=frame.pbc)
    bare.calc = dispersion
    corrected = frame.copy()
    corrected.info["energy"] = frame.info["energy"] + bare.get_potential_energy()
    corrected.arrays["forces"] = frame.arrays["forces"] + bare.get_forces()
    if "stress" in frame.info:
        corrected.info["stress"] = frame.info["stress"] + bare.get_stress()
    corrected.info["engine"] = engine + mark(dispersion.without)
    corrected.info.pop("key", None)  # of `sswnn label`, for the labels without
    return corrected

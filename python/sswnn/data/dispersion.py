"""Grimme's D3 dispersion with Becke-Johnson damping, added to a label engine or to labels that are there.

Energies doi:10.1063/1.3382344, damping doi:10.1002/jcc.21759, by the package dftd3.
"""

from __future__ import annotations

from ase import Atoms
from ase.calculators.calculator import Calculator
from ase.calculators.mixing import SumCalculator

from sswnn.errors import LabelError

MARK = "+d3bj"
"""What the name of an engine in a label ends with if its values hold the dispersion."""


def dispersion(functional: str) -> Calculator:
    """ASE calculator of the dispersion alone: energy eV, forces eV/A, stress eV/A^3.

    Parameters
    ----------
    functional
        Whose parameters, for example ``pbe``.

    Raises
    ------
    LabelError
        If the package is missing or has no parameters for the functional.
    """
    try:
        from dftd3.ase import DFTD3
        from dftd3.interface import RationalDampingParam
    except ImportError as error:
        raise LabelError(f"dispersion needs a package that is not installed: {error}; pip install dftd3") from error
    try:
        RationalDampingParam(method=functional)
    except Exception as error:  # of the Fortran library, a RuntimeError
        raise LabelError(f"dispersion has no parameters for the functional {functional!r}: {error}") from error
    return DFTD3(method=functional, damping="d3bj")


class Dispersed(SumCalculator):
    """A label engine with dispersion added to its energy, forces and stress.

    Parameters
    ----------
    engine
        The engine without.
    functional
        As in `dispersion`.
    """

    def __init__(self, engine: Calculator, functional: str) -> None:
        self.engine = engine
        super().__init__([engine, dispersion(functional)])

    def close(self) -> None:
        """End what the engine started."""
        if callable(end := getattr(self.engine, "close", None)):
            end()


def with_dispersion(frame: Atoms, calculator: Calculator) -> Atoms:
    """A labelled frame with the values of `dispersion` added to its labels and `MARK` to its engine.

    Raises
    ------
    LabelError
        If the labels hold a dispersion.
    """
    engine = str(frame.info.get("engine", "unknown"))
    if engine.endswith(MARK):
        raise LabelError(f"the labels of {engine} hold a dispersion")
    bare = Atoms(frame.numbers, frame.positions, cell=frame.cell, pbc=frame.pbc)
    bare.calc = calculator
    corrected = frame.copy()
    corrected.info["energy"] = frame.info["energy"] + bare.get_potential_energy()
    corrected.arrays["forces"] = frame.arrays["forces"] + bare.get_forces()
    if "stress" in frame.info:
        corrected.info["stress"] = frame.info["stress"] + bare.get_stress()
    corrected.info["engine"] = engine + MARK
    corrected.info.pop("key", None)  # of `sswnn label`, for the labels without
    return corrected

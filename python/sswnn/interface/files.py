"""Writes an interface: LAMMPS data file, extended XYZ, JSON record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from ase import Atoms
from ase.data import atomic_masses, atomic_numbers
from ase.io import write

from sswnn.errors import InterfaceError

TYPE_ORDER = ("Li", "Zr", "Cl")
"""LAMMPS atom types 1, 2, 3 of the presets, the order of `pair_coeff * * MODEL Li Zr Cl`."""


def type_order(symbols: Sequence[str]) -> tuple[str, ...]:
    """Symbols of the atom types: `TYPE_ORDER` if it has all elements, else they in order of appearance."""
    if set(symbols) <= set(TYPE_ORDER):
        return TYPE_ORDER
    return tuple(dict.fromkeys(symbols))


def write_lammps_data(path: Path, atoms: Atoms, types: tuple[str, ...]) -> None:
    """LAMMPS data file (metal units, atom style atomic) with types in the given order and their masses.

    Parameters
    ----------
    path
        File to write.
    atoms
        Cell vector a along x and b in the xy plane.
    types
        Symbols of types 1, 2, ...; every element of `atoms` must be among them, absent ones keep their number.
    """
    cell = atoms.cell.array
    if max(abs(cell[0, 1]), abs(cell[0, 2]), abs(cell[1, 2])) > 1e-6:
        raise InterfaceError("LAMMPS needs cell vector a along x and b in the xy plane")
    symbols = atoms.get_chemical_symbols()
    if unknown := set(symbols) - set(types):
        raise InterfaceError(
            f"elements {sorted(unknown)} have no atom type, types are {' '.join(types)}"
        )
    xy, xz, yz = cell[1, 0], cell[2, 0], cell[2, 1]
    lines = [f"sswnn interface, types {' '.join(types)}, units metal", ""]
    lines += [f"{len(atoms)} atoms", f"{len(types)} atom types", ""]
    lines += [f"0.0 {cell[k, k]:.10f} {x}lo {x}hi" for k, x in enumerate("xyz")]
    if max(abs(xy), abs(xz), abs(yz)) > 1e-6:
        lines.append(f"{xy:.10f} {xz:.10f} {yz:.10f} xy xz yz")
    lines += ["", "Masses", ""]
    lines += [f"{k} {atomic_masses[atomic_numbers[x]]:.4f}  # {x}" for k, x in enumerate(types, 1)]
    lines += ["", "Atoms  # atomic", ""]
    lines += [
        f"{k} {types.index(symbol) + 1} {x:.10f} {y:.10f} {z:.10f}"
        for k, (symbol, (x, y, z)) in enumerate(zip(symbols, atoms.positions, strict=True), 1)
    ]
    path.write_text("\n".join(lines) + "\n")


def write_interface(atoms: Atoms, record: dict, folder: Path) -> dict[str, Path]:
    """Write the three files into `folder` (made if absent) and return their paths by kind.

    The atom types of the data file are `record["atom_types"]`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {kind: folder / f"interface.{kind}" for kind in ("data", "extxyz", "json")}
    write_lammps_data(paths["data"], atoms, tuple(record["atom_types"]))
    write(paths["extxyz"], atoms, format="extxyz")
    paths["json"].write_text(json.dumps(record, indent=2) + "\n")
    return paths

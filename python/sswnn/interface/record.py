"""The record of an interface: what was built, in numbers, and the same in a few lines."""

from __future__ import annotations

import numpy as np
from ase import Atoms

from sswnn.interface.files import type_order
from sswnn.interface.matching import LatticeMatch
from sswnn.interface.presets import Preset


def interface_record(
    chosen: Preset,
    crystals: list[Atoms],
    match: LatticeMatch,
    lower: Atoms,
    upper: Atoms,
    atoms: Atoms,
    strains: dict[str, list[float]],
) -> dict:
    """What was built, in numbers.

    Parameters
    ----------
    chosen
        Names, planes, layers; description and published numbers, empty for crystals of the user.
    crystals
        Bulk crystals of film and substrate.
    match
        The plane supercells chosen.
    lower, upper
        Substrate and film slabs.
    atoms
        The interface.
    strains
        Principal strains of `"film"` and `"substrate"`, percent.
    """
    symbols = atoms.get_chemical_symbols()
    return {
        "description": chosen.description,
        "atoms": len(atoms),
        "composition": {x: symbols.count(x) for x in dict.fromkeys(symbols)},
        "atom_types": list(type_order(symbols)),
        "cell_A": atoms.cell.array.round(6).tolist(),
        "area_A2": round(float(abs(np.linalg.det(atoms.cell.array[:2, :2]))), 4),
        "mismatch_percent": round(100 * match.mismatch, 4),
        "strain_percent": strains,
        "rotation_degrees": round(match.rotation_degrees, 3),
        "repeat": list(chosen.repeat),
        "sides": {
            name: {
                "crystal": crystal_name,
                "miller": list(miller),
                "layers": layers,
                "thickness_A": round(float(np.ptp(part.positions[:, 2])), 4),
                "atoms": len(part),
                "plane_supercell": matrix.tolist(),
                "bulk_cell_A_degrees": crystal.cell.cellpar().round(5).tolist(),
            }
            for name, crystal_name, miller, layers, part, matrix, crystal in (
                ("film", chosen.film, chosen.film_miller, chosen.film_layers, upper, match.film, crystals[0]),
                ("substrate", chosen.substrate, chosen.substrate_miller, chosen.substrate_layers, lower,
                 match.substrate, crystals[1]),
            )
        },
        "published": chosen.published,
    }  # fmt: skip


def summary(record: dict) -> str:
    """A few lines about an interface record to read."""
    lines = [
        f"{record['atoms']} atoms ({', '.join(f'{n} {x}' for x, n in record['composition'].items())}), "
        f"area {record['area_A2']:.1f} A^2, mismatch {record['mismatch_percent']:.2f} %"
    ]
    for name, side in record["sides"].items():
        strain = ", ".join(f"{s:+.2f}" for s in record["strain_percent"][name])
        lines.append(
            f"{name:9s} {side['crystal']} ({' '.join(map(str, side['miller']))}), {side['layers']} layers, "
            f"{side['thickness_A']:.2f} A thick, strain {strain} %"
        )
    if comparison := _published(record):
        lines.append(comparison)
    types = ", ".join(f"{k} {x}" for k, x in enumerate(record["atom_types"], 1))
    lines.append(f"LAMMPS atom types {types}")
    return "\n".join(lines)


def _published(record: dict) -> str:
    """The published thicknesses and mismatch beside those of the record, empty for another number of layers."""
    published, sides = record["published"], record["sides"]
    if any(published.get(f"{name}_layers") != side["layers"] for name, side in sides.items()):
        return ""
    thick = ", ".join(
        f"{name} {value:.2f} A ({100 * (side['thickness_A'] / value - 1):+.1f} % here)"
        for name, side in sides.items()
        for value in [published[f"{name}_thickness_A"]]
    )
    return f"published {thick}, mismatch {published['mismatch_percent']:.2f} % ({record['mismatch_percent']:.2f} % here)"

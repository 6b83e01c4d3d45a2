"""Assembles two slabs into one cell: match, strain, stack, check.

Lattice matching, surfaces, relaxation and file formats live in their own modules.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator
from ase.neighborlist import neighbor_list

from sswnn.data.prototypes import prototype
from sswnn.errors import InterfaceError
from sswnn.interface.matching import LatticeMatch, match_lattices, reduce_plane_lattice, supercells
from sswnn.interface.presets import Preset, preset
from sswnn.interface.relax import relax_bulk
from sswnn.interface.surface import OrientedCrystal, orient, slab

CLOSEST = 1.6
"""No two atoms of film and substrate may start closer than this, A."""
STRAINED = {"film": 1.0, "shared": 0.5, "substrate": 0.0}
"""Which side takes the mismatch -> its share on the film."""


@dataclass(frozen=True)
class Interface:
    """An interface cell and how it came about.

    Attributes
    ----------
    atoms
        The cell; substrate below, film above; array `slab` is 0 on the substrate and 1 on the film.
    match
        The plane supercells chosen.
    record
        JSON-able: atoms, area, thicknesses, mismatch and strains of both sides, gap, vacuum, lattice constants.
    """

    atoms: Atoms
    match: LatticeMatch
    record: dict

    def write(self, folder: str | Path) -> dict[str, Path]:
        """Write `interface.data` (LAMMPS), `interface.extxyz` and `interface.json`; returns their paths."""
        from sswnn.interface.files import write_interface

        return write_interface(self, Path(folder))


def build(
    model: str | Preset = "demo",
    *,
    calculator: Calculator | None = None,
    film: Atoms | None = None,
    substrate: Atoms | None = None,
    film_layers: int | None = None,
    substrate_layers: int | None = None,
    repeat: tuple[int, int] | None = None,
    rectangular: bool | None = None,
    film_termination: int = 0,
    substrate_termination: int = 0,
    strained: str = "film",
    gap: float = 2.1,
    vacuum: float = 15.0,
    periodic: bool | None = None,
    shift: tuple[float, float] = (0.0, 0.0),
    max_mismatch: float | None = None,
    max_area: float = 400.0,
) -> Interface:
    """Film on substrate in the smallest common cell within a mismatch.

    Parameters
    ----------
    model
        `"paper"`, `"demo"` or a `Preset`; the other arguments override it.
    calculator
        ASE calculator; when given, both crystals are first relaxed with it.
    film, substrate
        Bulk crystals in place of the preset's.
    film_layers, substrate_layers
        Layers of each side; a layer lies between two cuts of the termination.
    repeat
        Repetitions of the common cell along its two in-plane axes.
    rectangular
        Take the rectangular cell of the same area if there is one (simpler, faster in LAMMPS), else repeat.
    film_termination, substrate_termination
        0 cuts the crystal at its widest gaps between atomic planes, 1 at the next wider ones, ...
    strained
        Who takes the mismatch: `"film"` (default: Li is the softer side), `"substrate"` or `"shared"`.
    gap
        Distance of the outermost atomic planes of the two sides, A.
    vacuum
        Empty height above the film, A; ignored when `periodic`.
    periodic
        Close the cell so that both faces of each slab are interfaces; by default the preset's.
    shift
        Sideways displacement of the film, in fractions of the common cell.
    max_mismatch, max_area
        Limits of the search: principal strain (dimensionless; by default the preset's) and area before `repeat` (A^2).

    Raises
    ------
    InterfaceError
        No match, unknown option, or atoms closer than `CLOSEST`.
    """
    chosen = preset(model) if isinstance(model, str) else model
    chosen = replace(
        chosen,
        film_layers=film_layers or chosen.film_layers,
        substrate_layers=substrate_layers or chosen.substrate_layers,
        repeat=repeat or chosen.repeat,
        max_mismatch=chosen.max_mismatch if max_mismatch is None else max_mismatch,
        periodic=chosen.periodic if periodic is None else periodic,
        rectangular=chosen.rectangular if rectangular is None else rectangular,
    )
    if strained not in STRAINED:
        raise InterfaceError(f"strained is {strained!r}, expected one of {', '.join(STRAINED)}")
    if gap <= 0 or (not chosen.periodic and vacuum <= 0):
        raise InterfaceError(f"gap is {gap} A and vacuum {vacuum} A, expected positive lengths")
    chosen = replace(
        chosen,
        film=chosen.film if film is None else film.get_chemical_formula(),
        substrate=chosen.substrate if substrate is None else substrate.get_chemical_formula(),
    )
    crystals = [
        prototype(chosen.film) if film is None else film,
        prototype(chosen.substrate) if substrate is None else substrate,
    ]
    if calculator is not None:
        crystals = [relax_bulk(crystal, calculator) for crystal in crystals]
    oriented = [
        orient(crystals[0], chosen.film_miller, film_termination),
        orient(crystals[1], chosen.substrate_miller, substrate_termination),
    ]
    match = match_lattices(
        oriented[0].plane, oriented[1].plane, max_mismatch=chosen.max_mismatch, max_area=max_area
    )[0]
    lower, upper, cell, strains = _strained_slabs(oriented, match, chosen, STRAINED[strained])
    atoms = _stack(lower, upper, cell, gap, None if chosen.periodic else vacuum, shift)
    closest = _closest_contact(atoms)
    record = _record(chosen, crystals, match, lower, upper, atoms, strains)
    record |= {
        "strained": strained,
        "gap_A": gap,
        "vacuum_A": 0.0 if chosen.periodic else vacuum,
        "periodic_double_interface": chosen.periodic,
        "closest_film_substrate_A": round(closest, 3),
        "relaxed_with_potential": calculator is not None,
    }
    return Interface(atoms, match, record)


def _strained_slabs(
    oriented: list[OrientedCrystal], match: LatticeMatch, chosen: Preset, film_share: float
) -> tuple[Atoms, Atoms, np.ndarray, dict[str, list[float]]]:
    """Substrate slab, film slab, common (2, 2) cell, and the principal strains of both sides in percent."""
    if len(chosen.repeat) != 2 or min(chosen.repeat) < 1:
        raise InterfaceError(f"repeat is {chosen.repeat}, expected two integers of at least 1")
    repeat = _copies(match.substrate @ oriented[1].plane, chosen.repeat, chosen.rectangular)
    upper = slab(oriented[0], chosen.film_layers, repeat @ match.film)
    lower = slab(oriented[1], chosen.substrate_layers, repeat @ match.substrate)
    own_film, own_substrate = upper.cell.array[:2, :2], lower.cell.array[:2, :2]
    angle = np.radians(match.rotation_degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    common = (1 - film_share) * own_film @ turn + film_share * own_substrate
    common = common @ _onto_x(common)
    strains = {}
    for name, part, own in (("film", upper, own_film), ("substrate", lower, own_substrate)):
        stretch = np.linalg.svd(np.linalg.solve(own, common), compute_uv=False)
        strains[name] = [round(100 * float(s - 1), 4) for s in stretch]
        cell = part.cell.array.copy()
        cell[:2, :2] = common
        part.set_cell(cell, scale_atoms=True)
    return lower, upper, common, strains


def _copies(cell: np.ndarray, repeat: tuple[int, int], rectangular: bool) -> np.ndarray:
    """(2, 2) integer matrix of the cell to build, in units of the common cell (rows of `cell`).

    Of several rectangles the one nearest to a square.
    """
    found, longest = np.diag(repeat), float("inf")
    if rectangular:
        for h in supercells(repeat[0] * repeat[1]):
            matrix = reduce_plane_lattice(h @ cell) @ h
            a, b = matrix @ cell
            length = float(max(np.linalg.norm(a), np.linalg.norm(b)))
            if abs(a @ b) < 1e-4 * length**2 and length < longest - 1e-6:
                found, longest = matrix, length
    return found


def _onto_x(cell: np.ndarray) -> np.ndarray:
    """(2, 2) rotation R such that the first row of `cell @ R` points along x."""
    x = cell[0] / np.linalg.norm(cell[0])
    return np.array([[x[0], -x[1]], [x[1], x[0]]])


def _stack(
    lower: Atoms,
    upper: Atoms,
    plane: np.ndarray,
    gap: float,
    vacuum: float | None,
    shift: tuple[float, float],
) -> Atoms:
    """One cell: substrate, gap, film, then vacuum (or the gap again when None), c along z."""
    height = float(np.ptp(lower.positions[:, 2]))
    upper = upper.copy()
    upper.positions[:, 2] += height + gap
    upper.positions[:, :2] += np.asarray(shift) @ plane
    top = float(upper.positions[:, 2].max())
    cell = np.zeros((3, 3))
    cell[:2, :2] = plane
    cell[2, 2] = top + (gap if vacuum is None else vacuum)
    atoms = Atoms(
        np.concatenate([lower.numbers, upper.numbers]),
        np.concatenate([lower.positions, upper.positions]),
        cell=cell,
        pbc=True,
    )
    if vacuum is None:  # the boundary in the middle of the film
        atoms.positions[:, 2] += 0.5 * (cell[2, 2] - height)
    else:
        atoms.positions[:, 2] += 0.5 * (cell[2, 2] - top)
    atoms.set_array("slab", np.repeat([0, 1], [len(lower), len(upper)]))
    atoms.wrap(pbc=(True, True, vacuum is None))
    return atoms


def _closest_contact(atoms: Atoms) -> float:
    """Smallest distance between an atom of the film and one of the substrate, A (at most 6)."""
    i, j, d = neighbor_list("ijd", atoms, 6.0)
    side = atoms.arrays["slab"]
    across = d[side[i] != side[j]]
    closest = float(across.min()) if len(across) else 6.0
    if closest < CLOSEST:
        raise InterfaceError(
            f"film and substrate atoms are {closest:.2f} A apart, at least {CLOSEST} A is needed: widen the gap"
        )
    return closest


def _record(
    chosen: Preset,
    crystals: list[Atoms],
    match: LatticeMatch,
    lower: Atoms,
    upper: Atoms,
    atoms: Atoms,
    strains: dict[str, list[float]],
) -> dict:
    """What was built, in numbers."""
    symbols = atoms.get_chemical_symbols()
    return {
        "description": chosen.description,
        "atoms": len(atoms),
        "composition": {x: symbols.count(x) for x in dict.fromkeys(symbols)},
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
    return "\n".join(lines)

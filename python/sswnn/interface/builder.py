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
from sswnn.interface.files import write_interface
from sswnn.interface.matching import LatticeMatch, match_lattices, reduce_plane_lattice, supercells
from sswnn.interface.presets import Preset, preset
from sswnn.interface.record import interface_record
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
        JSON-able: atoms, area, thicknesses, mismatch and strains of both sides, gap, vacuum, lattice constants,
        LAMMPS atom types.
    """

    atoms: Atoms
    match: LatticeMatch
    record: dict

    def write(self, folder: str | Path) -> dict[str, Path]:
        """Write `interface.data` (LAMMPS), `interface.extxyz` and `interface.json`; returns their paths."""
        return write_interface(self.atoms, self.record, Path(folder))


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
        Name of one of `sswnn.interface.presets.PRESETS` or a `Preset`; the other arguments override it.
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
        No match, unknown option, a crystal without a cell, or atoms closer than `CLOSEST`.
    """
    chosen = _resolved(
        preset(model) if isinstance(model, str) else model,
        film,
        substrate,
        film_layers=film_layers,
        substrate_layers=substrate_layers,
        repeat=repeat,
        max_mismatch=max_mismatch,
        periodic=periodic,
        rectangular=rectangular,
    )
    if strained not in STRAINED:
        raise InterfaceError(f"strained is {strained!r}, expected one of {', '.join(STRAINED)}")
    if not 0 < gap < np.inf or (not chosen.periodic and not 0 < vacuum < np.inf):
        raise InterfaceError(f"gap is {gap} A and vacuum {vacuum} A, expected positive lengths")
    if not 0 < max_area < np.inf:
        raise InterfaceError(f"max_area is {max_area} A^2, expected a positive area")
    crystals = [
        prototype(chosen.film) if film is None else film,
        prototype(chosen.substrate) if substrate is None else substrate,
    ]
    for name, crystal in zip(("film", "substrate"), crystals, strict=True):
        if crystal.cell.rank < 3:
            raise InterfaceError(
                f"{name} {crystal.get_chemical_formula() or 'without atoms'} has no periodic cell, "
                "expected a crystal with three cell vectors"
            )
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
    if closest < CLOSEST:
        raise InterfaceError(
            f"film and substrate atoms are {closest:.2f} A apart, at least {CLOSEST} A is needed: widen the gap"
        )
    record = interface_record(chosen, crystals, match, lower, upper, atoms, strains)
    record |= {
        "strained": strained,
        "gap_A": gap,
        "vacuum_A": 0.0 if chosen.periodic else vacuum,
        "periodic_double_interface": chosen.periodic,
        "closest_film_substrate_A": round(closest, 3),
        "relaxed_with_potential": calculator is not None,
    }
    return Interface(atoms, match, record)


def _resolved(
    chosen: Preset, film: Atoms | None, substrate: Atoms | None, **given: object
) -> Preset:
    """The preset with everything in its place that is given, i.e. not None.

    Crystals of the user take its description and published numbers away: they are about other crystals.
    """
    changes = {name: value for name, value in given.items() if value is not None}
    if film is not None:
        changes["film"] = film.get_chemical_formula()
    if substrate is not None:
        changes["substrate"] = substrate.get_chemical_formula()
    if film is not None or substrate is not None:
        changes |= {"description": "", "published": {}}
    made = replace(chosen, **changes)  # type: ignore[arg-type]
    for name in ("film_layers", "substrate_layers"):
        if getattr(made, name) < 1:
            raise InterfaceError(f"{name} is {getattr(made, name)}, expected at least 1")
    if len(made.repeat) != 2 or min(made.repeat) < 1:
        raise InterfaceError(f"repeat is {made.repeat}, expected two integers of at least 1")
    if not 0 < made.max_mismatch < 1:
        raise InterfaceError(
            f"max_mismatch is {made.max_mismatch}, expected a strain between 0 and 1 (both excluded)"
        )
    return made


def _strained_slabs(
    oriented: list[OrientedCrystal], match: LatticeMatch, chosen: Preset, film_share: float
) -> tuple[Atoms, Atoms, np.ndarray, dict[str, list[float]]]:
    """Substrate slab, film slab, common (2, 2) cell, and the principal strains of both sides in percent."""
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
    side = atoms.arrays["slab"]
    for reach in (3.0, 6.0):  # the pairs within 6 A of a large cell take minutes and gigabytes
        i, j, d = neighbor_list("ijd", atoms, reach)
        across = d[side[i] != side[j]]
        if len(across):
            return float(across.min())
    return 6.0

"""Phase diagrams as tables, as a summary, and their minima as files of structures."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from ase import Atoms

from sswnn.data.frames import write_frames
from sswnn.errors import DataError
from sswnn.thermo.compounds import KJ_PER_MOL, Hull
from sswnn.thermo.phases import Collection, Phase
from sswnn.thermo.reevaluate import Comparison


def _texts(values: Iterable[object]) -> np.ndarray:
    return np.array([str(value) for value in values], dtype=object)


def hull_columns(hull: Hull) -> dict[str, np.ndarray]:
    """One row for each composition; energies are those of its lowest phase, the names carry the units."""
    compounds = hull.compounds
    formation = np.array([c.formation_ev_per_atom for c in compounds])
    return {
        "formula": _texts(c.formula for c in compounds),
        **{f"x_{name}": np.array([c.x[k] for c in compounds]) for k, name in enumerate(hull.endmembers)},
        "minima": np.array([c.minima for c in compounds]),
        "minima_with_symmetry": np.array([c.symmetric for c in compounds]),
        "visits": np.bincount(hull.compound_of, [p.visits for p in hull.phases], len(compounds)).astype(int),
        "energy_ev_per_atom": np.array([c.lowest.energy_per_atom for c in compounds]),
        "formation_ev_per_atom": formation,
        "formation_kj_per_mol_atoms": formation * KJ_PER_MOL,
        "formation_kj_per_mol_mixture": formation * KJ_PER_MOL * np.array([c.mixture_atoms for c in compounds]),
        "above_hull_ev_per_atom": np.array([c.above_hull_ev_per_atom for c in compounds]),
        "depth_ev_per_atom": np.array([c.depth_ev_per_atom for c in compounds]),
        "stable": np.array([int(c.stable) for c in compounds]),
        "space_group": _texts(_group(c.lowest) for c in compounds),
        "decomposes_to": _texts(_products(c.decomposition) for c in compounds),
        "source": _texts(c.lowest.source for c in compounds),
    }


def minima_columns(hull: Hull) -> dict[str, np.ndarray]:
    """One row for each distinct minimum, by composition and energy, which is the enthalpy where there is a pressure; the
    names carry the units.
    """
    energy = np.array([p.energy_per_atom for p in hull.phases])
    order = np.lexsort((energy, hull.compound_of))
    phases = [hull.phases[k] for k in order]
    lowest = np.array([hull.compounds[k].lowest.energy_per_atom for k in hull.compound_of])
    return {
        "formula": _texts(p.formula for p in phases),
        "x": np.array([hull.compounds[k].x[-1] for k in hull.compound_of[order]]),
        "atoms": np.array([p.size for p in phases]),
        "energy_ev_per_atom": energy[order],
        "above_lowest_ev_per_atom": (energy - lowest)[order],
        "formation_ev_per_atom": hull.formation_ev_per_atom[order],
        "above_hull_ev_per_atom": hull.above_hull_ev_per_atom[order],
        "volume_A3_per_atom": np.array([p.atoms.get_volume() / p.size if p.atoms else np.nan for p in phases]),
        "space_group": _texts(_group(p) for p in phases),
        "space_group_number": _texts(p.space_group.number if p.space_group else "" for p in phases),
        "visits": np.array([p.visits for p in phases]),
        "uncertainty_ev_per_A": np.array([np.nan if p.uncertainty is None else p.uncertainty for p in phases]),
        "potential": _texts(p.potential for p in phases),
        "source": _texts(p.source for p in phases),
    } | ({"pressure_ev_per_A3": np.array([p.pressure for p in phases])} if any(p.pressure for p in phases) else {})


def comparison_columns(comparison: Comparison) -> dict[str, np.ndarray]:
    """One row for each phase that was evaluated again; the names carry the units."""
    pairs = comparison.pairs
    ranks = {id(p): k for group in _groups(comparison) for k, p in enumerate(group, 1)}
    again = {
        id(p): k
        for group in _groups(comparison)
        for k, p in enumerate(sorted(group, key=lambda p: p.after.energy_per_atom), 1)
    }
    return {
        "formula": _texts(p.before.formula for p in pairs),
        "rank_before": np.array([ranks[id(p)] for p in pairs]),
        "rank_after": np.array([again[id(p)] for p in pairs]),
        "energy_before_ev_per_atom": np.array([p.before.energy_per_atom for p in pairs]),
        "energy_after_ev_per_atom": np.array([p.after.energy_per_atom for p in pairs]),
        "volume_change": np.array([p.volume_change for p in pairs]),
        "converged": np.array([int(p.converged) for p in pairs]),
        "space_group_before": _texts(_group(p.before) for p in pairs),
        "space_group_after": _texts(_group(p.after) for p in pairs),
        "source": _texts(p.before.source for p in pairs),
    }


def _groups(comparison: Comparison) -> list[list]:
    """Pairs by composition, ascending in the energy before."""
    groups: dict[str, list] = {}
    for pair in sorted(comparison.pairs, key=lambda p: p.before.energy_per_atom):
        groups.setdefault(pair.before.formula, []).append(pair)
    return list(groups.values())


def summary(hull: Hull, collection: Collection) -> dict[str, object]:
    """What is stable, how many minima there are, and what the energies are of; for JSON."""
    return {
        "endmembers": hull.endmembers,
        "references_ev_per_atom": dict(zip(hull.endmembers, hull.references_ev_per_atom.tolist(), strict=True)),
        "stable": hull.stable,
        "stable_between_endmembers": [c.formula for c in hull.compounds if c.stable and np.count_nonzero(c.amounts) > 1],
        "compositions": len(hull.compounds),
        "distinct_minima": len(hull.phases),
        "distinct_minima_with_symmetry": sum(c.symmetric for c in hull.compounds),
        "visits": sum(p.visits for p in hull.phases),
        "repeated_between_files": collection.repeated,
        "left_out": hull.left_out,
        "potentials": collection.potentials,
        "pressure_ev_per_A3": collection.pressure,
        "notes": collection.notes,
    }


def export_phases(path: str | Path, hull: Hull, within: float) -> int:
    """Number of minima within an energy (eV/atom) of the hull written to ``.extxyz`` (also ``.gz``, ``.xz``) or ``.cif``.

    Raises
    ------
    DataError
        If the name has another ending.
    """
    path = Path(path)
    near = [
        (hull.phases[k], hull.formation_ev_per_atom[k], hull.above_hull_ev_per_atom[k])
        for k in np.argsort(hull.above_hull_ev_per_atom, kind="stable")
        if hull.above_hull_ev_per_atom[k] <= within and hull.phases[k].atoms is not None
    ]
    suffixes = [s for s in path.suffixes if s not in (".gz", ".xz")]
    if suffixes[-1:] in ([".extxyz"], [".xyz"]):
        return write_frames(path, [_frame(*row) for row in near])
    if suffixes[-1:] != [".cif"]:
        raise DataError(f"{path}: expected a name ending with .extxyz, .xyz (also .gz, .xz) or .cif")
    blocks = [_cif(phase, f"{k:04d}_{phase.formula}", above) for k, (phase, _, above) in enumerate(near, 1)]
    path.write_text("\n".join(blocks), encoding="utf-8")
    return len(near)


def _frame(phase: Phase, formation: float, above: float) -> Atoms:
    assert phase.atoms is not None
    atoms = Atoms(phase.atoms.numbers, phase.atoms.positions, cell=phase.atoms.cell, pbc=True)
    known = {
        "energy": phase.energy - phase.pressure * atoms.get_volume(),
        "pressure_ev_per_A3": phase.pressure or None,
        "composition": phase.formula,
        "formation_ev_per_atom": float(formation),
        "above_hull_ev_per_atom": float(above),
        "space_group": _group(phase) or None,
        "engine": phase.potential or None,
        "visits": phase.visits,
        "source": phase.source,
    }
    atoms.info.update({key: value for key, value in known.items() if value is not None})
    return atoms


def _cif(phase: Phase, name: str, above: float) -> str:
    from pymatgen.core import Structure
    from pymatgen.io.cif import CifWriter

    atoms = phase.atoms
    assert atoms is not None
    structure = Structure(
        atoms.cell.array, atoms.get_chemical_symbols(), atoms.positions, coords_are_cartesian=True
    )
    text = str(CifWriter(structure))
    body = text[text.index("data_") :].split("\n", 1)[1]
    note = f"# {phase.source}, {_group(phase)}, {1000 * above:.3f} meV/atom above the hull"
    return f"{note}\ndata_{name}\n{body}"


def _group(phase: Phase) -> str:
    return phase.space_group.symbol if phase.space_group else ""


def _products(decomposition: dict[str, float]) -> str:
    return " + ".join(f"{amount:.4g} {name}" for name, amount in decomposition.items())


def change_lines(comparison: Comparison) -> list[str]:
    """Lines that say what another potential changes."""
    lines = []
    for change in comparison.changes:
        moved = change.lowest_before != change.lowest_after
        rank = "" if np.isnan(change.rank_correlation) else f", rank correlation {change.rank_correlation:.2f}"
        lines.append(
            f"  {change.formula}: {change.compared} compared, energies differ by "
            f"{1000 * change.deviation_ev_per_atom:.2f} meV/atom about their mean{rank}, lowest "
            + (f"is now {change.lowest_after} instead of {change.lowest_before}" if moved else "the same")
        )
    return lines

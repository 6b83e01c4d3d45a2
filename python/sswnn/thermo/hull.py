"""Convex hull of energies over compositions, by pymatgen's PhaseDiagram. It reads no files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sswnn.data.composition import parse_formula
from sswnn.errors import DataError
from sswnn.thermo.compounds import Compound, Hull
from sswnn.thermo.endmembers import Axes, default_axes, make_axes
from sswnn.thermo.phases import Phase
from sswnn.thermo.spectrum import is_symmetric

_ABSENT = 1e3
"""Height over the other references of an endmember without a phase, eV/atom: no tie line but those to it change."""


def convex_hull(
    phases: Sequence[Phase], endmembers: Sequence[str] | Axes | None = None, *, allow_absent: bool = False
) -> Hull:
    """Phase diagram of phases along endmembers.

    Parameters
    ----------
    phases
        Distinct phases with energies of one potential.
    endmembers
        Formulas, for example ``["LiCl", "ZrCl4"]``; None: see `sswnn.thermo.endmembers.default_axes`.
    allow_absent
        Accept endmembers without a phase: what coexists is right unless it is with them; formation energies are not known.

    Raises
    ------
    DataError
        If there is one composition only, or an endmember has no phase.
    """
    if isinstance(endmembers, Axes):
        axes = endmembers
    elif endmembers is None:
        axes = default_axes([phase.counts for phase in phases])
    else:
        axes = make_axes(endmembers)
    members, amounts, left_out = _on_axes(phases, axes)
    lowest = {name: min(group, key=lambda phase: phase.energy_per_atom) for name, group in members.items()}
    absent = [name for name in axes.formulas if name not in lowest]
    if absent and not allow_absent:
        found = ", ".join(dict.fromkeys(phase.formula for phase in phases)) or "none"
        raise DataError(f"no energy of the endmember {', '.join(absent)}; compositions are {found}")
    if len(lowest) < 2:
        raise DataError(
            f"only the composition {''.join(lowest) or 'none'} is a mixture of {', '.join(axes.formulas)}; "
            "a phase diagram needs at least two"
        )
    return _assemble(axes, members, amounts, lowest, left_out)


def _on_axes(
    phases: Sequence[Phase], axes: Axes
) -> tuple[dict[str, list[Phase]], dict[str, np.ndarray], dict[str, int]]:
    """Phases and amounts (k,) of the endmembers in a formula unit, by formula; numbers of the phases left out."""
    members: dict[str, list[Phase]] = {}
    amounts: dict[str, np.ndarray] = {}
    left_out: dict[str, int] = {}
    for phase in phases:
        name = phase.formula
        if name not in amounts and name not in left_out:
            found = axes.amounts(parse_formula(name))
            if found is None:
                left_out[name] = 0
            else:
                amounts[name], members[name] = found, []
        if name in members:
            members[name].append(phase)
        else:
            left_out[name] += 1
    return members, amounts, left_out


def _assemble(
    axes: Axes,
    members: dict[str, list[Phase]],
    amounts: dict[str, np.ndarray],
    lowest: dict[str, Phase],
    left_out: dict[str, int],
) -> Hull:
    references = np.array([lowest[f].energy_per_atom if f in lowest else np.nan for f in axes.formulas])
    names = list(members)
    if len(axes.formulas) == 2:
        names.sort(key=lambda name: amounts[name][1] / amounts[name].sum())
    diagram, entries = _diagram(axes, names, amounts, lowest, references)
    depths = _depths(axes, names, amounts, lowest)
    compounds = tuple(
        _compound(axes, members[name], amounts[name], lowest[name], references, diagram, entries, depths[name])
        for name in names
    )
    phases = [phase for name in names for phase in members[name]]
    owner = np.repeat(np.arange(len(names)), [len(members[name]) for name in names])
    energy = np.array([phase.energy_per_atom for phase in phases])
    base = np.array([c.lowest.energy_per_atom - c.formation_ev_per_atom for c in compounds])
    hull = np.array([_hull_energy(diagram, entries[name]) for name in names])
    return Hull(
        endmembers=axes.formulas,
        references_ev_per_atom=references,
        compounds=compounds,
        phases=tuple(phases),
        formation_ev_per_atom=energy - base[owner],
        above_hull_ev_per_atom=np.maximum(energy - hull[owner], 0.0),
        compound_of=owner,
        tie_lines=_tie_lines(diagram, names),
        left_out=left_out,
    )


def _diagram(
    axes: Axes, names: Sequence[str], amounts: dict[str, np.ndarray], lowest: dict[str, Phase], references: np.ndarray
) -> tuple[Any, dict[str, Any]]:
    """Phase diagram of pymatgen, and the entry of each composition.

    Endmembers stand there as elements that have as many atoms as their formula units, so that energies per atom are true.
    """
    from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
    from pymatgen.core import Composition, DummySpecies

    species = [DummySpecies("X" + chr(ord("f") + k)) for k in range(len(axes.formulas))]

    def entry(name: str, moles: np.ndarray, energy: float) -> Any:
        composition = {s: n for s, n in zip(species, moles * axes.sizes, strict=True) if n > 0}
        return PDEntry(Composition(composition), energy * float(moles @ axes.sizes), name=name)

    entries = {name: entry(name, amounts[name], lowest[name].energy_per_atom) for name in names}
    highest = max(phase.energy_per_atom for phase in lowest.values())
    absent = [
        entry("", np.eye(len(species))[k], highest + _ABSENT)
        for k, value in enumerate(references)
        if not np.isfinite(value)
    ]
    return PhaseDiagram([*entries.values(), *absent]), entries


def _compound(
    axes: Axes, group: list[Phase], amounts: np.ndarray, lowest: Phase, references: np.ndarray,
    diagram: Any, entries: dict[str, Any], depth: float,
) -> Compound:  # fmt: skip
    name = lowest.formula
    shares = amounts * axes.sizes / float(amounts @ axes.sizes)
    base = float(shares[shares > 0] @ references[shares > 0])
    atoms = round(float(amounts @ axes.sizes))
    products = diagram.get_decomposition(entries[name].composition)
    sizes = {e.name: entries[e.name].composition.num_atoms for e in products if e.name}
    return Compound(
        formula=name,
        amounts=amounts,
        atoms=atoms,
        minima=len(group),
        symmetric=sum(is_symmetric(phase) for phase in group),
        lowest=lowest,
        formation_ev_per_atom=lowest.energy_per_atom - base,
        above_hull_ev_per_atom=max(0.0, lowest.energy_per_atom - _hull_energy(diagram, entries[name])),
        depth_ev_per_atom=depth,
        decomposition={
            e.name: float(share * atoms / sizes[e.name]) for e, share in products.items() if e.name
        },
    )


def _hull_energy(diagram: Any, entry: Any) -> float:
    return float(diagram.get_hull_energy_per_atom(entry.composition))


def _depths(
    axes: Axes, names: Sequence[str], amounts: dict[str, np.ndarray], lowest: dict[str, Phase]
) -> dict[str, float]:
    """Height (eV/atom) of the best mixture of the other compositions over each one; not-a-number if there is no mixture."""
    from scipy.optimize import linprog

    shares = np.array([amounts[name] * axes.sizes for name in names])
    shares /= shares.sum(axis=1, keepdims=True)
    energy = np.array([lowest[name].energy_per_atom for name in names])
    depths = {}
    for k, name in enumerate(names):
        others = np.arange(len(names)) != k
        best = linprog(energy[others], A_eq=shares[others].T, b_eq=shares[k])
        depths[name] = float(best.fun - energy[k]) if best.status == 0 else float("nan")
    return depths


def _tie_lines(diagram: Any, names: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Edges of the facets, without those to absent endmembers."""
    place = {name: k for k, name in enumerate(names)}
    corners = [place.get(entry.name) for entry in diagram.qhull_entries]
    edges = set()
    for facet in diagram.facets:
        known = [corners[k] for k in facet if corners[k] is not None]
        edges |= {(min(i, j), max(i, j)) for i in known for j in known if i < j}
    return tuple(sorted(edges))

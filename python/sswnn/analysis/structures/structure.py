"""What a structure is, in one row: space group, polyhedra, what they share, layers, labels of the mobile ions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase import Atoms

from sswnn.analysis.structures.polyhedra import Polyhedra, polyhedra
from sswnn.analysis.structures.stacking import Stacking, stacking
from sswnn.data.composition import by_electronegativity


@dataclass(frozen=True, eq=False)
class StructureReport:
    """Polyhedra and layers of one structure.

    Attributes
    ----------
    polyhedra
        Coordination polyhedra of all elements but the anion.
    stacking
        Layers of the centre; None if there are none or the structure has no centre.
    centre, ion
        Elements that make the layers and that are labelled; empty if there is none.
    """

    polyhedra: Polyhedra
    stacking: Stacking | None
    centre: str
    ion: str

    def shapes(self) -> dict[str, dict[str, int]]:
        """Element -> shape -> number of its polyhedra in the cell."""
        found: dict[str, dict[str, int]] = {}
        for element, name in zip(self.polyhedra.elements.tolist(), self.polyhedra.shapes.tolist(), strict=True):
            row = found.setdefault(element, {})
            row[name] = row.get(name, 0) + 1
        return found

    def row(self) -> dict[str, object]:
        """Columns of a table, counts per cell; layers are empty where there are none."""
        pairs = {f"{a}-{b} {kind}": n for (a, b, kind), n in self.polyhedra.counts().items()}
        layers = self.stacking
        labels = layers.ion_labels.tolist() if layers else []
        return {
            "polyhedra": "; ".join(
                f"{element} {', '.join(f'{n} {name}' for name, n in row.items())}" for element, row in self.shapes().items()
            ),
            "shared": "; ".join(f"{key} {n}" for key, n in pairs.items()),
            "centre": self.centre,
            "centre_edges": self.centre_shared("edge"),
            "centre_faces": self.centre_shared("face"),
            "layers": layers.model if layers else "",
            "layer_planes": "" if layers is None else " ".join(map(str, layers.miller)),
            "anion_sequence": layers.sequence if layers else "",
            "centres_per_space": " ".join(map(str, layers.centres)) if layers else "",
            "ion": self.ion,
            "ions_A": labels.count("A"),
            "ions_B": labels.count("B"),
        }

    def centre_shared(self, kind: str) -> int:
        """Corners, edges or faces per cell that polyhedra of the centre share with each other."""
        if self.centre not in self.polyhedra.elements:
            return 0
        return self.polyhedra.count(self.centre, self.centre, kind)


def describe(
    atoms: Atoms, *, centre: str | None = None, ion: str | None = None, anion: str | None = None
) -> StructureReport:
    """Polyhedra and layers of a structure.

    Parameters
    ----------
    atoms
        Crystal, A.
    centre, ion, anion
        Elements that make the layers, that are labelled, and at the corners. None: the most electronegative element is the
        anion, the least electronegative one the ion, and the next one the centre; of two elements the cation is the centre.

    Raises
    ------
    AnalysisError
        If an element is missing or the structure has one element only.
    """
    present = by_electronegativity(atoms.get_chemical_symbols())
    anion = anion or present[-1]
    cations = [x for x in present if x != anion]
    if ion is None:
        ion = cations[0] if len(cations) > 1 and cations[0] != centre else ""
    if centre is None:
        rest = [x for x in cations if x != ion]
        centre = rest[0] if rest else ""
    has_layers = centre in present and bool(atoms.pbc.all())
    return StructureReport(
        polyhedra=polyhedra(atoms, centres=cations, ligand=anion),
        stacking=stacking(atoms, centre=centre, ion=ion, anion=anion) if has_layers else None,
        centre=centre,
        ion=ion,
    )


def edge_sharing_cost(energies: np.ndarray, shared: np.ndarray) -> tuple[float, float] | None:
    """Energies of what sharing edges costs, from structures of one composition.

    Parameters
    ----------
    energies
        (n,) per formula unit, eV.
    shared
        (n,) edges or faces that polyhedra of the centre share, per formula unit.

    Returns
    -------
    tuple or None
        Lowest energy with shared edges less the lowest one without, eV per formula unit, and the same per shared edge of that
        structure; None if either kind is missing.
    """
    free, joined = np.flatnonzero(shared == 0), np.flatnonzero(shared > 0)
    if not len(free) or not len(joined):
        return None
    best = joined[np.argmin(energies[joined])]
    cost = float(energies[best] - energies[free].min())
    return cost, cost / float(shared[best])



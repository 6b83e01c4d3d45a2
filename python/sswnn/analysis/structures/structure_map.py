"""Order parameter, density, energy and composition of every structure of a set: what a map of it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms

from sswnn.data.composition import by_electronegativity, reduced_formula
from sswnn.errors import AnalysisError

G_PER_CM3 = 1.66053906660
"""One amu per A^3, g/cm^3 (CODATA 2018)."""


@dataclass(frozen=True, eq=False)
class StructureMap:
    """One row for each crystal of a set.

    Attributes
    ----------
    degree
        l of the order parameter.
    elements
        A and B: composition is the share of B among both.
    formulas
        (n,) reduced formulas.
    order
        (n,) distance-weighted Steinhardt order parameters, see `sswnn.ssw.order_parameter`.
    density
        (n,) g/cm^3.
    energy
        (n,) above the lowest structure of the same composition, eV/atom; not-a-number without energy.
    share
        (n,) n_B / (n_A + n_B); not-a-number without either.
    skipped
        Number of structures that are no crystals.
    """

    degree: int
    elements: tuple[str, str]
    formulas: np.ndarray
    order: np.ndarray
    density: np.ndarray
    energy: np.ndarray
    share: np.ndarray
    skipped: int

    def columns(self) -> dict[str, np.ndarray]:
        """Columns of the CSV file."""
        a, b = self.elements
        return {
            "formula": self.formulas,
            f"order_parameter_{self.degree}": self.order,
            "density_g_per_cm3": self.density,
            "energy_above_lowest_ev_per_atom": self.energy,
            f"{b}_over_{a}_and_{b}": self.share,
        }


def structure_map(
    structures: Iterable[tuple[Atoms, float]],
    *,
    degree: int = 6,
    elements: Sequence[str] | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> StructureMap:
    """Map of structures.

    Parameters
    ----------
    structures
        Structures, A, with their energies, eV, or not-a-number.
    degree
        l of the order parameter. A stored ``info["order_parameter_l"]`` is taken where there is one.
    elements
        A and B; None: the two least electronegative elements of all structures. For mixtures (LiCl)_(1-x) (ZrCl4)_x, Li and Zr
        make the share x.
    progress
        Called with the number of structures done.

    Raises
    ------
    AnalysisError
        If there is no crystal, or not two elements.
    """
    from sswnn.ssw.order_parameter import order_parameter

    counts: list[dict[str, int]] = []
    rows: list[tuple[float, float, float]] = []
    skipped = 0
    for done, (atoms, energy) in enumerate(structures, 1):
        if not atoms.pbc.all():
            skipped += 1
            continue
        stored = atoms.info.get(f"order_parameter_{degree}")
        order = float(stored) if stored is not None else order_parameter(atoms, degree).value
        density = float(atoms.get_masses().sum() / atoms.get_volume() * G_PER_CM3)
        rows.append((order, density, energy / len(atoms)))
        counts.append(dict(atoms.symbols.formula.count()))
        progress(done)
    if not rows:
        raise AnalysisError(f"no crystal among {skipped} structures")
    a, b = _two(counts, elements)
    table = np.array(rows)
    formulas = np.array([reduced_formula(c) for c in counts], dtype=object)
    both = np.array([[c.get(a, 0), c.get(b, 0)] for c in counts], dtype=float)
    total = both.sum(axis=1)
    return StructureMap(
        degree=degree,
        elements=(a, b),
        formulas=formulas,
        order=table[:, 0],
        density=table[:, 1],
        energy=above_lowest(formulas, table[:, 2]),
        share=np.divide(both[:, 1], total, out=np.full(len(total), np.nan), where=total > 0),
        skipped=skipped,
    )


def above_lowest(formulas: np.ndarray, energy: np.ndarray) -> np.ndarray:
    """(n,) energies per atom above the lowest one of the same formula; not-a-number stays."""
    above = np.array(energy, dtype=float)
    for name in set(formulas.tolist()):
        members = formulas == name
        if np.isfinite(above[members]).any():
            above[members] -= np.nanmin(above[members])
    return above


def _two(counts: Sequence[dict[str, int]], elements: Sequence[str] | None) -> tuple[str, str]:
    present = by_electronegativity({element for c in counts for element in c})
    chosen = tuple(elements) if elements is not None else tuple(present[:2])
    for element in chosen:
        if element not in present:
            raise AnalysisError(f"no structure has {element}, elements are {', '.join(present)}")
    if len(chosen) == 1:
        return chosen[0], chosen[0]
    if len(chosen) != 2:
        raise AnalysisError(f"elements are {', '.join(chosen)}, expected two: A and B of the share B / (A + B)")
    return chosen[0], chosen[1]

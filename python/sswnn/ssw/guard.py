"""Holes of a potential: where a search must not go, whatever the energy there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase.data import chemical_symbols, covalent_radii

from sswnn import _core
from sswnn.ssw.surface import Surface


def holds_together(positions: np.ndarray, cell: np.ndarray, gap: float) -> bool:
    """Whether contacts nearer than a gap join all atoms of a crystal and their images to one network in three dimensions.

    Molecules, chains and layers that stand apart do not: a potential that ends there has a minimum at any of their distances.

    Parameters
    ----------
    positions, cell
        [n, 3] and [3, 3], Å.
    gap
        Å.
    """
    first, second, between = _core.neighbor_list(positions, cell, [True] * 3, gap)
    steps = np.rint((between - positions[second] + positions[first]) @ np.linalg.inv(cell)).astype(int)
    start = np.searchsorted(first, np.arange(len(positions) + 1))
    image = np.zeros((len(positions), 3), int)  # of each atom in the network of the first one
    reached, queue = {0}, [0]
    for i in queue:
        for k in range(start[i], start[i + 1]):
            j = int(second[k])
            if j not in reached:
                reached.add(j)
                queue.append(j)
                image[j] = image[i] + steps[k]
    loops = np.unique(image[first] + steps - image[second], axis=0)
    return len(reached) == len(positions) and bool(np.linalg.matrix_rank(loops) == 3)


@dataclass(frozen=True)
class Guard:
    """Limits of what is reported as a minimum."""

    least_contact: float = 0.7  # of the sum of the covalent radii; 0: no check
    uncertainty: float = 0.0  # eV/Å, largest expected force error of an atom; 0: no limit
    largest_volume: float = 100.0  # Å³ per atom, of a crystal: beyond it the crystal has fallen apart; 0: no check
    widest_gap: float = 5.8  # Å, between parts of a crystal, just within the cutoff of most potentials; 0: no check

    def closest(self, surface: Surface, positions: np.ndarray, cell: np.ndarray) -> str | None:
        """What is wrong with the distances, the volume or the cohesion, or None."""
        if self.least_contact > 0:
            radii = covalent_radii[surface.numbers]
            first, second, between = _core.neighbor_list(
                positions, cell, surface.pbc, 2 * self.least_contact * float(radii.max())
            )
            if len(first):
                distance = np.sqrt((between**2).sum(axis=1))
                ratio = distance / (radii[first] + radii[second])
                k = int(ratio.argmin())
                if ratio[k] < self.least_contact:
                    pair = "-".join(
                        chemical_symbols[surface.numbers[a]] for a in (first[k], second[k])
                    )
                    return (
                        f"hole: {pair} {distance[k]:.2f} A, {ratio[k]:.2f} of the covalent radii's sum, "
                        f"least {self.least_contact:.2f}"
                    )
        if self.largest_volume > 0 and surface.pbc.all():
            volume = abs(float(np.linalg.det(cell))) / len(positions)
            if volume > self.largest_volume:
                return f"fallen apart: {volume:.0f} A^3 per atom, largest {self.largest_volume:.0f}"
        if self.widest_gap > 0 and surface.pbc.all() and not holds_together(positions, cell, self.widest_gap):
            return f"fallen apart: parts with gaps wider than {self.widest_gap:g} A"
        return None

    def reason(
        self, surface: Surface, positions: np.ndarray, cell: np.ndarray
    ) -> tuple[str | None, float | None]:
        """Why the structure must not be reported (None if it may), and its uncertainty (eV/Å, None if unknown)."""
        bad = self.closest(surface, positions, cell)
        if bad:
            return bad, None
        uncertainty = surface.uncertainty(positions, cell)
        if self.uncertainty > 0 and uncertainty is not None and uncertainty > self.uncertainty:
            return f"uncertainty {uncertainty:.2f} eV/A above {self.uncertainty:.2f}", uncertainty
        return None, uncertainty

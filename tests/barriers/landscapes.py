"""Energy surfaces of one atom with known barriers, as ASE calculators: the others only feel a weak spring, and nobody anybody."""

from collections.abc import Callable
from typing import ClassVar

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes

BOX = 30.0


class Landscape(Calculator):
    """Energy `surface(x, y)` (eV) and its gradient for atom 0; z and all other atoms are held by springs of 1 eV/A^2."""

    implemented_properties: ClassVar[list[str]] = ["energy", "forces", "stress"]

    def __init__(self, surface: Callable, rest: np.ndarray):
        super().__init__()
        self.surface, self.rest = surface, rest

    def calculate(self, atoms=None, properties=("energy",), system_changes=tuple(all_changes)):
        super().calculate(atoms, properties, system_changes)
        away = self.atoms.positions - self.rest
        away[0, :2] = 0
        x, y = self.atoms.positions[0, :2]
        energy, slope_x, slope_y = self.surface(x, y)
        forces = -away
        forces[0, :2] = -slope_x, -slope_y
        self.results = {
            "energy": energy + 0.5 * (away**2).sum(), "forces": forces, "stress": np.zeros(6)
        }  # fmt: skip


def atoms_at(x: float, y: float = 0.0) -> Atoms:
    """Atom 0 at (x, y, 10) and two more far away."""
    return Atoms("Li3", [(x, y, 10.0), (20, 20, 20), (20, 5, 15)], cell=[BOX] * 3, pbc=True)


def landscape(surface: Callable) -> Landscape:
    """Calculator for `atoms_at`."""
    return Landscape(surface, atoms_at(0).positions.copy())


def ridge(height: float, width: float, bend: float, period: float) -> Callable:
    """Minima at multiples of `period` along x; half way, y = 0 is a maximum of `height`, and saddles lie on both sides of it.

    V = s h (1 - k y^2) + (1 - s) y^2 + c y^4, s = sin^2(pi x / period): at s = 1 least h - (h k)^2 / (4 c), which is the
    saddle if h > h k (h k + 1) / (2 c).
    """

    def surface(x: float, y: float) -> tuple[float, float, float]:
        s = np.sin(np.pi * x / period) ** 2
        slope = np.pi / period * np.sin(2 * np.pi * x / period)
        energy = s * height * (1 - width * y**2) + (1 - s) * y**2 + bend * y**4
        along = slope * (height * (1 - width * y**2) - y**2)
        across = -2 * s * height * width * y + 2 * (1 - s) * y + 4 * bend * y**3
        return energy, along, across

    return surface

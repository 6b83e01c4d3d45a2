"""The climb of one step: Gaussians along a softened direction until the walker has left its basin, JCTC 2013, 9, 1838."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sswnn.ssw.bias import Bias, height
from sswnn.ssw.minimise import Tolerance, minimise_atoms
from sswnn.ssw.mode import Rotation, soften
from sswnn.ssw.surface import Evaluation, Surface


@dataclass(frozen=True)
class Climb:
    """How a walker leaves its minimum at fixed cell."""

    gaussians: int = 10  # H, largest number
    width: float = 0.6  # ds, Å
    push: float = 0.1  # eV/Å, force along the direction at one width
    relax: Tolerance = Tolerance(force=0.15, steps=15)  # noqa: RUF009 (frozen)
    rotation: Rotation = Rotation()  # noqa: RUF009 (frozen)


def climb(
    surface: Surface,
    positions: np.ndarray,
    cell: np.ndarray,
    energy: float,
    start: np.ndarray,
    settings: Climb,
) -> np.ndarray:
    """Positions [n, 3] (Å) beyond the barrier, or after the last Gaussian.

    Every Gaussian: soften the same start N0 where the walker is; displace by ds; raise a Gaussian behind; relax on surface and
    bias. The climb ends below the energy it started from.

    Parameters
    ----------
    positions, cell, energy
        The minimum it starts from: [n, 3] Å, rows of lattice vectors, eV.
    start
        N0, unit vector [n, 3].
    """
    bias = Bias(settings.width, settings.gaussians, start.size)

    def forces(x: np.ndarray) -> np.ndarray:
        return surface(x, cell).forces

    x, here = positions, forces(positions)
    for _ in range(settings.gaussians):
        direction = soften(forces, x, here, start, settings.rotation)
        ahead = x + settings.width * direction
        background = surface(ahead, cell).forces + bias.forces(ahead)
        bias.add(
            x,
            direction,
            height(float((background * direction).sum()), settings.width, settings.push),
        )
        last: list[Evaluation] = []

        def biased(y: np.ndarray, last: list[Evaluation] = last) -> tuple[float, np.ndarray]:
            found = surface(y, cell)
            last[:] = [found]
            return found.energy, found.forces + bias.forces(y)

        x, _ = minimise_atoms(biased, ahead, settings.relax)
        here = last[0].forces
        if last[0].energy < energy:
            break
    return x

"""The Gaussians that push a walker out of its minimum, JCTC 2013, 9, 1838, doi:10.1021/ct301010b.

    V = Σ_k w_k exp(-p_k² / (2 ds²)),   p_k = (R - R_k) · N_k,   F = Σ_k (w_k / ds²) p_k exp(-p_k² / (2 ds²)) N_k
"""

from __future__ import annotations

import numpy as np


class Bias:
    """A growing sum of Gaussians of one width.

    Parameters
    ----------
    width
        ds, Å.
    capacity
        Largest number of Gaussians.
    size
        Coordinates 3n.
    """

    def __init__(self, width: float, capacity: int, size: int):
        self.width, self.count = width, 0
        self._directions = np.empty((capacity, size))
        self._offsets = np.empty(capacity)
        self._heights = np.empty(capacity)

    def add(self, centre: np.ndarray, direction: np.ndarray, height: float) -> None:
        """One more Gaussian: centre [n, 3] (Å), unit direction [n, 3], height (eV)."""
        k = self.count
        self._directions[k] = direction.ravel()
        self._offsets[k] = centre.ravel() @ direction.ravel()
        self._heights[k] = height
        self.count += 1

    def forces(self, positions: np.ndarray) -> np.ndarray:
        """Forces of all Gaussians, [n, 3], eV/Å."""
        directions = self._directions[: self.count]
        p = directions @ positions.ravel() - self._offsets[: self.count]
        scale = 1 / self.width**2
        weight = self._heights[: self.count] * np.exp(p * p * (-0.5 * scale)) * (p * scale)
        return (weight @ directions).reshape(positions.shape)

    def energy(self, positions: np.ndarray) -> float:
        """Energy of all Gaussians, eV."""
        p = self._directions[: self.count] @ positions.ravel() - self._offsets[: self.count]
        return float(self._heights[: self.count] @ np.exp(-(p**2) / (2 * self.width**2)))


def height(background: float, width: float, push: float) -> float:
    """Height w (eV) that makes the total force along the direction `push` at a displacement of one width.

    w = (push - F_bg · N) ds e^(1/2), never negative.

    Parameters
    ----------
    background
        Force along the direction at the displaced point from the surface and earlier Gaussians, eV/Å.
    width
        ds, Å.
    push
        eV/Å.
    """
    return max(0.0, (push - background) * width * np.exp(0.5))

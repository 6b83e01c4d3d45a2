"""Volumes at which random crystals are made. Knows no way of making them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sswnn.data.mixtures import minimum_distances
from sswnn.errors import DataError

VOLUME_RANGE = (1.25, 2.3)
"""Volume of a random crystal over the close-packed one of its minimum distances, see `volume_range`."""


def volume_range(composition: Mapping[str, int]) -> tuple[float, float]:
    """Volumes per atom between which random crystals are drawn by default, A^3.

    `VOLUME_RANGE` times the mean of d^3 / sqrt 2, the volume of a close-packed sphere whose diameter d
    is the minimum distance of like atoms. It contains LiCl, ZrCl4, Li2ZrCl6, Li and Zr.
    """
    length = minimum_distances(composition)
    total = sum(n * length[frozenset({e})] ** 3 for e, n in composition.items())
    packed = total / np.sqrt(2) / sum(composition.values())
    return float(VOLUME_RANGE[0] * packed), float(VOLUME_RANGE[1] * packed)


def checked_volumes(
    composition: Mapping[str, int], volume_per_atom: Sequence[float] | None
) -> tuple[float, float]:
    """Smallest and largest volume per atom, A^3; DataError for what makes no sense."""
    if not composition or min(composition.values()) < 1:
        raise DataError(
            f"composition is {dict(composition)}, expected at least one atom of each element"
        )
    low, high = volume_range(composition) if volume_per_atom is None else volume_per_atom
    if not 0 < low <= high:
        raise DataError(f"volume_per_atom is {low} to {high}, expected 0 < smallest <= largest")
    return float(low), float(high)

"""Energies that count from different zeros: one offset per element between them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ase import Atoms


def element_offsets(
    frames: Sequence[Atoms], differences: np.ndarray
) -> tuple[dict[str, float], np.ndarray]:
    """The offset of each element that explains differences of energies best, by least squares, and what it leaves.

    Parameters
    ----------
    frames
        Structures.
    differences
        [frames], eV/atom.

    Returns
    -------
    offsets
        Element -> eV; an element that always comes in the same share with another gets the solution of smallest norm.
    rest
        [frames], differences without the offsets, eV/atom.
    """
    elements = sorted({symbol for frame in frames for symbol in frame.get_chemical_symbols()})
    share = np.array([[f.get_chemical_symbols().count(e) / len(f) for e in elements] for f in frames])
    offsets = np.linalg.lstsq(share, differences, rcond=None)[0]
    return dict(zip(elements, offsets.tolist(), strict=True)), differences - share @ offsets

"""Crystals moved a little, shared by the tests of this folder."""

import numpy as np
from ase import Atoms


def disturbed(atoms: Atoms, seed: int, strain: float = 0.02, width: float = 0.08) -> Atoms:
    """A copy, strained, with displaced atoms (A) and shifted as a whole."""
    rng = np.random.default_rng(seed)
    out = atoms.copy()
    out.set_cell(atoms.cell.array @ (np.eye(3) + rng.normal(0, strain, (3, 3))), scale_atoms=True)
    out.positions += rng.normal(0, width, out.positions.shape) + rng.normal(0, 5, 3)
    return out

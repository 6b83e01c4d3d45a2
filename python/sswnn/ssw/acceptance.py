"""Whether a walker moves on to the minimum that it has found."""

from __future__ import annotations

import numpy as np


def metropolis(rng: np.random.Generator, rise: float, temperature: float) -> bool:
    """Whether a rise of energy or enthalpy (eV) is accepted at kT = `temperature` (eV): probability min(1, exp(-rise / kT))."""
    if rise <= 0:
        return True
    return bool(temperature > 0 and rng.random() < np.exp(-rise / temperature))

"""Short-range core repulsion, Eq. (9): the universal potential of Ziegler, Biersack and Littmark
(1985), switched off."""

from __future__ import annotations

import torch

ALPHA = (0.18175, 0.50986, 0.28022, 0.02817)
GAMMA = (3.1998, 0.94229, 0.4029, 0.20162)
COULOMB = 14.3996454784255  # eV Å
SCREENING = 0.8854 * 0.529177210903  # Å


def core_repulsion(numbers_i, numbers_j, r, inner, outer) -> tuple[torch.Tensor, torch.Tensor]:
    """V and dV/dr of Eq. (9).

    Parameters
    ----------
    numbers_i, numbers_j : Tensor [k]
        Atomic numbers, real.
    r, inner, outer : Tensor [k]
        Distance and switching radii, Å.

    Returns
    -------
    value, slope : Tensor [k], eV and eV/Å
    """
    screening = SCREENING / (numbers_i**0.23 + numbers_j**0.23)
    x = r / screening
    sum_, sum_slope = torch.zeros_like(r), torch.zeros_like(r)
    for alpha, gamma in zip(ALPHA, GAMMA, strict=True):
        term = alpha * torch.exp(-gamma * x)
        sum_ = sum_ + term
        sum_slope = sum_slope - gamma * term / screening
    prefactor = COULOMB * numbers_i * numbers_j / r
    bare = prefactor * sum_
    bare_slope = prefactor * sum_slope - bare / r
    width = outer - inner
    tau = ((r - inner) / width).clamp(0, 1)
    switch = 1 - tau**3 * (10 - 15 * tau + 6 * tau**2)
    switch_slope = -30 * tau**2 * (1 - tau) ** 2 / width
    return switch * bare, switch * bare_slope + switch_slope * bare

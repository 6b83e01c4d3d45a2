"""Radial functions, Eq. (5): fixed splines φ_p, mixed by learned coefficients per ordered element pair."""

from __future__ import annotations

import numpy as np
import torch
from scipy.interpolate import CubicSpline

SHORTEST = 1.2  # Å, below which atoms meet only in strong repulsion; see `flattened`


def radial_functions(r: np.ndarray, cutoff: float, count: int) -> np.ndarray:
    """Smooth functions sin(pπr/r_c)/r · (1 - (r/r_c)²)³, p = 1 … count: value, slope and curvature vanish at r_c.

    Parameters
    ----------
    r : ndarray [k], Å

    Returns
    -------
    ndarray [k, count]
    """
    x = np.asarray(r)[:, None] / cutoff
    p = np.arange(1, count + 1)
    envelope = np.clip(1 - x**2, 0, None) ** 3
    return p * np.sinc(p * x) * envelope


def orthonormal_mixing(cutoff: float, count: int) -> np.ndarray:
    """Matrix that makes `radial_functions` orthonormal over the distances where atoms meet, [count, count].

    The weight is one from `SHORTEST` to the cutoff and falls smoothly below, where it only bounds the functions.
    """
    r = np.linspace(1e-3, cutoff, 4000)
    weight = np.where(r > SHORTEST, 1.0, 0.05 + 0.95 * (r / SHORTEST) ** 4) * (r[1] - r[0])
    values = radial_functions(r, cutoff, count)
    gram = values.T @ (values * weight[:, None])
    return np.linalg.inv(np.linalg.cholesky(gram)).T


def basis_spline(cutoff: float, count: int, intervals: int) -> np.ndarray:
    """Coefficients b of Eq. (5): C² cubic splines through the orthonormalised radial functions.

    Parameters
    ----------
    cutoff : float
        r_c, Å.
    count, intervals : int
        P and I.

    Returns
    -------
    ndarray [I, 4, P]
        Dimensionless powers of t = r/h - k, with value and slope exactly zero at r_c.
    """
    knots = np.linspace(0, cutoff, intervals + 1)
    values = radial_functions(knots, cutoff, count) @ orthonormal_mixing(cutoff, count)
    values[-1] = 0
    ends = ((2, np.zeros(count)), (1, np.zeros(count)))
    spline = CubicSpline(knots, values, axis=0, bc_type=ends)
    width = cutoff / intervals
    powers = spline.c[::-1] * width ** np.arange(4)[:, None, None]
    return np.ascontiguousarray(powers.transpose(1, 0, 2))


def flattened(basis: np.ndarray, cutoff: float, shortest: float) -> np.ndarray:
    """Radial functions that do not change below a distance, where no data tell how they should.

    There the network sees neighbours as if they were no nearer, and the core repulsion, Eq. (9), alone says how the energy
    rises. A network that extrapolates can fall by thousands of eV instead.

    Parameters
    ----------
    basis : ndarray [I, 4, P]
    cutoff : float
        r_c, Å.
    shortest : float
        Å; the functions are kept from the knot at or below it on, and are constant up to the knot before.

    Returns
    -------
    ndarray [I, 4, P]
        Continuous in value and slope; equal to the basis if its second knot is beyond `shortest`.
    """
    flat, kept = basis.copy(), int(shortest * len(basis) / cutoff + 1e-9)
    if kept > 0:
        value, slope = basis[kept, 0], basis[kept, 1]
        flat[:kept] = 0
        flat[:kept, 0] = value - slope / 3
        flat[kept - 1, 3] = slope / 3
    return flat


def evaluate_basis(
    basis: torch.Tensor, cutoff: float, r: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """φ_p and dφ_p/dr of Eq. (5).

    Parameters
    ----------
    basis : Tensor [I, 4, P]
    r : Tensor [k], Å, below the cutoff

    Returns
    -------
    phi, slope : Tensor [k, P], slope per Å
    """
    intervals = basis.shape[0]
    position = r * (intervals / cutoff)
    k = position.floor().clamp_(0, intervals - 1)
    t = (position - k)[:, None]
    b0, b1, b2, b3 = basis[k.long()].unbind(1)
    phi = b0 + t * (b1 + t * (b2 + t * b3))
    slope = (b1 + t * (2 * b2 + t * (3 * b3))) * (intervals / cutoff)
    return phi, slope

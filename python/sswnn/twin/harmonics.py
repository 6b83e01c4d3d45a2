"""Real spherical harmonics in Racah's normalisation, Eq. (4), and the matrices of their gradients."""

from __future__ import annotations

from functools import lru_cache
from math import sqrt

import numpy as np

MAX_LMAX = 4


def solid_harmonics(x, y, z, lmax: int) -> list:
    """Solid harmonics r^l C_lm(u) of Eq. (4) as homogeneous polynomials.

    Parameters
    ----------
    x, y, z : arrays or tensors of one shape
        Components of a vector; of a unit vector for C_lm itself.
    lmax : int
        0 to 4.

    Returns
    -------
    list of (lmax + 1)**2 arrays, at flat index l² + l + m.
    """
    x2, y2, z2 = x * x, y * y, z * z
    rho2 = x2 + y2
    r2 = rho2 + z2
    out = [x2 * 0 + 1]
    if lmax >= 1:
        out += [y, z, x]
    if lmax >= 2:
        xy, difference = x * y, x2 - y2
        out += [
            sqrt(3) * xy,
            sqrt(3) * y * z,
            z2 - 0.5 * rho2,
            sqrt(3) * x * z,
            sqrt(3) / 2 * difference,
        ]
    if lmax >= 3:
        ys, xs, zr = y * (3 * x2 - y2), x * (x2 - 3 * y2), 5 * z2 - r2
        a, b, c = sqrt(5 / 8), sqrt(15), sqrt(3 / 8)
        out += [
            a * ys,
            b * xy * z,
            c * y * zr,
            0.5 * z * (zr - 2 * r2),
            c * x * zr,
            b / 2 * z * difference,
            a * xs,
        ]
    if lmax >= 4:
        zr6, zr4 = 7 * z2 - r2, 7 * z2 - 3 * r2
        a, b, c, d = sqrt(35) / 2, sqrt(35 / 8), sqrt(5) / 2, sqrt(5 / 8)
        axis = 0.125 * (35 * z2 * z2 - 30 * z2 * r2 + 3 * r2 * r2)
        out += [a * xy * difference, b * z * ys, c * xy * zr6, d * y * z * zr4, axis]
        out += [
            d * x * z * zr4,
            c / 2 * difference * zr6,
            b * z * xs,
            a / 4 * (x2 * x2 - 6 * x2 * y2 + y2 * y2),
        ]
    return out


def sphere_quadrature(degree: int) -> tuple[np.ndarray, np.ndarray]:
    """Points and weights that integrate polynomials up to `degree` over the unit sphere exactly.

    Returns
    -------
    points : ndarray [q, 3]
    weights : ndarray [q], summing to 4π
    """
    z, wz = np.polynomial.legendre.leggauss(degree // 2 + 1)
    phi = 2 * np.pi * np.arange(degree + 1) / (degree + 1)
    rho = np.sqrt(1 - z**2)
    points = np.stack(
        [np.outer(rho, np.cos(phi)), np.outer(rho, np.sin(phi)), np.outer(z, np.ones_like(phi))],
        axis=-1,
    )
    weights = np.outer(wz, np.full(phi.size, 2 * np.pi / phi.size))
    return points.reshape(-1, 3), weights.ravel()


@lru_cache
def gradient_matrix(lmax: int) -> np.ndarray:
    """Matrices D of ∂(r^l C_lm)/∂x_k = r^(l-1) Σ_l'm' D[k, lm, l'm'] C_l'm'(u), where only l' = l - 1 contributes.

    Returns
    -------
    ndarray [3, (lmax + 1)², (lmax + 1)²]
        By central differences that are exact for the polynomials in question, projected on the sphere.
    """
    points, weights = sphere_quadrature(2 * MAX_LMAX)
    values = np.stack(solid_harmonics(*points.T, lmax))
    size = len(values)
    degree = np.floor(np.sqrt(np.arange(size))).astype(int)
    norm = (2 * degree + 1) / (4 * np.pi)
    out = np.zeros((3, size, size))
    for k in range(3):
        step = np.zeros(3)
        step[k] = 0.5
        near = [np.stack(solid_harmonics(*(points + s * step).T, lmax)) for s in (1, -1, 2, -2)]
        slope = (8 * (near[0] - near[1]) - (near[2] - near[3])) / 6
        out[k] = np.einsum("aq,bq,q,b->ab", slope, values, weights, norm)
    out[:, degree[:, None] != degree[None, :] + 1] = 0
    out[np.abs(out) < 1e-12] = 0
    return out

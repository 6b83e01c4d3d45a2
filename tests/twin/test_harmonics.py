"""Eq. (4) against scipy's spherical harmonics, and the gradient matrices against differences."""

import numpy as np
from scipy.special import sph_harm_y

from sswnn.twin.harmonics import gradient_matrix, solid_harmonics, sphere_quadrature

LMAX = 4


def random_directions(count: int) -> np.ndarray:
    vectors = np.random.default_rng(0).normal(size=(count, 3))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def real_harmonics_of_scipy(directions: np.ndarray) -> np.ndarray:
    """Racah-normalised real harmonics from complex ones, without the Condon-Shortley phase."""
    x, y, z = directions.T
    theta, phi = np.arccos(z), np.arctan2(y, x)
    out = []
    for degree in range(LMAX + 1):
        racah = np.sqrt(4 * np.pi / (2 * degree + 1))
        for m in range(-degree, degree + 1):
            value = racah * (-1) ** m * sph_harm_y(degree, abs(m), theta, phi)
            real = value.real if m >= 0 else value.imag
            out.append(real * (np.sqrt(2) if m else 1))
    return np.array(out)


def test_harmonics_agree_with_scipy():
    directions = random_directions(50)
    ours = np.array(solid_harmonics(*directions.T, LMAX))
    np.testing.assert_allclose(ours, real_harmonics_of_scipy(directions), atol=1e-13)


def test_squares_of_one_degree_sum_to_one():
    ours = np.array(solid_harmonics(*random_directions(20).T, LMAX)) ** 2
    for degree in range(LMAX + 1):
        np.testing.assert_allclose(ours[degree**2 : (degree + 1) ** 2].sum(axis=0), 1, atol=1e-13)


def test_gradient_matrix_against_differences():
    vectors = 1.7 * random_directions(10)
    directions, r = vectors / 1.7, 1.7
    values = np.array(solid_harmonics(*directions.T, LMAX))
    degree = np.floor(np.sqrt(np.arange(len(values))))[:, None]
    for k in range(3):
        step = 1e-5 * np.eye(3)[k]
        plus, minus = (np.array(solid_harmonics(*(vectors + s * step).T, LMAX)) for s in (1, -1))
        slope = (plus - minus) / 2e-5
        assert np.abs(slope).max() > 1
        np.testing.assert_allclose(
            gradient_matrix(LMAX)[k] @ values * r ** (degree - 1), slope, atol=1e-8
        )


def test_quadrature_integrates_the_surface():
    points, weights = sphere_quadrature(8)
    np.testing.assert_allclose(weights.sum(), 4 * np.pi)
    np.testing.assert_allclose(weights @ points[:, 0] ** 8, 4 * np.pi / 9)

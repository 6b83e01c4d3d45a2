"""Common supercells of plane lattices with known answers."""

import numpy as np
import pytest

from sswnn.errors import InterfaceError
from sswnn.interface.matching import match_lattices, reduce_plane_lattice, supercells


def hexagonal(a: float) -> np.ndarray:
    return a * np.array([[1.0, 0.0], [-0.5, np.sqrt(0.75)]])


def turned(lattice: np.ndarray, degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return lattice @ np.array([[c, s], [-s, c]])


@pytest.mark.parametrize("index", [1, 4, 6, 13])
def test_number_of_sublattices_is_the_sum_of_divisors(index):
    assert len(list(supercells(index))) == sum(d for d in range(1, index + 1) if index % d == 0)


def test_reduction_keeps_the_lattice_and_finds_its_shortest_vectors():
    lattice = np.array([[7, 3], [16, 7]]) @ hexagonal(3.0)
    matrix = reduce_plane_lattice(lattice)
    assert round(np.linalg.det(matrix)) == 1
    np.testing.assert_allclose(np.linalg.norm(matrix @ lattice, axis=1), 3.0)


def test_equal_lattices_match_without_strain():
    match = match_lattices(turned(hexagonal(3.0), 17.0), hexagonal(3.0))[0]
    assert match.mismatch == pytest.approx(0, abs=1e-12)
    assert match.area == pytest.approx(9 * np.sqrt(0.75))


def test_root_13_on_root_3():
    """Layered Li2ZrCl6 (a = 6.33 A) and fcc Li(111) (a = 4.30 A): sqrt(13) x sqrt(13) on sqrt(3) x sqrt(3)."""
    film, substrate = hexagonal(4.30 / np.sqrt(2)), hexagonal(6.33)
    match = match_lattices(film, substrate)[0]
    assert round(np.linalg.det(match.film)) == 13
    assert round(np.linalg.det(match.substrate)) == 3
    expected = np.sqrt(3) * 6.33 / (np.sqrt(13) * 4.30 / np.sqrt(2)) - 1
    assert match.strains == pytest.approx((expected, expected))
    np.testing.assert_allclose(
        match.film @ film @ match.deformation.T, match.substrate @ substrate, atol=1e-10
    )


def test_rectangle_strains_are_the_ratios_of_its_sides():
    match = match_lattices(np.diag([3.0, 4.0]), np.diag([3.03, 3.96]))[0]
    assert sorted(match.strains) == pytest.approx([-0.01, 0.01])
    assert match.mismatch == pytest.approx(0.01)


def test_no_match_says_what_was_searched():
    with pytest.raises(InterfaceError, match=r"30 A\^2 within a mismatch of 0.1 %"):
        match_lattices(hexagonal(3.0), np.diag([4.1, 5.3]), max_area=30, max_mismatch=0.001)
    with pytest.raises(InterfaceError, match="expected positive"):
        match_lattices(np.diag([3.0, -3.0]), np.diag([3.0, 3.0]))

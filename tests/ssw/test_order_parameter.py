"""The distance-weighted Steinhardt order parameter: published values, the plain definition, invariances."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import make_supercell
from ase.spacegroup import crystal
from scipy.special import lpmv

from sswnn.data.prototypes import prototype
from sswnn.errors import StructureError
from sswnn.ssw.order_parameter import order_parameter, order_parameters, single_bond_length

BORON_BOND = {frozenset({"B"}): 1.7}


def alpha_boron() -> Atoms:
    """R-3m, 12 atoms; Decker and Kasper, Acta Cryst. 12, 503 (1959)."""
    return crystal(
        ["B", "B"],
        basis=[(0.1177, -0.1177, -0.1073), (0.1961, -0.1961, 0.0245)],
        spacegroup=166,
        cellpar=[4.908, 4.908, 12.567, 90, 90, 120],
        primitive_cell=True,
    )


def gamma_boron() -> Atoms:
    """Pnnm, 28 atoms; Oganov et al., Nature 457, 863 (2009)."""
    return crystal(
        ["B"] * 5,
        basis=[
            (0.1702, 0.5206, 0),
            (0.1606, 0.2810, 0.3743),
            (0.3472, 0.0924, 0.2093),
            (0.3520, 0.2711, 0),
            (0.1644, 0.0080, 0),
        ],
        spacegroup=58,
        cellpar=[5.0544, 5.6199, 6.9873, 90, 90, 90],
    )


@pytest.mark.parametrize(
    "build, n, calculated, published",
    [(alpha_boron, 12, 0.474, 0.48), (gamma_boron, 28, 0.423, 0.42)],
    ids=["alpha", "gamma"],
)
def test_boron_has_the_published_order(build, n, calculated, published):
    """Published to two digits (Chem. Sci. 9, 8644 (2018)); the third is of a separate calculation."""
    atoms = build()
    assert len(atoms) == n
    distances = atoms.repeat(2).get_all_distances(mic=True)
    nearest = np.sort(distances, axis=1)[:, 1]
    assert nearest.min() > 1.6 and nearest.max() < 1.8  # bonds of boron
    found = order_parameter(atoms, 6, bond_lengths=BORON_BOND).value
    assert found == pytest.approx(calculated, abs=1e-3)
    assert found == pytest.approx(published, abs=0.01)


def by_definition(atoms: Atoms, degree: int, reach: int) -> np.ndarray:
    """Direct sum over images, with associated Legendre functions of scipy."""
    from math import factorial, pi

    images = np.stack(np.meshgrid(*[np.arange(-reach, reach + 1)] * 3), -1).reshape(-1, 3)
    images = images @ atoms.cell.array if atoms.pbc.any() else np.zeros((1, 3))
    symbols = atoms.get_chemical_symbols()
    values = []
    for a, p in zip(symbols, atoms.positions, strict=True):
        q = np.zeros(2 * degree + 1, complex)
        bonded = 0
        for b, other in zip(symbols, atoms.positions, strict=True):
            r0 = single_bond_length(a, b)
            rc = 0.6 * r0
            d = other + images - p
            r = np.linalg.norm(d, axis=1)
            w = np.exp(-(r - rc) / (2 * rc))
            keep = (r > rc) & (r < 20) & (w >= 1e-4)
            d, r, w = d[keep], r[keep], w[keep]
            bonded += (r < 1.3 * r0).sum()
            for m in range(-degree, degree + 1):
                k = abs(m)
                norm = np.sqrt(
                    (2 * degree + 1) / (4 * pi) * factorial(degree - k) / factorial(degree + k)
                )
                phi = np.arctan2(d[:, 1], d[:, 0])
                q[m + degree] += (
                    w * norm * lpmv(k, degree, d[:, 2] / r) * np.exp(1j * m * phi)
                ).sum() / 0.71
        values.append(np.sqrt(4 * pi / (2 * degree + 1) * (np.abs(q) ** 2).sum()) / max(bonded, 1))
    return np.array(values)


@pytest.mark.parametrize("degree", [0, 1, 2, 3, 4, 6, 9])
def test_the_fast_sum_is_the_definition(degree):
    atoms = prototype("licl_cscl")
    atoms.positions += np.random.default_rng(0).normal(0, 0.1, size=atoms.positions.shape)
    found = order_parameter(atoms, degree)
    expected = by_definition(atoms, degree, 7)
    np.testing.assert_allclose(found.per_atom, expected, rtol=1e-9, atol=1e-12)
    assert found.value == pytest.approx(expected.mean())
    assert found.value > 1e-4


def test_clusters():
    rng = np.random.default_rng(1)
    atoms = Atoms("Li2ZrCl6", rng.uniform(0, 6, size=(9, 3)))
    found = order_parameters(atoms, (2, 6))
    for degree in (2, 6):
        np.testing.assert_allclose(found[degree].per_atom, by_definition(atoms, degree, 0))


def test_rotation_order_and_cell_do_not_matter():
    atoms = prototype("li2zrcl6_p-31m_2d")
    atoms.positions += np.random.default_rng(0).normal(0, 0.1, size=atoms.positions.shape)
    other = make_supercell(atoms, [[1, 1, 0], [0, 1, 0], [0, 0, 2]])
    other.rotate(40, (1, 2, 3), rotate_cell=True)
    other = other[np.random.default_rng(1).permutation(len(other))]
    a, b = order_parameters(atoms), order_parameters(other)
    assert list(a) == [4, 6]
    for degree in a:
        assert a[degree].value == pytest.approx(b[degree].value, rel=1e-9)


def test_polymorphs_have_different_order():
    names = ("licl_rocksalt", "licl_cscl", "licl_wurtzite")
    values = sorted(order_parameter(prototype(name)).value for name in names)
    assert min(np.diff(values)) > 0.02


def test_bond_lengths():
    assert single_bond_length("Li", "Cl") == single_bond_length("Cl", "Li") == pytest.approx(2.52)
    assert single_bond_length("Cl", "Cl") == 1.99
    assert single_bond_length("Li", "Li") == pytest.approx(2.80)
    assert single_bond_length("C", "C") == pytest.approx(1.52)  # covalent radii
    assert single_bond_length("Zr", "O") == pytest.approx(2.16 + 0.66)


def test_the_length_unit_scales_everything():
    atoms = prototype("licl_rocksalt")
    small = atoms.copy()
    small.set_cell(0.4 * small.cell.array, scale_atoms=True)
    assert order_parameter(small, length_unit=0.4).value == pytest.approx(
        order_parameter(atoms).value
    )


def test_an_atom_alone_has_no_order():
    assert order_parameter(Atoms("Li", [(0, 0, 0)])).value == 0
    apart = order_parameter(Atoms("Li2", [(0, 0, 0), (6, 0, 0)]))  # weighted, but not bonded
    np.testing.assert_array_equal(apart.per_atom, 0)


def test_errors_name_the_cause():
    with pytest.raises(StructureError, match="no atoms"):
        order_parameter(Atoms())
    with pytest.raises(StructureError, match="degree is -1"):
        order_parameter(prototype("licl_rocksalt"), -1)
    with pytest.raises(StructureError, match="single-bond length Cl-Li is 0"):
        order_parameter(prototype("licl_rocksalt"), bond_lengths={frozenset({"Li", "Cl"}): 0.0})

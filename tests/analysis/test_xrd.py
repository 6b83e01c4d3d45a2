"""Powder lines against Bragg's law, and profiles."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

from sswnn.analysis.structures.xrd import diffraction, profile, two_theta_of, wavelength_of
from sswnn.data.prototypes import prototype
from sswnn.errors import AnalysisError

PAPER = 0.702
"""Wavelength at which d = 2.85 A stands at 14.15 degrees, A."""


@pytest.mark.parametrize(("formula", "a"), [("NaCl", 5.64), ("LiCl", 5.13)])
@pytest.mark.parametrize("wavelength", [1.54184, PAPER])
def test_rock_salt_obeys_braggs_law(formula, a, wavelength):
    found = diffraction(bulk(formula, "rocksalt", a=a), wavelength=wavelength, two_theta=(5, 60))
    squares = np.array([3, 4, 8, 11, 12, 16, 19, 20, 24, 27, 32, 35, 36, 40, 43, 44, 48])  # h k l all even or all odd
    spacing = a / np.sqrt(squares)
    angles = np.degrees(2 * np.arcsin(np.minimum(wavelength / (2 * spacing), 1)))
    expected = angles[(angles > 5) & (angles < 60)]
    np.testing.assert_allclose(found.two_theta[: len(expected)], expected, atol=1e-6)
    np.testing.assert_allclose(found.spacing[: len(expected)], spacing[: len(expected)], atol=1e-6)
    if formula == "NaCl":
        assert found.spacing[np.argmax(found.intensity)] == pytest.approx(a / 2)  # (2 0 0)
        assert found.intensity.max() == 100


def test_the_papers_wavelength_and_line():
    assert two_theta_of(2.85, PAPER) == pytest.approx(14.15, abs=0.01)


@pytest.mark.parametrize(("name", "plane", "a", "c"), [
    ("li2zrcl6_p-31c_2d2b", (1, 1, 2), 6.33, 11.90), ("li2zrcl6_p-3m1_6h", (3, 0, 1), 10.97, 5.93),
])  # fmt: skip
def test_the_strong_line_of_hexagonal_li2zrcl6(name, plane, a, c):
    """It is the strongest one; at the measured lattice constants 2 % below the paper's 2.85 A, which it is at 2 % larger ones."""
    h, k, m = plane
    spacing = 1 / np.sqrt(4 / 3 * (h * h + h * k + k * k) / a**2 + m * m / c**2)
    atoms = prototype(name)
    found = diffraction(atoms, wavelength=PAPER, two_theta=(3, 30))
    strongest = found.strongest(2.85)
    assert strongest == np.argmax(found.intensity)
    assert found.spacing[strongest] == pytest.approx(spacing, abs=1e-5)
    atoms.set_cell(1.02 * atoms.cell.array, scale_atoms=True)
    larger = diffraction(atoms, wavelength=PAPER, two_theta=(3, 30))
    assert larger.spacing[larger.strongest(2.85)] == pytest.approx(2.85, abs=0.01)
    assert larger.two_theta[larger.strongest(2.85)] == pytest.approx(14.15, abs=0.05)


def test_cubic_stacking_has_no_strong_line_there():
    found = diffraction(prototype("li2zrcl6_c2m_4g"), wavelength=PAPER, two_theta=(3, 30))
    near = found.strongest(2.85, within=0.15)
    assert near is None or found.intensity[near] < 20


def test_hafnium_takes_the_sites_of_zirconium():
    atoms = prototype("li2zrcl6_p-31c_2d2b")
    zirconium, hafnium = (diffraction(atoms, replace=r) for r in ({}, {"Zr": "Hf"}))
    assert (zirconium.formula, hafnium.formula) == ("Li2ZrCl6", "Li2HfCl6")
    clear = zirconium.two_theta[zirconium.intensity > 1]
    assert np.abs(hafnium.two_theta - clear[:, None]).min(axis=1).max() < 1e-9
    basal = hafnium.spacing > 5.9
    assert hafnium.intensity[basal].max() > zirconium.intensity[zirconium.spacing > 5.9].max()


def test_profiles_have_the_width_that_is_asked_for():
    found = diffraction(bulk("NaCl", "rocksalt", a=5.64), two_theta=(30, 33))
    angles = np.linspace(30, 33, 30001)
    for mixing in (0.0, 0.5, 1.0):
        curve = profile(found, angles, width=0.2, mixing=mixing)
        assert curve.max() == pytest.approx(100)
        assert angles[curve.argmax()] == pytest.approx(found.two_theta[0], abs=1e-3)
        assert np.ptp(angles[curve > 50]) == pytest.approx(0.2, abs=0.002)


def test_wavelengths():
    assert wavelength_of("0.7") == 0.7 and wavelength_of("CuKa") == pytest.approx(1.54184)
    for wrong in ("light", "-1", "nan"):
        with pytest.raises(AnalysisError, match="expected a length in A or one of"):
            wavelength_of(wrong)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"two_theta": (60, 5)}, "expected an ascending range"),
        ({"two_theta": (1, 2)}, "no line of"),
        ({"replace": {"Zr": "Hf"}}, "has no Zr to replace"),
        ({"replace": {"Li": "Qq"}}, "unknown element 'Qq'"),
    ],
)
def test_patterns_that_cannot_be(options, why):
    with pytest.raises(AnalysisError, match=why):
        diffraction(prototype("licl_rocksalt"), **options)
    with pytest.raises(AnalysisError, match="no crystal"):
        diffraction(Atoms("LiCl", [[0, 0, 0], [2, 0, 0]]))


@pytest.mark.parametrize("options", [{"width": 0.0}, {"mixing": 2.0}])
def test_profiles_that_cannot_be(options):
    found = diffraction(prototype("licl_rocksalt"))
    with pytest.raises(AnalysisError, match="expected"):
        profile(found, np.arange(5.0), **options)

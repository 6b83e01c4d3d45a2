"""Simulated X-ray powder diffraction: lines of a crystal by pymatgen, and the profile that a diffractometer would show.

Intensities hold structure factors with atomic form factors, multiplicity and the Lorentz-polarisation factor; they hold no
temperature factors, absorption or preferred orientation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers

from sswnn.data.composition import reduced_formula
from sswnn.errors import AnalysisError

WAVELENGTH = 1.54184
"""Of copper K-alpha, A."""
RANGE = (5.0, 60.0)
"""Scattering angles 2 theta, degrees."""


@dataclass(frozen=True, eq=False)
class Pattern:
    """Lines of a powder.

    Attributes
    ----------
    formula
        Of the crystal.
    wavelength
        A.
    two_theta
        (m,) scattering angles, degrees, ascending.
    spacing
        (m,) distances d of the lattice planes, A.
    intensity
        (m,) in per cent of the strongest line.
    planes
        (m,) Miller indices of one plane of each family, for example ``1 0 2``.
    """

    formula: str
    wavelength: float
    two_theta: np.ndarray
    spacing: np.ndarray
    intensity: np.ndarray
    planes: tuple[str, ...]

    def columns(self) -> dict[str, np.ndarray]:
        """Columns of the CSV file."""
        return {
            "two_theta_deg": self.two_theta,
            "d_A": self.spacing,
            "intensity_percent": self.intensity,
            "hkl": np.array(self.planes, dtype=object),
        }

    def strongest(self, spacing: float, within: float = 0.1) -> int | None:
        """Index of the strongest line with a plane distance within `within` (A) of `spacing` (A); None if there is none."""
        near = np.flatnonzero(np.abs(self.spacing - spacing) <= within)
        return int(near[np.argmax(self.intensity[near])]) if len(near) else None


def wavelength_of(text: str | float) -> float:
    """Wavelength in A from a number or a name such as ``CuKa`` or ``MoKa``.

    Raises
    ------
    AnalysisError
        If it is neither.
    """
    from pymatgen.analysis.diffraction.xrd import WAVELENGTHS

    if text in WAVELENGTHS:
        return float(WAVELENGTHS[text])
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not (np.isfinite(value) and value > 0):
        raise AnalysisError(f"wavelength is {text!r}, expected a length in A or one of {', '.join(WAVELENGTHS)}")
    return value


def diffraction(
    atoms: Atoms,
    *,
    wavelength: float = WAVELENGTH,
    two_theta: tuple[float, float] = RANGE,
    replace: Mapping[str, str] | None = None,
    tolerance: float = 0.05,
) -> Pattern:
    """Powder lines of a crystal.

    Parameters
    ----------
    atoms
        Crystal, A.
    wavelength
        A.
    two_theta
        Range of scattering angles, degrees.
    replace
        Element -> element that takes its sites, for example ``{"Zr": "Hf"}``; the lattice stays.
    tolerance
        Planes are indexed in the refined conventional cell of the space group to this tolerance, A; 0: in the cell as it is.

    Raises
    ------
    AnalysisError
        If the structure is no crystal, a number is out of range, an element is unknown, or there are no lines.
    """
    from pymatgen.analysis.diffraction.xrd import XRDCalculator

    if not atoms.pbc.all():
        raise AnalysisError(f"{atoms.get_chemical_formula()} is no crystal, a powder pattern needs three periods")
    low, high = two_theta
    if not 0 <= low < high <= 180:
        raise AnalysisError(f"2 theta is {low:g} to {high:g} degrees, expected an ascending range within 0 to 180")
    crystal = _replaced(atoms, replace or {})
    if tolerance > 0:
        from sswnn.ssw.symmetry import refined

        crystal = refined(crystal, tolerance)
    calculator = XRDCalculator(wavelength=wavelength_of(wavelength))
    nothing = f"no line of {crystal.get_chemical_formula()} between {low:g} and {high:g} degrees"
    try:
        found = calculator.get_pattern(_structure(crystal), scaled=True, two_theta_range=(low, high))
    except ValueError as error:  # of an empty range, or of an element without form factor
        raise AnalysisError(str(error) if "scattering coefficients" in str(error) else nothing) from error
    if not len(found.x):
        raise AnalysisError(nothing)
    planes = [" ".join(str(h) for h in _three(families[0]["hkl"])) for families in found.hkls]
    return Pattern(
        formula=reduced_formula(crystal.symbols.formula.count()),
        wavelength=calculator.wavelength,
        two_theta=np.asarray(found.x, dtype=float),
        spacing=np.asarray(found.d_hkls, dtype=float),
        intensity=100 * np.asarray(found.y, dtype=float) / float(np.max(found.y)),
        planes=tuple(planes),
    )


def profile(pattern: Pattern, angles: np.ndarray, *, width: float = 0.1, mixing: float = 0.5) -> np.ndarray:
    """Intensity at scattering angles: each line broadened to a pseudo-Voigt curve, in per cent of the highest point.

    Parameters
    ----------
    pattern
        Lines.
    angles
        (n,) scattering angles, degrees.
    width
        Full width at half maximum of every line, degrees.
    mixing
        Share of the Lorentz curve, 0 (Gauss) to 1.

    Raises
    ------
    AnalysisError
        If the width is not positive or the share is not between 0 and 1.
    """
    if not (np.isfinite(width) and width > 0):
        raise AnalysisError(f"width of a line is {width} degrees, expected a positive number")
    if not 0 <= mixing <= 1:
        raise AnalysisError(f"share of the Lorentz curve is {mixing}, expected 0 to 1")
    total = np.zeros(len(angles))
    for centre, height in zip(pattern.two_theta, pattern.intensity, strict=True):
        x = 2 * (angles - centre) / width
        gauss = np.sqrt(np.log(2) / np.pi) * np.exp(-np.log(2) * x**2)
        total += height * ((1 - mixing) * gauss + mixing / (np.pi * (1 + x**2)))
    highest = total.max(initial=0.0)
    return 100 * total / highest if highest > 0 else total


def two_theta_of(spacing: float, wavelength: float) -> float:
    """Scattering angle (degrees) of a plane distance by Bragg's law, wavelength = 2 d sin(theta); nan beyond 180 degrees."""
    sine = wavelength / (2 * spacing)
    return float(np.degrees(2 * np.arcsin(sine))) if sine <= 1 else float("nan")


def _replaced(atoms: Atoms, replace: Mapping[str, str]) -> Atoms:
    symbols = atoms.get_chemical_symbols()
    for old, new in replace.items():
        if old not in symbols:
            raise AnalysisError(f"{atoms.get_chemical_formula()} has no {old} to replace")
        if new not in atomic_numbers:
            raise AnalysisError(f"unknown element {new!r}, expected a chemical symbol such as 'Hf'")
    return Atoms([replace.get(s, s) for s in symbols], atoms.positions, cell=atoms.cell, pbc=True)


def _structure(atoms: Atoms):
    from pymatgen.core import Structure

    return Structure(
        atoms.cell.array, atoms.get_chemical_symbols(), atoms.positions, coords_are_cartesian=True, to_unit_cell=True
    )


def _three(hkl: tuple[int, ...]) -> tuple[int, ...]:
    """Miller indices without the redundant third one of hexagonal cells."""
    return (hkl[0], hkl[1], hkl[3]) if len(hkl) == 4 else tuple(hkl)

"""Layers of a crystal: planes of anions, which spaces between them hold the centres, and where the mobile ions are.

In Li2ZrCl6 the Cl form planes and the cations lie between them. Spaces that hold Zr are layers (A), spaces that hold none, or
clearly fewer than the richest ones, lie between layers (B); Li is Li_A or Li_B after its space (Nano Lett. 2022,
doi:10.1021/acs.nanolett.2c00187). For layers of a trajectory next to a metal see `sswnn.analysis.interface.layers`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from math import gcd

import numpy as np
from ase import Atoms
from ase.geometry import minkowski_reduce, wrap_positions

from sswnn.data.composition import by_electronegativity
from sswnn.errors import AnalysisError

LEAST_GAP = 1.2
"""Anions whose heights differ by more than this lie in different planes, A; planes are thinner than this."""
LARGEST_INDEX = 2
"""Planes up to these Miller indices of the reduced cell are tried as layers."""
_TIE = 0.45  # A: voids that differ by less are equal


@dataclass(frozen=True, eq=False)
class Stacking:
    """Layers of a crystal along a normal; g planes of anions and as many spaces, space k above plane k, in one period.

    Attributes
    ----------
    miller
        Indices of the layers in the cell of the structure.
    normal
        (3,) unit vector.
    period
        After which planes repeat, A: the distance of lattice planes.
    planes
        (g,) heights of the planes of anions, A.
    gaps
        (g,) distances from each plane to the next, A.
    void
        Mean distance from the highest anion of a plane to the lowest one of the next, A.
    centres, ions
        (g,) numbers of centres and of mobile ions in each space, of one cell.
    labels
        (g,) ``A`` for layers, ``B`` for spaces between them.
    centre_spaces
        (m,) space of each centre, in the order of the atoms.
    ion_atoms, ion_spaces
        (l,) index and space of each mobile ion.
    sequence
        For each plane ``h`` if the planes below and above it lie over each other, ``c`` if not, ``?`` without a next plane.
    """

    miller: tuple[int, int, int]
    normal: np.ndarray
    period: float
    planes: np.ndarray
    gaps: np.ndarray
    void: float
    centres: np.ndarray
    ions: np.ndarray
    labels: np.ndarray
    centre_spaces: np.ndarray
    ion_atoms: np.ndarray
    ion_spaces: np.ndarray
    sequence: str

    @property
    def ion_labels(self) -> np.ndarray:
        """(l,) ``A`` or ``B`` of each mobile ion."""
        return self.labels[self.ion_spaces]

    @property
    def model(self) -> str:
        """``ideal`` if no centre is between layers, ``defect`` if some are (Zr-rich and Zr-poor), ``uniform`` without B."""
        if (self.labels == "A").all():
            return "uniform"
        return "defect" if self.centres[self.labels == "B"].any() else "ideal"


def stacking(
    atoms: Atoms,
    *,
    centre: str = "Zr",
    ion: str = "Li",
    anion: str | None = None,
    miller: tuple[int, int, int] | None = None,
) -> Stacking | None:
    """Layers of a crystal; None if it has none.

    Parameters
    ----------
    atoms
        Crystal, A.
    centre
        Element that makes the layers.
    ion
        Element that is labelled; it may be absent.
    anion
        Element of the planes; None: the most electronegative one.
    miller
        Indices of the layers. None: the lattice planes between which the anions leave the widest voids; of about equal ones
        (the four of a cubic stacking) those over which the centres are spread most unevenly, then those along c.

    Raises
    ------
    AnalysisError
        If the structure is no crystal, has no centre or no anion, or the indices are all zero.
    """
    if not atoms.pbc.all() or abs(np.linalg.det(atoms.cell.array)) < 1e-9:
        raise AnalysisError("layers are those of a crystal, but the structure is not periodic in three directions")
    symbols = np.array(atoms.get_chemical_symbols())
    anion = anion or by_electronegativity(symbols.tolist())[-1]
    for name in (centre, anion):
        if name not in symbols:
            raise AnalysisError(f"the structure has no {name}, elements are {', '.join(sorted(set(symbols)))}")
    if miller is not None:
        if not any(miller):
            raise AnalysisError("Miller indices are 0 0 0, expected a plane")
        return _along(atoms, symbols, miller, centre, ion, anion)
    found = [_along(atoms, symbols, hkl, centre, ion, anion) for hkl in _directions(atoms.cell.array)]
    layered = [s for s in found if s is not None]
    if not layered:
        return None
    widest = max(s.void for s in layered)
    return max((s for s in layered if s.void > widest - _TIE), key=_preference)


def _preference(s: Stacking) -> tuple[float, bool, float]:
    uneven = float(np.std(s.centres) / np.mean(s.centres))
    return round(uneven, 2), s.miller[:2] == (0, 0), s.void


def _directions(cell: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """Miller indices, in the cell given, of the low-index planes of its reduced cell."""
    _, operation = minkowski_reduce(cell)
    inverse = np.rint(np.linalg.inv(operation)).astype(int)
    span = range(-LARGEST_INDEX, LARGEST_INDEX + 1)
    for h, k, m in product(range(LARGEST_INDEX + 1), span, span):
        if gcd(h, k, m) == 1 and (h, k, m) > (0, 0, 0):
            a, b, c = (int(x) for x in inverse @ (h, k, m))
            sign = -1 if (c, b, a) < (0, 0, 0) else 1
            yield sign * a, sign * b, sign * c


def _along(
    atoms: Atoms, symbols: np.ndarray, miller: tuple[int, int, int], centre: str, ion: str, anion: str
) -> Stacking | None:
    """Layers along one direction; None if the anions make no planes there."""
    wave = np.linalg.inv(atoms.cell.array) @ np.array(miller, dtype=float)
    period = 1 / float(np.linalg.norm(wave))
    normal = wave * period
    heights = np.mod(atoms.positions @ normal, period)
    members = np.flatnonzero(symbols == anion)
    planes, plane_of, void = _planes(heights[members], period)
    if not len(planes):
        return None
    gaps = np.diff(np.append(planes, planes[0] + period))
    centres = _spaces(heights[symbols == centre], planes, period)
    ion_atoms = np.flatnonzero(symbols == ion)
    ions = _spaces(heights[ion_atoms], planes, period)
    number = np.bincount(centres, minlength=len(planes))
    return Stacking(
        miller=miller,
        normal=normal,
        period=period,
        planes=planes,
        gaps=gaps,
        void=void,
        centres=number,
        ions=np.bincount(ions, minlength=len(planes)),
        labels=np.where(2 * number > number.max(), "A", "B"),
        centre_spaces=centres,
        ion_atoms=ion_atoms,
        ion_spaces=ions,
        sequence=_sequence(atoms, members, plane_of, normal, gaps),
    )


def _planes(heights: np.ndarray, period: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Mean heights (g,) of planes, ascending within one period, plane of each atom, mean void; none if they are no planes."""
    order = np.argsort(heights)
    ordered = heights[order]
    steps = np.diff(np.append(ordered, ordered[0] + period))
    breaks = np.flatnonzero(steps > LEAST_GAP)
    nothing = np.empty(0), np.empty(0, int), 0.0
    if not len(breaks):
        return nothing
    bottom = ordered[(breaks[-1] + 1) % len(ordered)]  # no plane is cut there
    above = np.mod(heights - bottom + 1e-9, period)
    label = np.empty(len(heights), int)
    label[np.argsort(above)] = np.append(0, np.cumsum(np.diff(np.sort(above)) > LEAST_GAP))
    members = [above[label == k] for k in range(label.max() + 1)]
    sizes = [len(m) for m in members]
    if max(np.ptp(m) for m in members) > LEAST_GAP or min(sizes) < 0.7 * max(sizes):
        return nothing
    means = np.mod(np.array([m.mean() for m in members]) + bottom, period)
    turn = np.argsort(means)
    return means[turn], np.argsort(turn)[label], float(steps[breaks].mean())


def _spaces(heights: np.ndarray, planes: np.ndarray, period: float) -> np.ndarray:
    """(n,) space of each height: that above the last plane below it."""
    return (np.searchsorted(planes, np.mod(heights, period), side="right") - 1) % len(planes)


def _sequence(
    atoms: Atoms, members: np.ndarray, plane_of: np.ndarray, normal: np.ndarray, gaps: np.ndarray
) -> str:
    """``h``, ``c`` or ``?`` of each plane, from the lateral distance of the planes on both sides of it."""
    cell, _ = minkowski_reduce(atoms.cell.array)
    shifts = np.array(list(product(range(-2, 3), repeat=3))) @ cell
    positions = wrap_positions(atoms.positions[members], cell)
    spacing = _in_plane_spacing(positions, plane_of, cell)
    text = ""
    for k in range(len(gaps)):
        below = positions[plane_of == (k - 1) % len(gaps)]
        above = positions[plane_of == (k + 1) % len(gaps)]
        lateral = _lateral(below, above, shifts, normal, gaps[k - 1] + gaps[k])
        text += "?" if not np.isfinite(lateral) else ("h" if lateral < 0.29 * spacing else "c")
    return text


def _lateral(
    below: np.ndarray, above: np.ndarray, shifts: np.ndarray, normal: np.ndarray, height: float
) -> float:
    """Mean distance, seen along the normal, of each atom of one plane from the nearest of the plane `height` above, A."""
    apart = above[None, :, None] + shifts - below[:, None, None]
    along = apart @ normal
    lateral = np.linalg.norm(apart - along[..., None] * normal, axis=-1)
    lateral[np.abs(along - height) > LEAST_GAP] = np.inf
    return float(lateral.min(axis=(1, 2)).mean())


def _in_plane_spacing(positions: np.ndarray, plane_of: np.ndarray, cell: np.ndarray) -> float:
    """Median distance of the nearest neighbour in the same plane, A."""
    from ase.neighborlist import primitive_neighbor_list

    i, j, length = primitive_neighbor_list(
        "ijd", [True] * 3, cell, positions, 8.0, numbers=np.ones(len(positions), int)
    )
    same = plane_of[i] == plane_of[j]
    nearest = [length[same & (i == k)].min(initial=8.0) for k in range(len(positions))]
    return float(np.median(nearest))

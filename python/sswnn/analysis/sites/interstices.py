"""Octahedral and tetrahedral interstices of a framework of anions.

Delaunay tetrahedra of the anions whose circumscribed spheres have the same middle are parts of one interstice: a regular
octahedron is cut into four or five of them, a tetrahedron is one. The interstices fill the space, and the plane of the face
between two is that of equal power |r - c|² - R² with respect to their spheres; so a point lies in the interstice of lowest power
(Aurenhammer, SIAM J. Comput. 16, 78 (1987), doi:10.1137/0216006).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, cKDTree

from sswnn.analysis.interface.bonds import pairs_within
from sswnn.analysis.structures.polyhedra import shape
from sswnn.errors import AnalysisError

SAME = 0.28
"""Middles of spheres closer than this times the distance of neighbouring anions are of one interstice; tetrahedra of hexagonal
stackings that share a face are 0.41 apart, octahedra and tetrahedra 0.61.
"""
_FLAT = 0.01  # volume over that of the cube of the anion distance: such a tetrahedron has no middle; regular ones have 0.118
_PERIODIC = np.ones(3, bool)


@dataclass(frozen=True, eq=False)
class Interstices:
    """Interstices of one cell (N).

    Attributes
    ----------
    cell
        (3, 3) rows are cell vectors, A.
    centres
        (N, 3) mean of the corners, A, in the cell.
    kinds
        (N,) `octahedron`, `tetrahedron`, or other names of `sswnn.analysis.structures.polyhedra.shape`.
    corners
        N arrays of the anions at the corners.
    middles, squared
        (N, 3) A and (N,) A^2: middle and squared radius of the sphere through the corners, by least squares.
    spacing_A
        Median distance of neighbouring anions.
    """

    cell: np.ndarray
    centres: np.ndarray
    kinds: np.ndarray
    corners: tuple[np.ndarray, ...]
    middles: np.ndarray
    squared: np.ndarray
    spacing_A: float

    def __len__(self) -> int:
        return len(self.centres)

    def only(self, kinds: tuple[str, ...]) -> Interstices:
        """Those of some kinds; the space of the others falls to their neighbours."""
        keep = np.flatnonzero(np.isin(self.kinds, kinds))
        if not len(keep):
            present = ", ".join(sorted(set(self.kinds.tolist())))
            raise AnalysisError(f"no {' or '.join(kinds)} among the sites, kinds are {present}")
        corners = tuple(self.corners[k] for k in keep)
        return Interstices(
            self.cell, self.centres[keep], self.kinds[keep], corners, self.middles[keep], self.squared[keep], self.spacing_A
        )  # fmt: skip


def interstices(anions: np.ndarray, cell: np.ndarray) -> Interstices:
    """Interstices between anions.

    Parameters
    ----------
    anions
        (a, 3) positions, A.
    cell
        (3, 3) rows are cell vectors, A; periodic in all directions.

    Raises
    ------
    AnalysisError
        If the anions leave holes that are too large for a close-packed framework.
    """
    typical = (abs(np.linalg.det(cell)) / len(anions)) ** (1 / 3)
    margin = 3.0 * typical
    points, atom, image = images_within(anions, cell, margin)
    nearest = cKDTree(points).query(points[(image == 0).all(axis=1)], k=2)[0][:, 1]
    spacing = float(np.median(nearest))
    corners = Delaunay(points).simplices
    edges = points[corners[:, 1:]] - points[corners[:, :1]]
    corners, edges = (
        x[np.abs(np.linalg.det(edges)) / 6 > _FLAT * spacing**3] for x in (corners, edges)
    )
    half = 0.5 * (edges**2).sum(axis=2)
    middle = points[corners[:, 0]] + np.linalg.solve(edges, half[..., None])[..., 0]
    fraction = middle @ np.linalg.inv(cell)
    # copies on opposite faces of the cell are merged below
    inside = ((fraction > -1e-6) & (fraction < 1 + 1e-6)).all(axis=1)
    corners, middle = corners[inside], middle[inside]
    if np.linalg.norm(points[corners[:, 0]] - middle, axis=1).max() > 0.5 * margin:
        raise AnalysisError(
            f"the anions leave holes wider than {margin:.1f} A, expected a framework that is about close packed"
        )
    members = _gathered(corners, middle, SAME * spacing, cell, points, atom, image)
    return _finished(members, anions, cell, spacing)


def images_within(
    points: np.ndarray, cell: np.ndarray, margin: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images of points in the cell and within a margin (A) of its faces: positions (p, 3) A, which point (p,), and the (p, 3)
    cell in which the image lies, counted from that of the wrapped point.
    """
    inverse = np.linalg.inv(cell)
    reach = margin * np.linalg.norm(inverse, axis=0)
    wrapped = points @ inverse
    wrapped = wrapped - np.floor(wrapped)
    found, which, where = [], [], []
    for shift in product(*(range(-int(np.ceil(r)), int(np.ceil(r)) + 1) for r in reach)):
        moved = wrapped + shift
        keep = np.flatnonzero(((moved > -reach) & (moved < 1 + reach)).all(axis=1))
        found.append(moved[keep])
        which.append(keep)
        where.append(np.broadcast_to(shift, (len(keep), 3)))
    return np.concatenate(found) @ cell, np.concatenate(which), np.concatenate(where)


def _gathered(
    corners: np.ndarray,
    middle: np.ndarray,
    reach: float,
    cell: np.ndarray,
    points: np.ndarray,
    atom: np.ndarray,
    image: np.ndarray,
) -> list[np.ndarray]:
    """For each interstice the (c, 4) anions at its corners and the cells that they lie in."""
    i, j, _ = pairs_within(middle, middle, cell, _PERIODIC, reach)
    count, label = connected_components(
        coo_array((np.ones(len(i)), (i, j)), shape=(len(middle), len(middle))), directed=False
    )
    anchor = middle[np.unique(label, return_index=True)[1]][label]
    turn = np.rint((middle - anchor) @ np.linalg.inv(cell)).astype(
        int
    )  # parts on opposite faces of the cell
    table = np.concatenate(
        [label[:, None, None].repeat(4, axis=1), atom[corners][..., None], image[corners] - turn[:, None]], axis=2
    )  # fmt: skip
    rows = np.unique(table.reshape(-1, 5), axis=0)
    return np.split(rows[:, 1:], np.cumsum(np.bincount(rows[:, 0], minlength=count))[:-1])


def _finished(
    members: list[np.ndarray], anions: np.ndarray, cell: np.ndarray, spacing: float
) -> Interstices:
    inverse = np.linalg.inv(cell)
    fractions = anions @ inverse
    home = fractions - np.floor(fractions)
    centres, middles = np.empty((len(members), 3)), np.empty((len(members), 3))
    squared, kinds = np.empty(len(members)), []
    for k, rows in enumerate(members):
        places = (home[rows[:, 0]] + rows[:, 1:]) @ cell
        centre = places.mean(axis=0)
        arms = places - centre
        # |a - x|² = R² for all corners a is linear in x and R² - x²
        solution = np.linalg.lstsq(
            np.column_stack([2 * arms, np.ones(len(arms))]), (arms**2).sum(axis=1), rcond=None
        )[0]  # fmt: skip
        squared[k] = solution[3] + solution[:3] @ solution[:3]
        into = np.floor(centre @ inverse + 1e-9) @ cell
        centres[k], middles[k] = centre - into, centre - into + solution[:3]
        kinds.append(shape(arms))
    corners = tuple(rows[:, 0] for rows in members)
    return Interstices(cell, centres, np.array(kinds), corners, middles, squared, spacing)


class Locator:
    """Finds the interstice that a point lies in.

    Parameters
    ----------
    sites
        Interstices.
    """

    _NEAREST = 16
    """Interstices around a point that are looked at; an octahedron of a close packing has eight faces."""

    def __init__(self, sites: Interstices):
        self.cell = sites.cell
        points, self.site, _ = images_within(sites.middles, sites.cell, 2.0 * sites.spacing_A)
        self.tree = cKDTree(points)
        self.squared = sites.squared[self.site]

    def find(self, fractions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Interstices of points.

        Parameters
        ----------
        fractions
            (p, 3) in [0, 1).

        Returns
        -------
        site, depth
            (p,) number of the interstice, and distance from the nearest plane that ends it, A.
        """
        points = fractions @ self.cell
        distance, near = self.tree.query(points, k=min(self._NEAREST, len(self.squared)))
        power = distance**2 - self.squared[near]
        rows = np.arange(len(points))
        best = power.argmin(axis=1)
        chosen = near[rows, best]
        apart = np.linalg.norm(self.tree.data[near] - self.tree.data[chosen][:, None], axis=2)
        with np.errstate(divide="ignore", invalid="ignore"):
            depth = (power - power[rows, best][:, None]) / (2 * apart)
        depth[rows, best] = np.inf
        return self.site[chosen], depth.min(axis=1)

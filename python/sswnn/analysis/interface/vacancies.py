"""Octahedral sites of the electrolyte, and which of them are occupied.

Sites are the octahedra of anions in the first frame. They move with their anions; one that has come apart is no site
any more.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from sswnn.analysis.interface.bonds import pair_vectors, pairs_within
from sswnn.analysis.interface.rocksalt import opposite_pairs
from sswnn.analysis.interface.slab import Slab
from sswnn.analysis.trajectories.frame import Frame, without_periods
from sswnn.errors import AnalysisError

REACH = 3.4
CLEAR = 2.1
"""The six anions of an octahedron lie within `REACH` of its middle and not within `CLEAR`, A."""
DIAGONAL = (4.3, 6.2)
"""Distance of opposite anions, A."""
BROKEN = 4.2
"""An octahedron one of whose anions is further from its middle has come apart, A."""
SAME = 0.8
"""Middles of diagonals this close are of one octahedron, A."""
INSIDE = 1.5
"""An ion this close to the middle is in the octahedron, A."""


@dataclass(frozen=True, eq=False)
class Sites:
    """Octahedra (N sites).

    Attributes
    ----------
    corners
        (N, 6) anions, as indices into the anions of a frame.
    arms
        (N, 6, 3) vectors from the middle to them in the first frame, A.
    kind
        (N,) `A` in a layer of centres, `B` between two.
    depth
        (N,) of the layer for A; of the outer one of the two layers for B.
    """

    corners: np.ndarray
    arms: np.ndarray
    kind: np.ndarray
    depth: np.ndarray

    def __len__(self) -> int:
        return len(self.corners)

    def names(self) -> np.ndarray:
        """(N,) such as `A0`, in the layer at the metal, or `B0`, between it and the next."""
        return np.array([f"{k}{d}" for k, d in zip(self.kind, self.depth, strict=True)])


def octahedral_sites(frame: Frame, slab: Slab) -> Sites:
    """Octahedra of anions, occupied or not, in and between the layers of the slab.

    Raises
    ------
    AnalysisError
        If there are none.
    """
    anions = np.flatnonzero(frame.symbols == slab.species.anion)
    points = frame.positions[anions]
    i, j, across = pair_vectors(points, points, frame.cell, frame.pbc, DIAGONAL[1])
    diagonal = (np.linalg.norm(across, axis=1) > DIAGONAL[0]) & (i < j)
    middle = _merged(points[i[diagonal]] + 0.5 * across[diagonal], frame)
    owner, corner, arms = pair_vectors(middle, points, frame.cell, frame.pbc, REACH)
    good = np.bincount(owner, minlength=len(middle)) == 6
    good &= opposite_pairs(owner, arms, len(middle)) == 3
    good[owner[np.linalg.norm(arms, axis=1) < CLEAR]] = False
    order = np.argsort(owner, kind="stable")
    order = order[good[owner[order]]]
    corners, arms = corner[order].reshape(-1, 6), arms[order].reshape(-1, 6, 3)
    middle = middle[good] + arms.mean(axis=1)
    once = np.unique(np.sort(corners, axis=1), axis=0, return_index=True)[1]
    kind, depth = _place(middle[once], frame, slab)
    inside = kind != ""
    if not inside.any():
        raise AnalysisError(
            f"frame {frame.index} has no octahedra of {slab.species.anion} in the slab"
        )
    arms = arms - arms.mean(axis=1, keepdims=True)
    return Sites(corners[once][inside], arms[once][inside], kind[inside], depth[inside])


def _merged(points: np.ndarray, frame: Frame) -> np.ndarray:
    """One point for each group of points within `SAME` of each other."""
    i, j, _ = pairs_within(points, points, frame.cell, frame.pbc, SAME)
    graph = coo_array((np.ones(len(i)), (i, j)), shape=(len(points), len(points)))
    groups, label = connected_components(graph, directed=False)
    first = np.unique(label, return_index=True)[1]
    away = without_periods(points - points[first][label], frame)
    number = np.bincount(label, minlength=groups)
    mean = np.stack(
        [np.bincount(label, weights=x, minlength=groups) / number for x in away.T], axis=1
    )
    return points[first] + mean


def _place(middle: np.ndarray, frame: Frame, slab: Slab) -> tuple[np.ndarray, np.ndarray]:
    """Kind and depth of sites; the kind of one outside the slab is empty."""
    heights = slab.height_of(middle, frame)
    away = np.abs(heights[:, None] - slab.levels_A)
    nearest = away.argmin(axis=1)
    above = np.clip(np.searchsorted(slab.levels_A, heights), 1, max(1, len(slab.levels_A) - 1))
    upper = np.minimum(above, len(slab.levels_A) - 1)
    outer = np.minimum(slab.depth[above - 1], slab.depth[upper])
    in_layer = away.min(axis=1) < 0.25 * slab.spacing_A
    between = (heights > slab.levels_A[0]) & (heights < slab.levels_A[-1])
    kind = np.where(in_layer, "A", np.where(between, "B", ""))
    return kind, np.where(in_layer, slab.depth[nearest], outer)


def occupation(frame: Frame, sites: Sites, slab: Slab) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Who is in which octahedron of a frame.

    Returns
    -------
    site
        (I,) site of each ion, -1 for one in none.
    blocked
        (N,) a centre is inside.
    whole
        (N,) False for octahedra that have come apart.
    """
    points = frame.positions[frame.symbols == slab.species.anion]
    guesses = points[sites.corners] - sites.arms
    base = guesses[:, :1]
    away = without_periods((guesses - base).reshape(-1, 3), frame).reshape(guesses.shape)
    shift = np.median(away, axis=1)  # one anion that has left does not move the middle
    reach = np.linalg.norm(away - shift[:, None] + sites.arms, axis=2).max(axis=1)
    whole, middle = reach < BROKEN, base[:, 0] + shift
    site = _nearest(frame.positions[frame.symbols == slab.species.ion], middle, whole, frame)
    centre = _nearest(frame.positions[frame.symbols == slab.species.centre], middle, whole, frame)
    blocked = np.zeros(len(sites), bool)
    blocked[centre[centre >= 0]] = True
    return site, blocked, whole


def _nearest(points: np.ndarray, middle: np.ndarray, whole: np.ndarray, frame: Frame) -> np.ndarray:
    """Site whose middle is nearest to each point, within `INSIDE`, else -1."""
    chosen = np.flatnonzero(whole)
    i, j, distance = pairs_within(points, middle[chosen], frame.cell, frame.pbc, INSIDE)
    order = np.argsort(-distance)  # the nearest is written last
    found = np.full(len(points), -1, np.int32)
    found[i[order]] = chosen[j[order]]
    return found

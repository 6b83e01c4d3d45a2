"""Bonds between two kinds of atoms under periodic boundaries, with a pair of cutoffs against flicker."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from sswnn.analysis.trajectories.frame import Frame
from sswnn.errors import AnalysisError

ZR_CL_CUTOFF = 2.68
"""A Zr-Cl pair closer than this is bonded, A (Nano Lett. 2022, doi:10.1021/acs.nanolett.2c00187)."""


def pairs_within(
    a_nc: np.ndarray, b_nc: np.ndarray, cell: np.ndarray, pbc: np.ndarray, cutoff: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All pairs of an atom of `a` and an image of an atom of `b` within a cutoff.

    Parameters
    ----------
    a_nc, b_nc
        (n, 3) and (m, 3) positions, A, anywhere.
    cell, pbc
        (3, 3) rows are cell vectors; periodic directions. The cell may be smaller than the cutoff.
    cutoff
        A.

    Returns
    -------
    i, j, distance
        (p,) indices into `a` and `b`, and distances, A.
    """
    i, j, vectors = pair_vectors(a_nc, b_nc, cell, pbc, cutoff)
    return i, j, np.linalg.norm(vectors, axis=1)


def pair_vectors(
    a_nc: np.ndarray, b_nc: np.ndarray, cell: np.ndarray, pbc: np.ndarray, cutoff: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As `pairs_within`, with the (p, 3) vectors from the atoms of `a` to the images, A, in place of distances."""
    if cutoff <= 0 or not np.isfinite(cutoff):
        raise AnalysisError(f"cutoff is {cutoff} A, expected a positive length")
    if not len(a_nc) or not len(b_nc):
        return np.empty(0, int), np.empty(0, int), np.empty((0, 3))
    inverse = np.linalg.inv(cell)
    height = 1 / np.linalg.norm(inverse, axis=0)  # distance of opposite faces
    a_frac, b_frac = a_nc @ inverse, b_nc @ inverse
    a_frac = a_frac - np.where(pbc, np.floor(a_frac), 0.0)
    b_frac = b_frac - np.where(pbc, np.floor(b_frac), 0.0)
    image = np.arange(len(b_nc))
    for k in np.nonzero(pbc)[0]:
        margin = cutoff / height[k] + 1e-9
        reach = int(np.ceil(margin))
        copies, origins = [], []
        for shift in range(-reach, reach + 1):
            moved = b_frac[:, k] + shift
            keep = (moved > -margin) & (moved < 1 + margin)
            copy = b_frac[keep]
            copy[:, k] = moved[keep]
            copies.append(copy)
            origins.append(image[keep])
        b_frac, image = np.concatenate(copies), np.concatenate(origins)
    a_nc, b_nc = a_frac @ cell, b_frac @ cell
    found = cKDTree(a_nc).sparse_distance_matrix(cKDTree(b_nc), cutoff, output_type="ndarray")
    i, j = found["i"], found["j"]
    return i, image[j], b_nc[j] - a_nc[i]


def detached_atoms(frame: Frame, cutoff: float = 4.0) -> np.ndarray:
    """(m,) indices of the atoms without any other atom within `cutoff` (A): they have left the solid."""
    i, _, distance = pairs_within(frame.positions, frame.positions, frame.cell, frame.pbc, cutoff)
    return np.setdiff1d(np.arange(len(frame)), i[distance > 1e-6])


class BondTracker:
    """Bonds of each centre, frame after frame.

    A bond forms when the pair comes within `form` and breaks when it goes beyond `break_`. With both equal
    every frame stands alone; a larger `break_` keeps vibration from breaking the same bond again and again.

    Parameters
    ----------
    centre, neighbour
        Chemical symbols.
    form, break_
        Cutoffs, A; `break_` defaults to `form`.
    """

    def __init__(
        self,
        centre: str = "Zr",
        neighbour: str = "Cl",
        form: float = ZR_CL_CUTOFF,
        break_: float | None = None,
    ):
        self.centre, self.neighbour = centre, neighbour
        self.form = form
        self.break_ = form if break_ is None else break_
        if not self.form <= self.break_ < float("inf"):
            raise AnalysisError(
                f"bonds break at {self.break_} A, expected at least the forming cutoff {self.form} A"
            )
        self._bonded = np.empty(0, np.int64)

    def update(self, frame: Frame) -> np.ndarray:
        """(centres,) number of bonds of each centre in this frame, after the frames before it."""
        centres = np.nonzero(frame.symbols == self.centre)[0]
        others = np.nonzero(frame.symbols == self.neighbour)[0]
        if not len(centres):
            raise AnalysisError(
                f"frame {frame.index} has no {self.centre}, elements are {', '.join(sorted(set(frame.symbols)))}"
            )
        i, j, distance = pairs_within(
            frame.positions[centres], frame.positions[others], frame.cell, frame.pbc, self.break_
        )
        return self.follow(i, j, distance, len(centres), len(others))

    def follow(
        self, i: np.ndarray, j: np.ndarray, distance: np.ndarray, centres: int, others: int
    ) -> np.ndarray:
        """As `update`, from the (p,) pairs of the frame within at least `break_`: numbers of centre and neighbour, distance."""
        key = i.astype(np.int64) * max(others, 1) + j
        known = np.isin(key, self._bonded) & (distance <= self.break_)
        self._bonded = np.unique(key[known | (distance < self.form)])
        return np.bincount(self._bonded // max(others, 1), minlength=centres)

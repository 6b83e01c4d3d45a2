"""Atoms of several frames with their neighbours, laid out for fast matrix products.

Atoms are sorted by element, then by number of neighbours; atoms of one padded width form a block of
[atoms, width] slots. Pairs are also listed by ordered element pair, for the mixing of radial
functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch

from sswnn.twin.harmonics import solid_harmonics
from sswnn.twin.radial import evaluate_basis

PADDING = 8


@dataclass
class Batch:
    """See the module; `order[k]` is the caller's index of atom k of the batch."""

    order: torch.Tensor  # [atoms]
    frame: torch.Tensor  # [atoms]
    frames: int
    elements: list[tuple[int, slice]]  # element index, its atoms
    blocks: list[tuple[slice, slice, int]]  # atoms, their slots, width
    pair_types: list[tuple[int, int, int]]  # centre * Z + neighbour, first pair, end
    slot_of_pair: torch.Tensor  # [pairs], pairs sorted by type
    centre: torch.Tensor  # [slots], atom of the batch
    neighbour: torch.Tensor  # [slots], atom of the batch, 0 in empty slots
    displacement: torch.Tensor  # [slots, 3] r_ij, Å, (0, 0, r_c) in empty slots
    distance: torch.Tensor  # [slots]
    inverse_distance: torch.Tensor  # [slots]
    directions: torch.Tensor  # [slots, 3]
    harmonics: torch.Tensor  # [slots, (L+1)²], Eq. (4)
    phi: torch.Tensor  # [pairs, P] sorted by type, Eq. (5)
    phi_slope: torch.Tensor  # [pairs, P], 1/Å

    @property
    def atoms(self) -> int:
        return len(self.order)

    @property
    def slots(self) -> int:
        return len(self.centre)


def make_batch(
    species, frame, first, second, displacement, *, basis, cutoff: float, lmax: int, elements: int
) -> Batch:
    """A batch from plain arrays.

    Parameters
    ----------
    species : ndarray [atoms]
        Element index of each atom.
    frame : ndarray [atoms]
        Frame of each atom, from 0, all present.
    first, second : ndarray [pairs]
        Centre and neighbour of each pair (full list, sorted by centre), atoms numbered through all frames.
    displacement : ndarray [pairs, 3]
        r_ij, Å.
    basis : Tensor [I, 4, P]
        b of Eq. (5); the real tensors of the batch get its type.
    cutoff : float
        Å.
    lmax, elements : int
        L and Z.
    """
    atoms = len(species)
    counts = np.bincount(first, minlength=atoms)
    width = np.maximum(-(-counts // PADDING), 1) * PADDING
    order = np.lexsort((width, species))
    rank = np.empty(atoms, dtype=np.int64)
    rank[order] = np.arange(atoms)
    widths = width[order]
    slot_start = np.concatenate([[0], np.cumsum(widths)])
    within = np.arange(len(first)) - np.repeat(np.cumsum(counts) - counts, counts)
    slot = slot_start[rank[first]] + within
    kind = species[first] * elements + species[second]
    by_type = np.argsort(kind.astype(np.int16), kind="stable")
    neighbour = np.zeros(slot_start[-1], dtype=np.int64)
    neighbour[slot] = rank[second]
    padded = np.zeros(
        (slot_start[-1], 3), dtype=np.float64 if basis.dtype == torch.float64 else np.float32
    )
    padded[:, 2] = cutoff
    padded[slot] = displacement
    vectors = torch.from_numpy(padded)
    distance = vectors.square().sum(1).sqrt_()
    inverse = 1 / distance
    directions = vectors * inverse[:, None]
    slot_of_pair = torch.from_numpy(slot[by_type])
    phi, phi_slope = evaluate_basis(basis, cutoff, distance[slot_of_pair])
    sorted_species = species[order]
    return Batch(
        order=torch.from_numpy(order),
        frame=torch.from_numpy(np.ascontiguousarray(frame[order])).long(),
        frames=int(frame.max()) + 1 if atoms else 0,
        elements=_runs(sorted_species),
        blocks=_block_slices(widths, slot_start),
        pair_types=[(k, run.start, run.stop) for k, run in _runs(kind[by_type])],
        slot_of_pair=slot_of_pair,
        centre=torch.from_numpy(np.repeat(np.arange(atoms), widths)),
        neighbour=torch.from_numpy(neighbour),
        displacement=vectors,
        distance=distance,
        inverse_distance=inverse,
        directions=directions,
        harmonics=torch.stack(solid_harmonics(*directions.unbind(1), lmax), dim=1),
        phi=phi,
        phi_slope=phi_slope,
    )


def _runs(values: np.ndarray) -> list[tuple[int, slice]]:
    """Runs of equal values as (value, slice)."""
    edges = np.flatnonzero(np.diff(values, prepend=values[:1] - 1, append=values[-1:] + 1))
    return [(int(values[a]), slice(int(a), int(b))) for a, b in pairwise(edges)]


def _block_slices(widths, slot_start) -> list[tuple[slice, slice, int]]:
    out = []
    for _, run in _runs(widths):
        out.append(
            (
                run,
                slice(int(slot_start[run.start]), int(slot_start[run.stop])),
                int(widths[run.start]),
            )
        )
    return out

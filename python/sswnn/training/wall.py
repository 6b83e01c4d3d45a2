"""Walls where labels end: atoms that are much too near each other may not be drawn together.

Few labels lie far inside the sum of two covalent radii, and a long training leaves steps and holes there, which hot MD and
searches from random cells find. The loss of a wall needs no labels: pairs in vacuum, some of them beside a third atom, in which
the force on one atom has to push it away from the other.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np
import torch

from sswnn.data.sampling import covalent_sum
from sswnn.training.loss import squared_or_linear
from sswnn.twin.batch import Batch
from sswnn.twin.model import Potential

CLUSTERS = 32  # of each call
EVERY = 4  # steps: a call costs a third of a step, so walls cost less than a tenth of a training
PUSHED = (0.2, 0.65)  # distance of the pair over the sum of its covalent radii
STANDING = (0.8, 1.3)  # the same of the third atom and the one that stays
ANGLES = (40.0, 180.0)  # degrees, between the other two as seen from the one that stays
FARTHER = 0.2  # of the sum: so much farther than the pair is the third atom, or it is left out
LEAST_FORCE = 1.0  # eV/Å, that has to push the pair apart


def wall_loss(potential: Potential, elements: list[int], rng: np.random.Generator, limit: float) -> torch.Tensor:
    """Mean square of what is missing to `LEAST_FORCE` between atoms that are too near, (eV/Å)², differentiable in the parameters.

    Parameters
    ----------
    potential : Potential
    elements : list of int
        Indices of the elements of which each pair has at least one.
    rng : Generator
        Draws the clusters.
    limit : float
        What is missing beyond it counts linearly, eV/Å; 0: never.
    """
    batch, away = clusters(potential, elements, rng)
    place = torch.empty_like(batch.order)
    place[batch.order] = torch.arange(batch.atoms)
    pushed = place[: len(away)]
    forces = potential(batch).forces[pushed] + potential.reference(batch).forces[pushed]
    missing = (LEAST_FORCE - (forces * away).sum(1)).clamp_min(0)
    return squared_or_linear(missing, limit).mean()


def clusters(potential: Potential, elements: list[int], rng: np.random.Generator) -> tuple[Batch, torch.Tensor]:
    """Pairs and triples with two atoms too near each other, and the directions [clusters, 3] from the staying to the pushed one.

    The pushed atoms are the first `clusters` of the caller's order.
    """
    count, symbols = CLUSTERS, potential.elements
    species = rng.integers(len(symbols), size=(count, 3))
    species[np.arange(count), rng.integers(2, size=count)] = rng.choice(elements, count)
    pushed, stays, third = species.T
    sums = np.array([[covalent_sum(a, b) for b in symbols] for a in symbols])
    places = np.zeros((count, 3, 3))
    near = rng.uniform(*PUSHED, count)
    places[:, 0, 0] = near * sums[pushed, stays]
    angle = np.radians(rng.uniform(*ANGLES, count))
    direction = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    places[:, 2] = (rng.uniform(*STANDING, count) * sums[stays, third])[:, None] * direction
    between = np.linalg.norm(places[:, 2] - places[:, 0], axis=1) / sums[pushed, third]
    triple = (between > near + FARTHER) & (rng.random(count) < 0.5)
    # Atoms by their part in the cluster: all pushed ones, all that stay, then the third ones.
    number = np.array([np.arange(count), np.arange(count) + count, np.cumsum(triple) - 1 + 2 * count])
    found = []
    for a, b in permutations(range(3), 2):
        vector = places[:, b] - places[:, a]
        met = (np.linalg.norm(vector, axis=1) < potential.cutoff) & (triple if 2 in (a, b) else True)
        found.append((number[a][met], number[b][met], vector[met]))
    first, second, displacement = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.argsort(first, kind="stable")
    batch = potential.make_batch(
        np.concatenate([pushed, stays, third[triple]]),
        np.concatenate([np.arange(count), np.arange(count), np.flatnonzero(triple)]),
        first[order],
        second[order],
        displacement[order],
    )
    away = torch.zeros(count, 3, dtype=potential.radial_basis.dtype)
    away[:, 0] = 1
    return batch, away

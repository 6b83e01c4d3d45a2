"""The direction of a climb: random, softened by a biased rotation, JCTC 2013, 9, 1838; JCTC 2012, 8, 2215."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

DIMER_LENGTH = 0.005  # Å
LAMBDA = (0.1, 1.5)  # share of the local direction


@dataclass(frozen=True)
class Rotation:
    """How far a direction is softened."""

    iterations: int = 5  # force calls at most
    torque: float = 0.1  # eV/Å² left over, per unit displacement, at which it ends
    pair_distance: float = 3.0  # Å, least distance of the pair of a local direction
    bias: float = 1.0  # a in units of the start's curvature (of the largest one if that is negative)


def initial_direction(
    rng: np.random.Generator,
    positions: np.ndarray,
    masses: np.ndarray,
    pair_distance: float,
    cell: np.ndarray | None = None,
) -> np.ndarray:
    """Unit direction N0 = (Ng + λ Nl) / |…|, [n, 3].

    Ng has the Maxwell-Boltzmann distribution of velocities; Nl moves a random pair further apart than `pair_distance` towards
    each other; both are normalised, λ is uniform in 0.1-1.5.

    Parameters
    ----------
    positions
        [n, 3], Å.
    masses
        [n], any unit.
    pair_distance
        Å.
    cell
        Lattice vectors as rows for the nearest image of a pair; None for clusters.
    """
    n = len(positions)
    glob = rng.standard_normal((n, 3)) / np.sqrt(masses)[:, None]
    glob /= np.linalg.norm(glob)
    local = np.zeros((n, 3))
    for _ in range(20):
        if n < 2:
            break
        first, second = rng.choice(n, 2, replace=False)
        between = positions[second] - positions[first]
        if cell is not None:
            between -= np.round(np.linalg.solve(cell.T, between)) @ cell
        if np.linalg.norm(between) > pair_distance:
            local[first], local[second] = between, -between
            local /= np.linalg.norm(local)
            break
    return without_rigid(glob + rng.uniform(*LAMBDA) * local, positions, rotations=cell is None)


def without_rigid(direction: np.ndarray, positions: np.ndarray, rotations: bool) -> np.ndarray:
    """The direction [n, 3] as a unit vector without rigid translation and, for clusters, rotation."""
    out = direction - direction.mean(axis=0)
    if rotations and len(positions) > 2:
        arms = positions - positions.mean(axis=0)
        inertia = (arms**2).sum() * np.eye(3) - arms.T @ arms
        momentum = np.cross(arms, out).sum(axis=0)
        out = out - np.cross(np.linalg.lstsq(inertia, momentum, rcond=None)[0], arms)
    length = np.linalg.norm(out)
    if length < 1e-12:
        raise ValueError("a direction without any internal motion")
    return out / length


def soften(
    forces: Callable[[np.ndarray], np.ndarray],
    positions: np.ndarray,
    forces_here: np.ndarray,
    start: np.ndarray,
    rotation: Rotation,
) -> np.ndarray:
    """Unit direction N that minimises v·(H - a N0 N0ᵀ)·v in the Krylov space of H and N0.

    The dimer's finite difference (F(R) - F(R + N dR)) / dR gives H N; a Lanczos recursion from N0 = `start` makes the bias a
    change of one element of the tridiagonal matrix, so that the biased rotation needs one force call for each dimension and no
    line search. It ends when the torque |(H - a N0 N0ᵀ) N - C N| is below the limit.

    Parameters
    ----------
    forces
        Forces [n, 3] (eV/Å) of positions.
    positions, forces_here
        [n, 3]; Å, eV/Å.
    start
        N0, unit vector [n, 3].
    """
    basis = np.empty((rotation.iterations, start.size))
    basis[0] = start.ravel()
    matrix = np.zeros((rotation.iterations, rotation.iterations))
    for k in range(rotation.iterations):
        moved = positions + DIMER_LENGTH * basis[k].reshape(positions.shape)
        image = ((forces_here - forces(moved)) / DIMER_LENGTH).ravel()
        matrix[k, k] = image @ basis[k]
        image -= basis[: k + 1].T @ (basis[: k + 1] @ image)
        left = np.sqrt(image @ image)
        size = k + 1
        biased = matrix[:size, :size].copy()
        here = biased[0, 0]
        biased[0, 0] -= rotation.bias * (here if here > 0 else np.abs(biased.diagonal()).max())
        mixture = np.linalg.eigh(biased)[1][:, 0]
        if left * abs(mixture[k]) < rotation.torque or size == rotation.iterations:
            break
        matrix[size, k] = left  # the lower triangle is enough
        basis[size] = image / left
    out = (mixture @ basis[:size]).reshape(positions.shape)
    return out if mixture[0] >= 0 else -out

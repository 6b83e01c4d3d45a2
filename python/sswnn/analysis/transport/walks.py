"""Synthetic trajectories with known diffusion coefficients: what estimators and examples are tried on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

KINDS = ("hops", "returns", "persistent", "strings")


@dataclass(frozen=True)
class Walk:
    """Walking particles.

    Attributes
    ----------
    positions
        (T, n, 3) unwrapped, A.
    D_A2_per_frame
        Tracer diffusion coefficient, a third of the trace.
    axes_A2_per_frame
        (3,) along x, y and z.
    haven
        Tracer over collective diffusion coefficient.
    """

    positions: np.ndarray
    D_A2_per_frame: float
    axes_A2_per_frame: np.ndarray
    haven: float


def walk(
    kind: str,
    frames: int,
    particles: int,
    random: np.random.Generator,
    *,
    hops_per_frame: float = 0.05,
    hop_A: float = 3.0,
    axes: Sequence[float] = (1.0, 1.0, 1.0),
    memory: float = 10.0,
    vibration_A: float = 0.25,
) -> Walk:
    """Particles that hop on a lattice and vibrate.

    Parameters
    ----------
    kind
        `hops`: independent; `returns`: besides, each particle jumps back and forth between two places; `persistent`: no lattice,
        velocities that are forgotten slowly; `strings`: particles hop in pairs.
    frames, particles
        T and n; an even number of particles for strings.
    hops_per_frame
        Of a particle, all directions.
    hop_A
        Lattice constant, A.
    axes
        Relative rates along x, y and z.
    memory
        Correlation time of returns and velocities, frames.
    vibration_A
        Standard deviation per axis, A.
    """
    if kind not in KINDS:
        raise ValueError(f"walk is {kind!r}, expected {', '.join(KINDS)}")
    share = np.asarray(axes, dtype=float) / np.sum(axes)
    rate = hops_per_frame * share
    shape = (frames, particles, 3)
    if kind == "persistent":
        keep = np.exp(-1 / memory)
        kicks = random.normal(size=(frames + int(10 * memory), particles, 3))
        velocity = lfilter([1 - keep], [1, -keep], kicks, axis=0)[-frames:]
        steps = velocity * hop_A * np.sqrt(rate)
    else:
        steps = hop_A * (random.poisson(rate / 2, shape) - random.poisson(rate / 2, shape))
    if kind == "strings":
        steps[:, 1::2] = steps[:, ::2]
    positions = np.cumsum(steps, axis=0) + random.normal(scale=vibration_A, size=shape)
    if kind == "returns":
        flips = random.random((frames, particles)) < 0.5 * (1 - np.exp(-1 / memory))
        there = (np.cumsum(flips, axis=0) + random.integers(2, size=particles)) % 2
        positions[:, :, 0] += 0.7 * hop_A * there
    along = hop_A**2 * rate / 2
    return Walk(positions, float(along.mean()), along, 0.5 if kind == "strings" else 1.0)

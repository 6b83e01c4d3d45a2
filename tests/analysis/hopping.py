"""Trajectories built by hand, whose ions hop between known sites at known times."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from sswnn.analysis import Frame
from sswnn.data.prototypes import chloride_lattice

A = 5.13
CELL = 2 * A * np.eye(3)
CHLORINE = A * np.array([x for x in product(np.arange(0, 2, 0.5), repeat=3) if 2 * sum(x) % 2 == 0])
STEP = 0.1  # ps
FRAMES = 61


def rock_salt(shift: float | np.ndarray = 0.0) -> Iterator[Frame]:
    """Three Li among vibrating Cl that drift: one visits a neighbour for a frame and hops later, on its way over a frame in a
    tetrahedron; one goes into a tetrahedron for 1 ps; one vibrates over a face.
    """
    rng = np.random.default_rng(5)
    octahedron, other = A * np.array([0.5, 0, 0]), A * np.array([0, 0.5, 0])
    between = A * np.array([0.25, 0.25, 0.25])
    home, inside = A * np.array([1.5, 1, 1]), A * np.array([1.25, 1.25, 1.25])
    way = np.array([-1, 1, 1]) / np.sqrt(3)
    face = A * np.array([0.5, 0, 1]) + way * A / np.sqrt(12)
    for t in range(FRAMES):
        first = other if t == 10 or t > 20 else between if t == 20 else octahedron
        second = inside if 30 <= t < 40 else home
        third = face + way * (0.05 if t % 2 else -0.05)
        li = np.array([first, second, third]) + rng.normal(0, 0.02, (3, 3))
        moved = np.concatenate([li, CHLORINE + rng.normal(0, 0.1, CHLORINE.shape)])
        moved += shift + 0.11 * t * np.array([1, 0.3, -0.5])
        yield Frame(t, t, STEP * t, np.array(["Li"] * 3 + ["Cl"] * 32), moved, CELL)


def layered() -> Iterator[Frame]:
    """Zr in even layers, and three Li that hop once each at 2 ps: from A to B, from B to B, from A to A."""
    lattice = chloride_lattice("ABAB", (3, 3))
    inverse = np.linalg.inv(lattice.cell)

    def near(site: int, layer: int, length: float) -> int:
        away = (lattice.octahedral - lattice.octahedral[site]) @ inverse
        distance = np.linalg.norm((away - np.rint(away)) @ lattice.cell, axis=1)
        fits = (
            (np.abs(distance - length) < 0.05)
            & (lattice.layer == layer)
            & ~np.isin(np.arange(36), zr)
        )
        return int(np.flatnonzero(fits)[0])

    zr = [0, 4, 8, 18, 22, 26]
    a, b, c = 1, 9, 20
    ends = [near(a, 1, 2.97), near(b, 1, 3.66), near(c, 2, 3.66)]
    rng = np.random.default_rng(2)
    fixed = np.concatenate([lattice.octahedral[zr], lattice.chlorine])
    symbols = np.array(["Li"] * 3 + ["Zr"] * 6 + ["Cl"] * 36)
    for t in range(41):
        li = lattice.octahedral[ends if t >= 20 else [a, b, c]]
        noise = rng.normal(0, 0.05, (45, 3))
        yield Frame(t, t, STEP * t, symbols, np.concatenate([li, fixed]) + noise, lattice.cell)

"""Unlabelled frames for training: lithium in contact with Li2ZrCl6 or LiCl, periodic slabs.

A slab is made of blocks whose first two lattice vectors are stretched to a common hexagonal or
square plane, stacked along z. Lengths in A.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ase import Atoms

from sswnn.errors import DataError


def close_packed_block(
    symbol: str, plane: np.ndarray, repeat: np.ndarray, layers: int, spacing: float
) -> Atoms:
    """Close-packed metal layers (ABC...) whose `repeat` supercell (2, 2) fills an in-plane cell
    (2, 2), A.
    """
    primitive = np.linalg.solve(np.asarray(repeat, dtype=float), plane)
    n_sites = round(abs(np.linalg.det(repeat)))
    grid = np.array([(i, j) for i in range(-8, 9) for j in range(-8, 9)]) @ primitive
    positions = []
    for k in range(layers):
        fractional = (grid + k * (primitive[0] + 2 * primitive[1]) / 3) @ np.linalg.inv(plane)
        unique = np.unique(np.round(fractional % 1.0, 6) % 1.0, axis=0)
        if len(unique) != n_sites:
            raise DataError(
                f"supercell {np.asarray(repeat).tolist()} gave {len(unique)} sites, expected {n_sites}"
            )
        positions += [(*xy, k * spacing) for xy in unique @ plane]
    return Atoms([symbol] * len(positions), positions)


def halide_film(plane: np.ndarray, layers: int, *, first: str = "Cl") -> Atoms:
    """LiCl(111) film on a sqrt(3) x sqrt(3) in-plane cell (2, 2), A: alternating layers of three
    Cl and three Li.
    """
    film = Atoms()
    other = {"Cl": "Li", "Li": "Cl"}
    symbol = first
    for k in range(layers):
        single = close_packed_block(symbol, plane, np.array([[1, -1], [1, 2]]), 1, 0.0)
        primitive = np.linalg.solve(np.array([[1.0, -1.0], [1.0, 2.0]]), plane)
        single.positions[:, :2] += k * (primitive[0] + 2 * primitive[1]) / 3
        single.positions[:, 2] += 1.48 * k
        film += single
        symbol = other[symbol]
    return film


def cut_block(block: Atoms, plane: np.ndarray, rng: np.random.Generator) -> Atoms:
    """Periodic crystal as a block: cut at a random height that passes no atom layer, in-plane cell
    replaced.
    """
    scaled = block.get_scaled_positions(wrap=True)
    heights = np.sort(np.unique(np.round(scaled[:, 2], 2)))
    gaps = np.diff(np.append(heights, heights[0] + 1))
    wide = np.flatnonzero(gaps * block.cell[2, 2] > 0.8)
    pick = rng.choice(wide) if len(wide) else int(np.argmax(gaps))
    scaled[:, 2] = (scaled[:, 2] - heights[pick] - gaps[pick] / 2) % 1.0
    positions = np.empty_like(block.positions)
    positions[:, :2] = scaled[:, :2] @ plane
    positions[:, 2] = scaled[:, 2] * block.cell[2, 2]
    return Atoms(block.get_chemical_symbols(), positions)


def stacked(
    blocks: Sequence[Atoms], plane: np.ndarray, gaps: Sequence[float], rng: np.random.Generator
) -> Atoms:
    """Blocks on top of each other, each shifted in the plane at random.

    Parameters
    ----------
    blocks
        From the bottom to the top.
    plane
        (2, 2) in-plane cell, A.
    gaps
        Height from the top atom of each block to the lowest of the next, A; the last gap closes the
        period (a large one is vacuum).
    rng
        Source of the shifts.
    """
    if len(gaps) != len(blocks):
        raise DataError(f"{len(gaps)} gaps for {len(blocks)} blocks, expected as many")
    total = Atoms()
    z = 0.0
    for block, gap in zip(blocks, gaps, strict=True):
        part = block.copy()
        part.positions[:, 2] += z - part.positions[:, 2].min()
        part.positions[:, :2] += rng.random(2) @ plane
        z = part.positions[:, 2].max() + gap
        total += part
    cell = np.zeros((3, 3))
    cell[:2, :2] = plane
    cell[2, 2] = z
    total.set_cell(cell)
    total.pbc = True
    total.wrap()
    return total


def hexagonal_plane(a: float) -> np.ndarray:
    """(2, 2) in-plane cell with a 120 degree angle, A."""
    return np.array([[a, 0.0], [-a / 2, a * np.sqrt(3) / 2]])


def contact_slab(
    rng: np.random.Generator,
    halide: Atoms,
    *,
    li_layers: int = 3,
    film_layers: int = 0,
    gap: tuple[float, float] = (1.9, 3.2),
    vacuum: float = 0.0,
) -> Atoms:
    """Lithium on a trigonal Li2ZrCl6 cell, optionally with a LiCl(111) film between.

    A halide cell of a = 6.3 A (9 or 18 atoms) meets fcc Li(111) 2 x 2; one of a = 11 A (27 atoms)
    sqrt(13) x sqrt(13).

    Parameters
    ----------
    rng
        Cut height, gaps, in-plane shifts.
    halide
        Hexagonal cell with c along z.
    li_layers, film_layers
        Thickness: Li layers, layers of the film (a = 6.3 A only; 0: none).
    gap
        Range of the distance between blocks, A.
    vacuum
        Added on one side, A.

    Raises
    ------
    DataError
        If the halide cell fits neither match.
    """
    a = float(halide.cell.lengths()[0])
    if 5.8 < a < 7.0:
        repeat = np.array([[2, 0], [0, 2]])
    elif 10.0 < a < 12.0:
        repeat = np.array([[4, 1], [-1, 3]])
    else:
        raise DataError(f"the halide cell has a = {a:.2f} A, expected about 6.3 or 11 A")
    if film_layers and a > 7.0:
        raise DataError("a film needs the halide cell of a = 6.3 A")
    li_a = a / np.sqrt(np.linalg.det(repeat))
    plane = hexagonal_plane(a * rng.uniform(0.97, 1.02))
    area_per_li = li_a**2 * np.sqrt(3) / 2
    spacing = float(np.clip(20.2 / area_per_li, 2.2, 2.7))
    blocks = [cut_block(halide, plane, rng)]
    if film_layers:
        blocks.append(halide_film(plane, film_layers, first=str(rng.choice(["Cl", "Li"]))))
    blocks.append(close_packed_block("Li", plane, repeat, li_layers, spacing))
    gaps = rng.uniform(*gap, len(blocks)).tolist()
    gaps[-1] += vacuum
    return stacked(blocks, plane, gaps, rng)


def lithium_chloride_contact(
    rng: np.random.Generator,
    *,
    li_layers: int = 4,
    salt_layers: int = 3,
    gap: tuple[float, float] = (2.2, 3.2),
) -> Atoms:
    """LiCl(001) on bcc Li(001), 2 x 2 primitive squares, periodic along z."""
    side = 2 * rng.uniform(3.45, 3.66)
    plane = side * np.eye(2)
    square = [(i, j) for i in (0, 1) for j in (0, 1)]
    metal = Atoms(
        ["Li"] * 4 * li_layers,
        [
            ((i + 0.5 * (k % 2)) * side / 2, (j + 0.5 * (k % 2)) * side / 2, 1.74 * k)
            for k in range(li_layers)
            for i, j in square
        ],
    )
    salt = Atoms()
    for k in range(salt_layers):
        for i, j in square:
            x, y = i * side / 2, j * side / 2
            first, second = ("Li", "Cl") if k % 2 == 0 else ("Cl", "Li")
            salt += Atoms(
                [first, second], [(x, y, 2.57 * k), (x + side / 4, y + side / 4, 2.57 * k)]
            )
    return stacked([salt, metal], plane, rng.uniform(*gap, 2).tolist(), rng)

"""Unlabelled frames for training: rattled and strained crystals, defects, random mixtures, contact
slabs, dimers.

Every function takes its random generator, returns periodic `ase.Atoms`, and knows no label engine.
Lengths in A.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from ase import Atoms
from ase.build import bulk
from ase.data import atomic_numbers, covalent_radii

from sswnn.data.prototypes import prototype
from sswnn.errors import DataError

MIN_DISTANCE: dict[frozenset[str], float] = {
    frozenset({"Li"}): 2.35,
    frozenset({"Zr"}): 2.60,
    frozenset({"Cl"}): 2.85,
    frozenset({"Li", "Zr"}): 2.45,
    frozenset({"Li", "Cl"}): 2.10,
    frozenset({"Zr", "Cl"}): 2.20,
}
"""Shortest distances of random mixtures, A, about 0.9 of the shortest ones in the crystals."""


def tag(frame: Atoms, origin: str, group: str, kind: str, **info: object) -> Atoms:
    """The same frame with the entries that every frame of a data set carries."""
    frame.info.update(origin=origin, group=group, kind=kind, **info)
    return frame


def random_strain(rng: np.random.Generator, amplitude: float) -> np.ndarray:
    """Symmetric (3, 3) deformation gradient, each component uniform in +-amplitude around the unit
    matrix (shear: half).
    """
    strain = rng.uniform(-amplitude, amplitude, (3, 3))
    strain = np.where(np.eye(3, dtype=bool), strain, strain / 2)
    return np.eye(3) + (strain + strain.T) / 2


def deformed(atoms: Atoms, deformation: np.ndarray) -> Atoms:
    """Copy with cell and positions multiplied from the right by a (3, 3) deformation gradient."""
    copy = atoms.copy()
    copy.set_cell(np.asarray(atoms.cell) @ deformation, scale_atoms=True)
    return copy


def rattled(
    atoms: Atoms, rng: np.random.Generator, std: float, *, strain: float = 0.0, volume: float = 1.0
) -> Atoms:
    """Copy with Gaussian displacements, random strain and scaled volume.

    Parameters
    ----------
    atoms
        Parent.
    rng
        Source of randomness.
    std
        Standard deviation of every displacement component, A.
    strain
        Amplitude of `random_strain`.
    volume
        Volume against the parent.
    """
    copy = deformed(atoms, random_strain(rng, strain) * volume ** (1 / 3))
    copy.positions += rng.normal(0.0, std, copy.positions.shape)
    return copy


def volume_scan(atoms: Atoms, volumes: Sequence[float]) -> list[Atoms]:
    """Copies with uniformly scaled cells, one for every ratio of the volume to that of the parent."""
    return [deformed(atoms, np.eye(3) * v ** (1 / 3)) for v in volumes]


def strain_scan(atoms: Atoms, amplitudes: Sequence[float]) -> list[Atoms]:
    """Copies with one of the six strain components set to each amplitude: what elastic constants
    are made of.
    """
    frames = []
    for i, j in ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)):
        for amplitude in amplitudes:
            deformation = np.eye(3)
            deformation[i, j] += amplitude / (1 if i == j else 2)
            deformation[j, i] = deformation[i, j] if i != j else deformation[j, i]
            frames.append(deformed(atoms, deformation))
    return frames


def minimum_distance_ratio(atoms: Atoms) -> float:
    """Smallest pair distance in units of `MIN_DISTANCE` of its elements; periodic images count."""
    symbols = atoms.get_chemical_symbols()
    distances = atoms.get_all_distances(mic=True)
    ratio = np.inf
    for i in range(len(atoms)):
        for j in range(i):
            ratio = min(ratio, distances[i, j] / MIN_DISTANCE[frozenset({symbols[i], symbols[j]})])
    return float(ratio)


def random_cell(
    rng: np.random.Generator, volume: float, *, skew: float = 0.25, aspect: float = 0.3
) -> np.ndarray:
    """Random (3, 3) cell of given volume (A^3), moderately skewed and elongated."""
    lengths = np.exp(rng.uniform(-aspect, aspect, 3))
    cell = np.diag(lengths) + np.tril(rng.uniform(-skew, skew, (3, 3)) * lengths[:, None], -1)
    return cell * (volume / np.linalg.det(cell)) ** (1 / 3)


def _pushed_apart(
    positions: np.ndarray, cell: np.ndarray, contact: np.ndarray, *, steps: int = 80
) -> np.ndarray | None:
    """Positions moved along overlaps until no pair is closer than its contact distance by 0.03 A;
    None if that fails.

    `positions` (n, 3) and `cell` (3, 3) in A; `contact` (n, n) in A. All images of the neighbouring
    cells count.
    """
    shifts = (
        np.array([(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)]) @ cell
    )
    self_image = np.linalg.norm(shifts, axis=1)
    if (self_image[self_image > 0].min() < np.diag(contact)).any():
        return None
    for _ in range(steps):
        delta = positions[None, :, None, :] - positions[:, None, None, :] + shifts[None, None, :, :]
        distance = np.linalg.norm(delta, axis=-1)
        overlap = np.where(distance > 1e-9, contact[:, :, None] - distance, 0.0).clip(min=0.0)
        if overlap.max() < 0.03:
            return positions
        direction = delta / np.maximum(distance, 1e-6)[..., None]
        positions = positions - 0.45 * (1.05 * overlap[..., None] * direction).sum(axis=(1, 2))
    return None


def random_mixture(
    rng: np.random.Generator,
    counts: Mapping[str, int],
    density: float,
    *,
    closeness: float = 1.0,
    attempts: int = 4,
) -> Atoms:
    """Atoms at random places of a random cell, no pair closer than `closeness` times `MIN_DISTANCE`.

    Parameters
    ----------
    rng
        Source of randomness.
    counts
        Number of atoms of each element.
    density
        Atoms per A^3; the crystals lie between 0.037 (ZrCl4) and 0.060 (LiCl).
    closeness
        Factor on the minimum distances.
    attempts
        Random starts before giving up.

    Raises
    ------
    DataError
        If the density leaves no room for the atoms.
    """
    symbols = [element for element, count in counts.items() for _ in range(count)]
    contact = closeness * np.array(
        [[MIN_DISTANCE[frozenset({a, b})] for b in symbols] for a in symbols]
    )
    for _ in range(attempts):
        cell = random_cell(rng, len(symbols) / density)
        positions = _pushed_apart(rng.random((len(symbols), 3)) @ cell, cell, contact)
        if positions is not None:
            atoms = Atoms(symbols, positions, cell=cell, pbc=True)
            atoms.wrap()
            return atoms
    raise DataError(
        f"{dict(counts)} at {density:.4f} atoms/A^3 cannot keep {closeness:.2f} of the minimum distances"
    )


def vacancy(atoms: Atoms, rng: np.random.Generator, element: str, count: int = 1) -> Atoms:
    """Copy without `count` random atoms of an element.

    Raises
    ------
    DataError
        If there are fewer.
    """
    sites = np.flatnonzero(np.array(atoms.get_chemical_symbols()) == element)
    if len(sites) < count:
        raise DataError(
            f"{count} {element} to remove, but {atoms.get_chemical_formula()} has {len(sites)}"
        )
    copy = atoms.copy()
    del copy[rng.choice(sites, count, replace=False).tolist()]
    return copy


def substituted(
    atoms: Atoms, rng: np.random.Generator, old: str, new: str, count: int = 1
) -> Atoms:
    """Copy in which `count` random atoms of one element are another; errors as in `vacancy`."""
    sites = np.flatnonzero(np.array(atoms.get_chemical_symbols()) == old)
    if len(sites) < count:
        raise DataError(
            f"{count} {old} to replace, but {atoms.get_chemical_formula()} has {len(sites)}"
        )
    copy = atoms.copy()
    copy.symbols[rng.choice(sites, count, replace=False)] = new
    return copy


def exchanged(
    atoms: Atoms,
    rng: np.random.Generator,
    pairs: int,
    *,
    elements: Sequence[str] = ("Li", "Zr", "Cl"),
) -> Atoms:
    """Copy in which `pairs` random pairs of different elements have changed places."""
    copy = atoms.copy()
    symbols = np.array(copy.get_chemical_symbols())
    for _ in range(pairs):
        present = [e for e in elements if (symbols == e).any()]
        if len(present) < 2:
            break
        a, b = rng.choice(present, 2, replace=False)
        i, j = rng.choice(np.flatnonzero(symbols == a)), rng.choice(np.flatnonzero(symbols == b))
        symbols[i], symbols[j] = symbols[j], symbols[i]
    copy.symbols[:] = symbols
    return copy


def interstitial(
    atoms: Atoms, rng: np.random.Generator, element: str, count: int = 1, *, trials: int = 400
) -> Atoms:
    """Copy with `count` atoms of an element added, each at one of the roomiest of random places."""
    copy = atoms.copy()
    for _ in range(count):
        places = rng.random((trials, 3)) @ np.asarray(copy.cell)
        probe = Atoms(["X"] * trials, places, cell=copy.cell, pbc=True)
        room = np.array([_distances_to(copy, place).min() for place in probe.positions])
        best = np.argsort(room)[-max(1, trials // 40) :]
        copy += Atoms([element], [places[rng.choice(best)]])
    return copy


def _distances_to(atoms: Atoms, place: np.ndarray) -> np.ndarray:
    fractional = atoms.cell.scaled_positions(place - atoms.positions)
    cell = np.asarray(atoms.cell)
    shifts = np.array([(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)])
    delta = ((fractional - np.round(fractional))[:, None, :] + shifts) @ cell
    return np.linalg.norm(delta, axis=-1).min(axis=1)


# Slabs: blocks whose first two lattice vectors are stretched to a common hexagonal or square plane and stacked along z.


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


def cut_block(atoms: Atoms, plane: np.ndarray, rng: np.random.Generator, repeat: int = 1) -> Atoms:
    """Periodic crystal as a block: c repeated, cut at a random height that passes no atom layer,
    in-plane cell replaced.
    """
    block = atoms.repeat((1, 1, repeat))
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
    halide_repeat: int = 1,
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
    li_layers, halide_repeat, film_layers
        Thickness: Li layers, cells of the halide along c, layers of the film (a = 6.3 A only; 0: none).
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
    blocks = [cut_block(halide, plane, rng, halide_repeat)]
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


def lithium_supercell(
    rng: np.random.Generator, n_cells: Sequence[int] = (2, 2, 2), structure: str = "bcc"
) -> Atoms:
    """Li metal supercell, the host of dissolved Zr and Cl."""
    return bulk("Li", structure, a=3.44 if structure == "bcc" else 4.33, cubic=True).repeat(
        tuple(n_cells)
    )


def dimer(first: str, second: str, distance: float, box: float = 16.0) -> Atoms:
    """Two atoms in a periodic box; ``info["strong_repulsion"]`` is set below 0.8 of the sum of their covalent radii."""
    atoms = Atoms(
        [first, second], [(0, 0, 0), (distance, 0, 0)], cell=[box + 4.0, box, box], pbc=True
    )
    contact = covalent_radii[atomic_numbers[first]] + covalent_radii[atomic_numbers[second]]
    if distance < 0.8 * contact:
        atoms.info["strong_repulsion"] = True
    return atoms


def dimer_scan(first: str, second: str, *, cutoff: float = 6.0, count: int = 24) -> Iterator[Atoms]:
    """Dimers from half the sum of the covalent radii to just beyond the cutoff (A), denser at
    short distance.
    """
    contact = covalent_radii[atomic_numbers[first]] + covalent_radii[atomic_numbers[second]]
    for distance in np.geomspace(0.5 * contact, cutoff + 0.2, count):
        yield dimer(first, second, float(distance))


def isolated_atom(element: str, box: float = 16.0) -> Atoms:
    """One atom in a periodic box."""
    return Atoms([element], [(0, 0, 0)], cell=[box] * 3, pbc=True)


def intercalated(rng: np.random.Generator, parent: str, lithium_per_zr: int) -> Atoms:
    """Reduced Li_n ZrCl6 made of an ordered Li2ZrCl6 crystal by Li in its roomiest holes."""
    host = prototype(parent)
    n_zr = host.get_chemical_symbols().count("Zr")
    return interstitial(host, rng, "Li", (lithium_per_zr - 2) * n_zr)

"""Starting structures of a search: random clusters and crystals, files, substitutions.

Every function takes its random generator and returns new `ase.Atoms` without calculator; nothing
here knows a potential or a walk. Lengths in A, in clusters the unit of `minimum_distance`.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ase.io
import numpy as np
from ase import Atoms
from ase.spacegroup.symmetrize import prep_symmetry, symmetrize_rank1
from scipy.spatial import Voronoi, cKDTree

from sswnn.configuration import build, in_range, one_of
from sswnn.data.arc import read_arc
from sswnn.data.distances import smallest_ratio
from sswnn.data.frames import read_frames
from sswnn.data.mixtures import minimum_distances, pushed_apart, random_mixture
from sswnn.data.prototypes import prototype
from sswnn.data.sampling import exchanged
from sswnn.errors import ConfigError, DataError

VOLUME_RANGE = (1.25, 2.3)
"""Volume of a random crystal over the close-packed one of its minimum distances, see `volume_range`."""

LOOSE = 0.55
"""Share of the minimum distances that atoms keep when they are placed, before they are pushed apart."""

_PRIMITIVE = {
    "P": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "A": [[1, 0, 0], [0, 1 / 2, -1 / 2], [0, 1 / 2, 1 / 2]],
    "C": [[1 / 2, 1 / 2, 0], [-1 / 2, 1 / 2, 0], [0, 0, 1]],
    "I": [[-1 / 2, 1 / 2, 1 / 2], [1 / 2, -1 / 2, 1 / 2], [1 / 2, 1 / 2, -1 / 2]],
    "F": [[0, 1 / 2, 1 / 2], [1 / 2, 0, 1 / 2], [1 / 2, 1 / 2, 0]],
    "R": [[2 / 3, 1 / 3, 1 / 3], [-1 / 3, 1 / 3, 1 / 3], [-1 / 3, -2 / 3, 1 / 3]],
}
"""Primitive vectors in the conventional ones by centring letter (R: hexagonal axes, obverse)."""


def random_cluster(
    rng: np.random.Generator,
    number: int,
    *,
    radius: float | None = None,
    density: float | None = None,
    minimum_distance: float = 0.9,
    symbol: str = "Ar",
    attempts: int = 1000,
) -> Atoms:
    """Atoms uniform in a sphere, none closer than a minimum distance; not periodic.

    Parameters
    ----------
    rng
        Source of randomness.
    number
        Number of atoms N.
    radius, density
        Radius of the sphere, or atoms per volume of it; at most one of the two. Without either the
        container of Lennard-Jones benchmarks (Wales and Doye, J. Phys. Chem. A 101, 5111 (1997)):
        2^(1/6) (3N / (4 pi sqrt 2))^(1/3) + 1, the radius of the close-packed cluster and 1, in sigma
        = `minimum_distance` / 0.9.
    minimum_distance
        Shortest distance of two atoms; the default suits Lennard-Jones units, a pair energy of 6.6.
    symbol
        Element of all atoms.
    attempts
        Places tried for each atom before giving up.

    Raises
    ------
    DataError
        If the sphere has no room for the atoms or both `radius` and `density` are given.
    """
    if radius is not None and density is not None:
        raise DataError(f"radius {radius} and density {density} are both given, one is allowed")
    if number < 1:
        raise DataError(f"a cluster of {number} atoms, expected at least 1")
    if density is not None:
        radius = (3 * number / (4 * np.pi * density)) ** (1 / 3)
    elif radius is None:
        packed = 2 ** (1 / 6) * (3 * number / (4 * np.pi * np.sqrt(2))) ** (1 / 3)
        radius = (packed + 1) * minimum_distance / 0.9
    positions = np.empty((number, 3))
    for k in range(number):
        for _ in range(attempts):
            direction = rng.normal(size=3)
            place = direction * (radius * rng.random() ** (1 / 3) / np.linalg.norm(direction))
            if (np.linalg.norm(positions[:k] - place, axis=1) >= minimum_distance).all():
                positions[k] = place
                break
        else:
            raise DataError(
                f"a sphere of radius {radius:.3f} has no room for {number} atoms at least "
                f"{minimum_distance} apart: stopped at {k} after {attempts} places"
            )
    return Atoms([symbol] * number, positions)


def volume_range(composition: Mapping[str, int]) -> tuple[float, float]:
    """Volumes per atom between which random crystals are drawn by default, A^3.

    `VOLUME_RANGE` times the mean of d^3 / sqrt 2, the volume of a close-packed sphere whose diameter d
    is the minimum distance of like atoms. It contains LiCl, ZrCl4, Li2ZrCl6, Li and Zr.
    """
    length = minimum_distances(composition)
    total = sum(n * length[frozenset({e})] ** 3 for e, n in composition.items())
    packed = total / np.sqrt(2) / sum(composition.values())
    return float(VOLUME_RANGE[0] * packed), float(VOLUME_RANGE[1] * packed)


def random_crystal(
    rng: np.random.Generator,
    composition: Mapping[str, int],
    *,
    volume_per_atom: Sequence[float] | None = None,
    distances: Mapping[frozenset[str], float] | None = None,
    closeness: float = 1.0,
    attempts: int = 20,
) -> Atoms:
    """Atoms at random places of a random, moderately skewed cell, without symmetry.

    Parameters
    ----------
    rng
        Source of randomness.
    composition
        Number of atoms of each element in the cell.
    volume_per_atom
        Smallest and largest volume per atom, A^3, uniform between them; None: `volume_range`.
    distances
        Minimum distance of every pair of elements, A; None: those of `data.mixtures`.
    closeness
        Factor on the minimum distances.
    attempts
        Cells before giving up, each with a new volume.

    Raises
    ------
    DataError
        If the composition or the volumes make no sense, or no attempt finds room.
    """
    low, high = _checked_volumes(composition, volume_per_atom)
    for _ in range(attempts):
        volume = rng.uniform(low, high)
        try:
            return random_mixture(
                rng, composition, 1 / volume, distances=distances, closeness=closeness, attempts=1
            )
        except DataError as error:
            reason = error
    raise DataError(
        f"no random crystal in {attempts} attempts at {low:.1f} to {high:.1f} A^3/atom; "
        f"the last one: {reason}"
    )


def symmetric_crystal(
    rng: np.random.Generator,
    composition: Mapping[str, int],
    *,
    space_groups: Sequence[int] = tuple(range(2, 231)),
    volume_per_atom: Sequence[float] | None = None,
    distances: Mapping[frozenset[str], float] | None = None,
    closeness: float = 1.0,
    attempts: int = 100,
) -> Atoms:
    """Random crystal of a random space group, as a primitive cell.

    PyXtal chooses the lattice and the sites, with `LOOSE` minimum distances; then the atoms are pushed
    apart to 0.98 of the full ones, within the symmetry.

    Parameters
    ----------
    rng
        Source of randomness. PyXtal gets a generator seeded from it, so that the state of `rng` alone
        determines what comes back.
    composition
        Number of atoms of each element in the primitive cell.
    space_groups
        Numbers to draw from, uniformly; those whose sites cannot hold the composition are dropped.
    volume_per_atom, distances, closeness
        As in `random_crystal`.
    attempts
        Space groups drawn before giving up; each has several lattices and placements.

    Returns
    -------
    ase.Atoms
        ``info["space_group"]`` is the number drawn; the atoms may happen to have more symmetry.

    Raises
    ------
    DataError
        If PyXtal is missing, no space group fits the composition, or no attempt keeps the distances;
        the message counts the reasons.

    References
    ----------
    Fredericks et al., Comput. Phys. Commun. 261, 107810 (2021).
    """
    low, high = _checked_volumes(composition, volume_per_atom)
    for number in space_groups:
        if not 1 <= number <= 230:
            raise DataError(f"space group {number}, expected 1 to 230")
    length = minimum_distances(composition) if distances is None else distances
    length = {pair: closeness * value for pair, value in length.items()}
    candidates, failures = list(space_groups), Counter[str]()
    for _ in range(attempts):
        if not candidates:
            break
        number = int(rng.choice(candidates))
        volume = rng.uniform(low, high)
        child = np.random.default_rng(rng.integers(2**63))
        found = _placed_by_pyxtal(child, number, composition, volume, length)
        if isinstance(found, Atoms):
            found.info["space_group"] = number
            return found
        failures[found] += 1
        if found == "no sites":
            candidates.remove(number)
    raise DataError(
        f"no symmetric crystal of {dict(composition)} at {low:.1f} to {high:.1f} A^3/atom: "
        f"{failures['no sites']} of {len(space_groups)} space groups have no sites for it, "
        f"{failures['too close']} attempts did not keep {closeness:.2f} of the minimum distances"
    )


def _placed_by_pyxtal(
    rng: np.random.Generator,
    number: int,
    composition: Mapping[str, int],
    volume: float,
    length: Mapping[frozenset[str], float],
) -> Atoms | str:
    """Primitive cell of one space group, or what was in the way: "no sites" or "too close".

    The lattice is made here because PyXtal's own volumes, from atomic radii, are far from ionic ones.

    `volume` in A^3 per atom, `length` the minimum distances in A.
    """
    try:
        from pyxtal import pyxtal
        from pyxtal.lattice import Lattice
        from pyxtal.msg import Comp_CompatibilityError, VolumeError
        from pyxtal.symmetry import Group
        from pyxtal.tolerance import Tol_matrix
    except ImportError as error:
        raise DataError(
            f"symmetric crystals need PyXtal ({error}): pip install 'sswnn[search]'"
        ) from error
    elements, counts = list(composition), list(composition.values())
    tolerance = Tol_matrix(prototype="atomic")
    for pair, value in length.items():
        tolerance.set_tol(min(pair), max(pair), LOOSE * value)
    group = Group(number)
    crystal = pyxtal()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            lattice = Lattice(
                group.lattice_type,
                volume * sum(counts) * group.cellsize(),
                PBC=[1, 1, 1],
                random_state=rng,
            )
            crystal.from_random(
                3, group, elements, counts, lattice=lattice, conventional=False, tm=tolerance, max_count=1, random_state=rng
            )  # fmt: skip
            atoms = _primitive(crystal.to_ase(), group.symbol[0])
    except Comp_CompatibilityError:
        return "no sites"
    except (RuntimeError, VolumeError):
        return "too close"
    atoms = atoms[np.argsort([elements.index(s) for s in atoms.symbols], kind="stable")]
    if Counter(atoms.symbols) != Counter(composition):
        return "too close"
    contact = np.array([[length[frozenset({a, b})] for b in atoms.symbols] for a in atoms.symbols])
    positions = pushed_apart(
        atoms.positions, atoms.cell.array, contact, project=_symmetric_part(atoms)
    )
    if positions is None:
        return "too close"
    atoms.positions = positions
    atoms.wrap()
    return atoms if smallest_ratio(atoms, length) > 0.98 else "too close"


def _symmetric_part(atoms: Atoms) -> Callable[[np.ndarray], np.ndarray]:
    """Projection of (n, 3) displacements on those that keep the symmetry of the atoms."""
    found = prep_symmetry(atoms, symprec=1e-3)
    cell, inverse = atoms.cell.array, np.linalg.inv(atoms.cell.array)
    return lambda step: symmetrize_rank1(cell, inverse, step, *found)


def _primitive(atoms: Atoms, centring: str) -> Atoms:
    """Primitive cell of a conventional one, by the centring letter of its space group."""
    cell = np.array(_PRIMITIVE[centring]) @ atoms.cell.array
    places = np.linalg.solve(cell.T, atoms.positions.T).T % 1.0
    kept: list[int] = []
    for k, place in enumerate(places):
        apart = places[kept] - place
        if not (np.abs(apart - np.round(apart)) < 1e-4).all(axis=1).any():
            kept.append(k)
    return Atoms([atoms.symbols[k] for k in kept], places[kept] @ cell, cell=cell, pbc=True)


def from_files(paths: Iterable[str | Path]) -> list[Atoms]:
    """All structures of the files, in their order, without labels.

    Extended XYZ may be compressed; `.arc` is read by `data.arc`, all else by ASE.

    Raises
    ------
    DataError
        If a file is missing, malformed or of an unknown format.
    """
    structures: list[Atoms] = []
    for path in map(Path, paths):
        if not path.is_file():
            raise DataError(f"{path}: no such file")
        kinds = [suffix.lower() for suffix in path.suffixes if suffix not in (".gz", ".xz")]
        if kinds[-1:] == [".arc"]:
            frames = read_arc(path)
        elif kinds[-1:] in ([".xyz"], [".extxyz"]):
            frames = read_frames(path)
        else:
            try:
                frames = list(ase.io.iread(path, ":"))
            except Exception as error:  # ASE raises whatever its reader of the format stumbles on
                raise DataError(f"{path}: ASE cannot read it: {error}") from error
        structures += [_bare(frame) for frame in frames]
    return structures


def _bare(atoms: Atoms) -> Atoms:
    """Elements, positions, cell and periodicity alone."""
    return Atoms(atoms.get_chemical_symbols(), atoms.positions, cell=atoms.cell, pbc=atoms.pbc)


def substituted(
    rng: np.random.Generator,
    structure: Atoms,
    exchange: Mapping[str, str],
    *,
    fraction: float = 1.0,
) -> Atoms:
    """Copy in which elements are replaced, for example ``{"Zr": "Hf"}``.

    Parameters
    ----------
    rng
        Source of randomness; it chooses the atoms if `fraction` is below 1.
    structure
        Parent.
    exchange
        New element of each old one, all at once: ``{"Li": "Zr", "Zr": "Li"}`` inverts the two.
    fraction
        Share of the atoms of each old element that is replaced, rounded to a number of atoms.

    Raises
    ------
    DataError
        If an old element is not in the structure or a new one is unknown.
    """
    minimum_distances(exchange.values())  # refuses unknown elements
    copy = _bare(structure)
    symbols = np.array(structure.get_chemical_symbols(), dtype=object)
    for old, new in exchange.items():
        sites = np.flatnonzero(np.array(structure.get_chemical_symbols()) == old)
        if not len(sites):
            raise DataError(f"no {old} to replace in {structure.get_chemical_formula()}")
        symbols[rng.choice(sites, round(fraction * len(sites)), replace=False)] = new
    copy.set_chemical_symbols(symbols.tolist())
    return copy


def swapped(
    rng: np.random.Generator,
    structure: Atoms,
    pairs: int,
    *,
    elements: Sequence[str] = ("Li", "Zr"),
) -> Atoms:
    """Copy in which `pairs` random pairs of different elements have changed places.

    Raises
    ------
    DataError
        If fewer than two of the elements are in the structure.
    """
    present = [e for e in elements if e in structure.get_chemical_symbols()]
    if len(present) < 2:
        raise DataError(
            f"{structure.get_chemical_formula()} has {present or 'none'} of {list(elements)}, "
            "expected two to swap"
        )
    return exchanged(_bare(structure), rng, pairs, elements=present)


def octahedral_vacancies(structure: Atoms, anion: str = "Cl", *, room: float = 1.6) -> np.ndarray:
    """(m, 3) centres of the octahedra of anions that hold no other atom, A.

    From each vertex of the Voronoi polyhedra of the anions, a place with at least four equally near
    ones, the centre of the six nearest anions is sought; it counts if the sixth is within 1.3 of the
    distance of the first, and the seventh beyond 1.2 of that of the sixth.

    Parameters
    ----------
    structure
        Periodic crystal.
    anion
        Element of the corners.
    room
        Least distance to atoms that are no anions, A.

    Raises
    ------
    DataError
        If there is no such anion.
    """
    cell = structure.cell.array
    is_anion = np.array(structure.get_chemical_symbols()) == anion
    if not is_anion.any():
        raise DataError(f"{structure.get_chemical_formula()} has no {anion} as anion")
    shifts = np.array([(i, j, k) for i in range(-2, 3) for j in range(-2, 3) for k in range(-2, 3)])
    images = (structure.positions[:, None, :] + (shifts @ cell)[None]).transpose(1, 0, 2)
    corners = cKDTree(images[:, is_anion].reshape(-1, 3))
    vertices = Voronoi(corners.data).vertices
    left = vertices[_inside(vertices, cell)]
    for _ in range(3):
        left = corners.data[corners.query(left, k=6)[1]].mean(axis=1)
    near = corners.query(left, k=7)[0]
    left = left[(near[:, 5] < 1.3 * near[:, 0]) & (near[:, 6] > 1.2 * near[:, 5])]
    centres: list[np.ndarray] = []
    while len(left):
        apart = left - left[0]
        apart -= np.round(np.linalg.solve(cell.T, apart.T).T) @ cell
        centres.append(left[0])
        left = left[np.linalg.norm(apart, axis=1) > 0.5]
    found = np.array(centres).reshape(-1, 3)
    if len(found) and not is_anion.all():
        others = cKDTree(images[:, ~is_anion].reshape(-1, 3))
        found = found[others.query(found)[0] > room]
    return found


def _inside(places: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """(m,) whether a place lies in the cell or a little outside."""
    fractional = np.linalg.solve(cell.T, places.T).T
    return ((fractional > -0.05) & (fractional < 1.05)).all(axis=1)


def shuffled(
    rng: np.random.Generator,
    structure: Atoms,
    *,
    elements: Sequence[str] = ("Li", "Zr"),
    anion: str = "Cl",
) -> Atoms:
    """Copy with the cations at random on their own sites and the empty octahedra between the anions.

    Parameters
    ----------
    rng
        Source of randomness.
    structure
        Periodic crystal.
    elements
        Cations that move.
    anion
        Element of the octahedra's corners, see `octahedral_vacancies`.

    Raises
    ------
    DataError
        If the structure has none of the cations, or no anion.
    """
    copy = _bare(structure)
    moving = np.flatnonzero(np.isin(copy.get_chemical_symbols(), list(elements)))
    if not len(moving):
        raise DataError(f"{copy.get_chemical_formula()} has none of {list(elements)} to shuffle")
    sites = np.concatenate([copy.positions[moving], octahedral_vacancies(structure, anion)])
    copy.positions[moving] = sites[rng.choice(len(sites), len(moving), replace=False)]
    return copy


@dataclass
class StartConfig:
    """Where a search starts; which options a kind has stands in `OPTIONS`."""

    kind: str = "random"  # "random", "symmetric", "file", "substitution" or "cluster"
    composition: dict[str, int] = field(default_factory=dict)  # atoms of each element in the cell
    volume_per_atom: list[float] = field(
        default_factory=list
    )  # Å³, smallest and largest; empty: estimated
    closeness: float = 1.0  # factor on the minimum distances
    space_groups: list[int] = field(default_factory=list)  # empty: 2 to 230
    files: list[str] = field(default_factory=list)  # one of their structures is taken at random
    crystals: list[str] = field(default_factory=list)  # or of these crystals of data/prototypes.py
    repeat: list[int] = field(default_factory=lambda: [1, 1, 1])  # of the structure along its axes
    exchange: dict[str, str] = field(default_factory=dict)  # new element of an old one: {Zr: Hf}
    fraction: float = 1.0  # share of the atoms that `exchange` replaces
    swaps: int = 0  # pairs of `cations` that change places
    shuffle: bool = False  # `cations` at random on their sites and the empty octahedra of `anion`
    cations: list[str] = field(default_factory=lambda: ["Li", "Zr"])
    anion: str = "Cl"
    number: int = 0  # atoms of a cluster
    radius: float = 0.0  # of its sphere; 0: see `random_cluster`
    minimum_distance: float = 0.9  # in the unit of the cluster
    symbol: str = "Ar"
    attempts: int = 100


_FROM_STRUCTURE = ("files", "crystals", "repeat")
OPTIONS: dict[str, tuple[str, ...]] = {
    "random": ("composition", "volume_per_atom", "closeness", "attempts"),
    "symmetric": ("composition", "volume_per_atom", "closeness", "space_groups", "attempts"),
    "file": _FROM_STRUCTURE,
    "substitution": (
        *_FROM_STRUCTURE,
        "exchange",
        "fraction",
        "swaps",
        "shuffle",
        "cations",
        "anion",
    ),
    "cluster": ("number", "radius", "minimum_distance", "symbol"),
}
"""Options of each kind of start; another option is refused unless it has its default."""


def start_config(raw: Mapping[str, Any]) -> StartConfig:
    """Validated configuration from a dictionary, for example ``{"kind": "cluster", "number": 38}``.

    Raises
    ------
    ConfigError
        For an unknown key (with the nearest known one), an option that the kind does not have, a
        wrong type, a value out of range, or a missing option.
    """
    config = build(StartConfig, raw, "start.")
    validate_start(config)
    return config


def validate_start(config: StartConfig) -> None:
    """Nothing, if the options are complete and allowed; else ConfigError, as in `start_config`."""
    one_of("start.kind", config.kind, tuple(OPTIONS))
    default = StartConfig()
    for option in dataclasses.fields(config):
        name, value = option.name, getattr(config, option.name)
        if name not in ("kind", *OPTIONS[config.kind]) and value != getattr(default, name):
            raise ConfigError(
                f"start.{name} means nothing for start.kind {config.kind!r}; "
                f"its options are {', '.join(OPTIONS[config.kind])}"
            )
    if config.kind in ("random", "symmetric") and not config.composition:
        raise ConfigError("start.composition is missing, for example {Li: 2, Zr: 1, Cl: 6}")
    if config.kind in ("file", "substitution") and not config.files + config.crystals:
        raise ConfigError("start.files and start.crystals are missing; one of them is needed")
    if config.kind == "substitution" and not (config.exchange or config.swaps or config.shuffle):
        raise ConfigError("start.exchange, start.swaps or start.shuffle is needed")
    if config.kind == "cluster":
        in_range("start.number", config.number, 1, 10**5)
    for element, count in config.composition.items():
        in_range(f"start.composition.{element}", count, 1, 10**4)
    if len(config.volume_per_atom) not in (0, 2):
        raise ConfigError(
            f"start.volume_per_atom is {config.volume_per_atom}; two numbers are needed"
        )
    if len(config.repeat) != 3 or min(config.repeat) < 1:
        raise ConfigError(f"start.repeat is {config.repeat}; three positive numbers are needed")
    in_range("start.closeness", config.closeness, 0.1, 2.0)
    in_range("start.fraction", config.fraction, 0.0, 1.0)
    in_range("start.swaps", config.swaps, 0, 10**6)
    in_range("start.radius", config.radius, 0.0, 1e6)
    in_range("start.minimum_distance", config.minimum_distance, 0.0, 1e3)
    in_range("start.attempts", config.attempts, 1, 10**6)
    for number in config.space_groups:
        in_range("start.space_groups", number, 1, 230)


def make_start(spec: StartConfig | Mapping[str, Any], rng: np.random.Generator) -> Atoms:
    """One starting structure as configured; ``info["start"]`` is its kind.

    Raises
    ------
    ConfigError
        As in `start_config`.
    DataError
        If the structure cannot be made; see the function of its kind.
    """
    if isinstance(spec, StartConfig):
        validate_start(spec)
    else:
        spec = start_config(spec)
    atoms = _MAKERS[spec.kind](spec, rng)
    atoms.info["start"] = spec.kind
    return atoms


def _random(spec: StartConfig, rng: np.random.Generator) -> Atoms:
    return random_crystal(
        rng, spec.composition, volume_per_atom=spec.volume_per_atom or None,
        closeness=spec.closeness, attempts=spec.attempts,
    )  # fmt: skip


def _symmetric(spec: StartConfig, rng: np.random.Generator) -> Atoms:
    return symmetric_crystal(
        rng, spec.composition, space_groups=spec.space_groups or range(2, 231),
        volume_per_atom=spec.volume_per_atom or None, closeness=spec.closeness, attempts=spec.attempts,
    )  # fmt: skip


def _from_structure(spec: StartConfig, rng: np.random.Generator) -> Atoms:
    structures = from_files(spec.files) + [prototype(name) for name in spec.crystals]
    if not structures:
        raise DataError(f"no structures in {', '.join(spec.files)}")
    return structures[rng.integers(len(structures))].repeat(spec.repeat)


def _substitution(spec: StartConfig, rng: np.random.Generator) -> Atoms:
    """Cations first change places, then elements: `cations` are those of the parent."""
    atoms = _from_structure(spec, rng)
    if spec.shuffle:
        atoms = shuffled(rng, atoms, elements=spec.cations, anion=spec.anion)
    if spec.swaps:
        atoms = swapped(rng, atoms, spec.swaps, elements=spec.cations)
    return substituted(rng, atoms, spec.exchange, fraction=spec.fraction)


def _cluster(spec: StartConfig, rng: np.random.Generator) -> Atoms:
    return random_cluster(
        rng, spec.number, radius=spec.radius or None,
        minimum_distance=spec.minimum_distance, symbol=spec.symbol,
    )  # fmt: skip


_MAKERS: dict[str, Callable[[StartConfig, np.random.Generator], Atoms]] = {
    "random": _random,
    "symmetric": _symmetric,
    "file": _from_structure,
    "substitution": _substitution,
    "cluster": _cluster,
}


def _checked_volumes(
    composition: Mapping[str, int], volume_per_atom: Sequence[float] | None
) -> tuple[float, float]:
    """Smallest and largest volume per atom, A^3; DataError for what makes no sense."""
    if not composition or min(composition.values()) < 1:
        raise DataError(
            f"composition is {dict(composition)}, expected at least one atom of each element"
        )
    low, high = volume_range(composition) if volume_per_atom is None else volume_per_atom
    if not 0 < low <= high:
        raise DataError(f"volume_per_atom is {low} to {high}, expected 0 < smallest <= largest")
    return float(low), float(high)

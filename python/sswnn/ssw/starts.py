"""Starting structures of a search as configured: random clusters and crystals, files, and what other modules make.

Every function takes its random generator and returns new `ase.Atoms` without calculator; nothing
here knows a potential or a walk. Lengths in A, in clusters the unit of `minimum_distance`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms

from sswnn.configuration import build, in_range, one_of
from sswnn.data.arc import read_arc
from sswnn.data.frames import read_frames
from sswnn.data.mixtures import random_mixture
from sswnn.data.prototypes import prototype
from sswnn.data.sampling import bare
from sswnn.data.structures import read_structures
from sswnn.errors import ConfigError, DataError
from sswnn.ssw.substitution import shuffled, substituted, swapped
from sswnn.ssw.symmetric import symmetric_crystal
from sswnn.ssw.volumes import checked_volumes


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
    low, high = checked_volumes(composition, volume_per_atom)
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
            frames = read_structures(path)
        structures += [bare(frame) for frame in frames]
    return structures


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

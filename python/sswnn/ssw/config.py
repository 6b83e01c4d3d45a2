"""The configuration of a search: typed, validated, from YAML."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from ase import units

from sswnn.configuration import build, in_range, one_of
from sswnn.errors import ConfigError
from sswnn.ssw.starts import StartConfig, validate_start
from sswnn.ssw.walker import WalkSettings


@dataclass
class SurfaceConfig:
    """What gives energies and forces."""

    kind: str = "model"  # "model", "calculator", "lammps", "lj" or "morse"
    model: str = "LiZrCl"  # model: shipped name or path
    calculator: str = ""  # calculator: import path of an ASE calculator, or an engine of `sswnn label`
    options: dict[str, str] = field(default_factory=dict)  # its arguments, as text
    commands: list[str] = field(default_factory=list)  # lammps: pair_style, pair_coeff, ...
    elements: list[str] = field(default_factory=list)  # lammps: in the order of types
    atom_style: str = "atomic"  # lammps: or "charge"
    rho: float = 14.0  # morse
    cutoff: float = 0.0  # lj, morse: needed for crystals

    @property
    def reduced(self) -> bool:
        """Whether lengths and energies are reduced units."""
        return self.kind in ("lj", "morse")

    @property
    def energy_unit(self) -> str:
        """For what is shown."""
        return "ε" if self.reduced else "eV"


@dataclass
class SearchConfig:
    """A search: one surface, one or several kinds of starts, walkers from each."""

    run: str = "search"  # folder
    seed: int = 0
    surface: SurfaceConfig = field(default_factory=SurfaceConfig)
    starts: list[StartConfig] = field(default_factory=list)
    walkers: int = 2  # from each start
    steps: int = 1000  # of each walker
    pressure_gpa: float = 0.0
    energy_tolerance: float = 0.002  # eV/atom: minima that differ by more are different
    walk: WalkSettings = field(default_factory=WalkSettings)


def read_config(path: str | Path) -> SearchConfig:
    """The configuration of a YAML file; relative paths in it are meant from the file's folder.

    Raises
    ------
    ConfigError
        For a missing or malformed file, unknown keys and values that are not allowed.
    """
    path = Path(path)
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None
    config = from_dict(raw or {})
    folder = path.parent
    config.run = str(folder / config.run)
    if (folder / config.surface.model).is_file():
        config.surface.model = str(folder / config.surface.model)

    def in_folder(name: str) -> str:
        return str(folder / name) if (folder / name).is_file() else ""

    config.surface.commands = [with_files(line, in_folder) for line in config.surface.commands]
    for start in config.starts:
        start.files = [str(folder / name) for name in start.files]
    return config


def with_files(command: str, place: Callable[[str], str]) -> str:
    """A command of LAMMPS in which `place` has replaced the words that name files; it returns "" for other words."""

    def word(found: re.Match) -> str:
        path = place(found[0].strip("\"'"))
        return (f'"{path}"' if " " in path else path) if path else found[0]

    return re.sub(r"\"[^\"]*\"|'[^']*'|\S+", word, command)


def from_dict(raw: dict) -> SearchConfig:
    """A validated configuration from nested dictionaries. Raises ConfigError."""
    config = build(SearchConfig, raw)
    if not config.starts:
        raise ConfigError(
            "starts is missing, for example [{kind: random, composition: {Li: 2, Zr: 1, Cl: 6}}]"
        )
    for start in config.starts:
        validate_start(start)
    surface = config.surface
    one_of("surface.kind", surface.kind, ("model", "calculator", "lammps", "lj", "morse"))
    if surface.kind == "calculator" and not surface.calculator:
        raise ConfigError("surface.calculator is missing, for example ase.calculators.emt.EMT")
    if surface.kind == "lammps" and not (surface.commands and surface.elements):
        raise ConfigError("surface.commands and surface.elements are needed for surface.kind 'lammps'")
    in_range("walkers", config.walkers, 1, 100_000)
    in_range("steps", config.steps, 1, 10**9)
    in_range("pressure_gpa", config.pressure_gpa, -100, 10_000)
    in_range("energy_tolerance", config.energy_tolerance, 1e-9, 10)
    _validate_walk(config)
    return config


def _validate_walk(config: SearchConfig) -> None:
    walk = config.walk
    if walk.pressure:
        raise ConfigError("walk.pressure is set; use pressure_gpa")
    config.walk = walk = dataclasses.replace(walk, pressure=config.pressure_gpa * units.GPa)
    in_range("walk.temperature", walk.temperature, 0, 1e6)
    in_range("walk.swap_share", walk.swap_share, 0, 1)
    in_range("walk.atomic_every", walk.atomic_every, 1, 10**6)
    in_range("walk.refills", walk.refills, 0, 10**6)
    in_range("walk.restart_after", walk.restart_after, 0, 10**9)
    in_range("walk.climb.gaussians", walk.climb.gaussians, 1, 1000)
    in_range("walk.climb.width", walk.climb.width, 1e-3, 10)
    in_range("walk.cell.moves", walk.cell.moves, 0, 1000)
    in_range("walk.cell.step", walk.cell.step, 1e-4, 1)
    in_range("walk.climb.push", walk.climb.push, 0, 1e6)
    in_range("walk.cell.least_height", walk.cell.least_height, 0, 1e6)
    in_range("walk.guard.least_contact", walk.guard.least_contact, 0, 2)
    in_range("walk.guard.uncertainty", walk.guard.uncertainty, 0, 1e9)
    in_range("walk.guard.largest_volume", walk.guard.largest_volume, 0, 1e9)
    in_range("walk.guard.widest_gap", walk.guard.widest_gap, 0, 1e3)
    for name, rotation in (("climb", walk.climb.rotation), ("cell", walk.cell.rotation)):
        in_range(f"walk.{name}.rotation.iterations", rotation.iterations, 1, 100)
        in_range(f"walk.{name}.rotation.torque", rotation.torque, 1e-9, 1e9)
        in_range(f"walk.{name}.rotation.bias", rotation.bias, 0, 1e6)
        in_range(f"walk.{name}.rotation.pair_distance", rotation.pair_distance, 0, 1e6)
    for name, tolerance in (
        ("climb.relax", walk.climb.relax),
        ("cell.relax", walk.cell.relax),
        ("quench", walk.quench),
    ):
        for key in ("force", "stress", "longest", "curvature"):
            in_range(f"walk.{name}.{key}", getattr(tolerance, key), 1e-12, 1e9)
        in_range(f"walk.{name}.steps", tolerance.steps, 1, 10**9)
    if config.surface.reduced and walk.guard.least_contact > 0:
        raise ConfigError(
            f"walk.guard.least_contact is {walk.guard.least_contact:g}, but covalent radii mean nothing in the reduced units "
            f"of surface.kind {config.surface.kind!r}; set it to 0"
        )

"""The configuration of a self-learning loop: typed, validated, from YAML.

Searches and trainings keep the keys of `sswnn search` and `sswnn train`; what the loop sets itself must not be given.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sswnn.configuration import build, in_range, one_of
from sswnn.data.prototypes import PROTOTYPES
from sswnn.errors import ConfigError
from sswnn.ssw import config as search
from sswnn.ssw.config import SearchConfig
from sswnn.training import config as training
from sswnn.training.config import TrainConfig


@dataclass
class StartConfig:
    """What there is before the first cycle."""

    model: str = ""  # shipped name or path; empty: trained on the frames
    frames: list[str] = field(default_factory=list)  # labelled extended XYZ files, plain or compressed


@dataclass
class DynamicsConfig:
    """Langevin trajectories at constant volume, one from each structure at each temperature."""

    structures: list[str] = field(default_factory=list)  # files, or names of crystals of data/prototypes.py
    repeat: list[int] = field(default_factory=lambda: [1, 1, 1])  # of each structure along its axes
    temperatures: list[float] = field(default_factory=lambda: [300.0, 600.0])  # K
    steps: int = 2000
    interval: int = 50  # steps between frames
    timestep: float = 2.0  # fs


@dataclass
class RattleConfig:
    """Frames around the minima of a search: displaced copies, and their way back to the minimum."""

    minima: int = 20  # so many of each search, the lowest of each composition in turn
    copies: int = 2  # of each
    displacement: float = 0.12  # Å, standard deviation of each component
    strain: float = 0.03  # largest component
    relax_steps: int = 40  # of the way back; 0: only the copies themselves


@dataclass
class ExploreConfig:
    """Where frames come from."""

    searches: list[SearchConfig] = field(default_factory=list)  # the keys of `sswnn search`, or its files
    md: list[DynamicsConfig] = field(default_factory=list)
    rattle: RattleConfig = field(default_factory=RattleConfig)
    processes: int = 1


@dataclass
class SelectConfig:
    """Which explored frames are labelled."""

    per_cycle: int = 50
    unit: str = "force_error"  # of low and high: the model's held-out force error, or "ev_per_a"
    low: float = 1.5  # frames whose most uncertain atom is below it are known well enough
    high: float = 15.0  # frames above it are beyond anything a simulation should meet
    max_force: float = 30.0  # eV/Å: largest predicted force component
    least_contact: float = 0.5  # least distance over the sum of covalent radii
    deduplicate: float = 0.02  # distance of fingerprints at which two frames are one


@dataclass
class LabelConfig:
    """Who labels."""

    engine: str = "sevennet"  # as of `sswnn label`
    options: dict[str, Any] = field(default_factory=dict)
    processes: int = 1
    threads: int = 1
    second_engine: str = ""  # frames on which both disagree are set aside; empty: none
    second_options: dict[str, Any] = field(default_factory=dict)
    disagreement: float = 0.3  # eV/Å, root mean square difference of force components


@dataclass
class StopConfig:
    """The loop ends when nothing has fallen for `patience` cycles."""

    patience: int = 2
    energy: float = 0.02  # relative fall of the held-out energy error that counts
    force: float = 0.02  # the same of the force error
    uncertain: float = 0.01  # fall of the uncertain fraction that counts


@dataclass
class LearnConfig:
    """One loop."""

    run: str = "learn"  # folder for everything that is written
    seed: int = 0
    cycles: int = 10
    warm_start: bool = True  # each training starts from the model before it
    start: StartConfig = field(default_factory=StartConfig)
    explore: ExploreConfig = field(default_factory=ExploreConfig)
    select: SelectConfig = field(default_factory=SelectConfig)
    label: LabelConfig = field(default_factory=LabelConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    stop: StopConfig = field(default_factory=StopConfig)


def read_config(path: str | Path) -> LearnConfig:
    """A configuration from a YAML file; relative paths in it are meant from the file's folder.

    Raises
    ------
    ConfigError
        For a file that cannot be read, an unknown key (with the nearest known one), a wrong type, a value out of range,
        a file that does not exist, and for what the loop sets itself.
    """
    path = Path(path)
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not YAML: {error}") from error
    try:
        return from_dict(raw or {}, path.parent)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error


def from_dict(raw: object, folder: str | Path = ".") -> LearnConfig:
    """A validated configuration from nested dictionaries; paths are meant from `folder`. Raises ConfigError."""
    folder = Path(folder)
    searches: object = []
    if isinstance(raw, Mapping) and isinstance(raw.get("explore"), Mapping):
        explore = dict(raw["explore"])
        searches = explore.pop("searches", [])
        raw = {**raw, "explore": explore}
    config = build(LearnConfig, raw)
    config.explore.searches = _searches(searches, folder)
    _resolve(config, folder)
    _validate(config)
    return config


def _searches(raw: object, folder: Path) -> list[SearchConfig]:
    """Configurations of searches, given as mappings or as files."""
    if not isinstance(raw, list):
        raise ConfigError(f"explore.searches is {raw!r}; a list is needed")
    found = []
    for k, item in enumerate(raw):
        where = f"explore.searches[{k}]"
        try:
            if isinstance(item, str):
                config = search.read_config(folder / item)
            else:
                config = search.from_dict(item)
                for start in config.starts:
                    start.files = [str(folder / name) for name in start.files]
        except ConfigError as error:
            raise ConfigError(f"{where}: {error}") from error
        default = search.SurfaceConfig()
        if config.surface.kind != default.kind or config.surface.model != default.model:
            raise ConfigError(f"{where}: surface is given, but the loop searches with its own model; leave it out")
        found.append(config)
    return found


def _resolve(config: LearnConfig, folder: Path) -> None:
    config.run = str(folder / config.run)
    config.start.frames = [str(folder / name) for name in config.start.frames]
    if (folder / config.start.model).is_file():
        config.start.model = str(folder / config.start.model)
    for dynamics in config.explore.md:
        dynamics.structures = [
            str(folder / name) if (folder / name).is_file() else name for name in dynamics.structures
        ]


def _validate(config: LearnConfig) -> None:
    if not config.start.frames:
        raise ConfigError("start.frames is missing; name the files with labelled frames to begin with")
    for name in config.start.frames:
        if not Path(name).is_file():
            raise ConfigError(f"start.frames: {name}: no such file")
    in_range("seed", config.seed, 0, 2**31)
    in_range("cycles", config.cycles, 1, 1000)
    _validate_explore(config.explore)
    select, label, stop = config.select, config.label, config.stop
    in_range("select.per_cycle", select.per_cycle, 1, 10**6)
    one_of("select.unit", select.unit, ("force_error", "ev_per_a"))
    in_range("select.low", select.low, 0, 1e9)
    in_range("select.high", select.high, select.low, 1e9)
    in_range("select.max_force", select.max_force, 1e-3, 1e6)
    in_range("select.least_contact", select.least_contact, 0, 2)
    in_range("select.deduplicate", select.deduplicate, 0, 2)
    in_range("label.processes", label.processes, 1, 1024)
    in_range("label.threads", label.threads, 1, 1024)
    in_range("label.disagreement", label.disagreement, 0, 1e6)
    in_range("stop.patience", stop.patience, 1, 1000)
    for name in ("energy", "force", "uncertain"):
        in_range(f"stop.{name}", getattr(stop, name), 0, 1)
    _validate_train(config.train, config.start.model if config.warm_start else "")


def _validate_explore(explore: ExploreConfig) -> None:
    if not explore.searches and not explore.md:
        raise ConfigError("explore.searches and explore.md are missing; one of them is needed")
    in_range("explore.processes", explore.processes, 1, 1024)
    rattle = explore.rattle
    for name, low, high in (("minima", 0, 10**6), ("copies", 0, 1000), ("displacement", 0, 2),
                            ("strain", 0, 0.5), ("relax_steps", 0, 10**5)):  # fmt: skip
        in_range(f"explore.rattle.{name}", getattr(rattle, name), low, high)
    for k, dynamics in enumerate(explore.md):
        where = f"explore.md[{k}]"
        if not dynamics.structures:
            raise ConfigError(f"{where}.structures is missing; name files or crystals")
        for name in dynamics.structures:
            if not Path(name).is_file() and name not in PROTOTYPES:
                raise ConfigError(
                    f"{where}.structures: {name!r} is neither a file nor a crystal; crystals are {', '.join(PROTOTYPES)}"
                )
        if len(dynamics.repeat) != 3 or min(dynamics.repeat) < 1:
            raise ConfigError(f"{where}.repeat is {dynamics.repeat}; three numbers from 1 are allowed")
        if not dynamics.temperatures:
            raise ConfigError(f"{where}.temperatures is empty; kelvins are needed")
        for temperature in dynamics.temperatures:
            in_range(f"{where}.temperatures", temperature, 1, 20_000)
        in_range(f"{where}.steps", dynamics.steps, 1, 10**9)
        in_range(f"{where}.interval", dynamics.interval, 1, dynamics.steps)
        in_range(f"{where}.timestep", dynamics.timestep, 0.01, 20)


def _validate_train(train: TrainConfig, begun_from: str) -> None:
    """`begun_from`: the model that every training starts from or from whose successor, empty if there is none."""
    default = TrainConfig()
    for name, value, usual in (
        ("run", train.run, default.run),
        ("init_from", train.init_from, default.init_from),
        ("data.frames", train.data.frames, default.data.frames),
    ):
        if value != usual:
            raise ConfigError(f"train.{name} is {value!r}, but the loop sets it; leave it out")
    if train.model.like:
        raise ConfigError(
            "train.model.like: the loop starts from a model that has all elements; add them with `sswnn train` first"
        )
    try:
        training.from_dict({**asdict(train), "init_from": begun_from})
    except ConfigError as error:
        raise ConfigError(f"train.{error}") from error


def settings(config: LearnConfig) -> dict:
    """What the results depend on, as JSON values, with paths as seen from the run's folder."""

    def seen(name: str) -> str:
        return os.path.relpath(name, config.run) if os.path.isfile(name) else name

    values = asdict(config)
    for key in ("run", "cycles", "stop"):
        del values[key]
    for key, section in (("processes", "explore"), ("processes", "label"), ("threads", "label"), ("threads", "train")):
        del values[section][key]
    values["start"] = {"model": seen(config.start.model), "frames": [seen(x) for x in config.start.frames]}
    for dynamics in values["explore"]["md"]:
        dynamics["structures"] = [seen(x) for x in dynamics["structures"]]
    for one in values["explore"]["searches"]:
        del one["run"]
        for start in one["starts"]:
            start["files"] = [seen(x) for x in start["files"]]
    return values

"""The configuration of a training: typed, validated, from YAML."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path

import yaml

from sswnn.configuration import build, in_range, one_of
from sswnn.errors import ConfigError
from sswnn.twin.initial import DEFAULT_TRIPLES


@dataclass
class DataConfig:
    """Where the labelled frames are and how they are divided."""

    frames: list[str] = field(default_factory=list)  # extended XYZ, plain or compressed
    validation: float = 0.08  # share of the groups, on average
    test: float = 0.10  # the same
    split_seed: int = 0
    max_force: float = 50.0  # eV/Å: frames with a larger force component are left out
    align_energies: bool = (
        False  # shift the energies of each engine to the zeros of the model in init_from
    )


@dataclass
class WidenConfig:
    """More than the model of `init_from` has."""

    channels: int = 0  # 0: as many
    hidden: list[int] = field(default_factory=list)  # empty: as wide


@dataclass
class ModelConfig:
    """The potential, see docs/theory.md."""

    elements: list[str] = field(default_factory=list)  # empty: those of the data, by atomic number
    like: dict[str, str] = field(default_factory=dict)
    # element that init_from lacks -> the one whose parameters it starts with
    widen: WidenConfig = field(default_factory=WidenConfig)
    cutoff: float = 6.0  # Å
    channels: int = 8
    lmax: int = 4
    couplings: list[list[int]] = field(default_factory=lambda: [list(t) for t in DEFAULT_TRIPLES])
    radial_functions: int = 12
    intervals: int = 60
    hidden: list[int] = field(default_factory=lambda: [48, 48])
    name: str = "unnamed"
    description: str = ""
    functional: str = "PBE"
    licence: str = "GPL-2.0-or-later"
    limits: str = ""


@dataclass
class LossConfig:
    """Weights of squared errors: energy (eV/atom), force component (eV/Å), stress component (eV/Å³)."""

    energy: float = 50.0
    force: float = 1.0
    stress: float = 300.0
    force_half: float = 10.0  # eV/Å: largest force at which the weight of a frame is 1/2
    force_huber: float = 1.0  # eV/Å: force errors above it count linearly; 0: never
    energy_huber: float = 0.05  # eV/atom: the same for energy errors
    stress_huber: float = 0.02  # eV/Å³: the same for stress errors
    wall: float = 1.0  # of forces that pull together what is much too near, see training/wall.py
    engines: dict[str, float] = field(default_factory=dict)  # weights by info["engine"], else 1
    kinds: dict[str, float] = field(default_factory=lambda: {"dimer": 0.05, "isolated": 0.1})
    # weights of frames by info["kind"], 1 for all others: few atoms in vacuum are far from all else


@dataclass
class OptimizerConfig:
    """The optimiser, with decoupled weight decay, and the length of the training."""

    method: str = "soap"  # or "adam"; see training/soap.py
    learning_rate: float = 0.004
    mixing_factor: float = (
        1.0  # learning rate of the radial mixing relative to that of the networks
    )
    betas: list[float] = field(default_factory=lambda: [0.9, 0.99])
    weight_decay: float = 0.0
    clip: float = 10.0  # largest norm of the gradient; 0: no clipping
    schedule: str = "cosine"  # or "constant"
    warmup: float = 0.01  # share of the training
    final_fraction: float = 0.001  # of the learning rate, at the end of "cosine"
    batch_atoms: int = 320
    epochs: int = 100
    max_minutes: float = 0.0  # above 0: replaces `epochs` by what fits into this time
    keep: str = "best"  # the epoch that is exported: lowest validation loss, or "last"
    average: float = 0.999  # decay of the moving average of the parameters, per step
    train_only: list[str] = field(default_factory=list)
    # elements whose networks and pairs are trained, all else stays as in init_from; empty: all


@dataclass
class TrainConfig:
    """One training run."""

    run: str = "run"  # folder for everything that is written
    seed: int = 0
    threads: int = 1
    init_from: str = ""  # model file or checkpoint to start from
    checkpoint_steps: int = 500
    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)


def read_config(path: str | Path) -> TrainConfig:
    """A configuration from a YAML file.

    Relative paths in it are meant from the file's folder.

    Raises
    ------
    ConfigError
        For a file that cannot be read, an unknown key (with the nearest known one), a wrong type, a
        value out of range, or no `data.frames`.
    """
    path = Path(path)
    try:
        raw = yaml.safe_load(path.read_text())
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML: {error}") from error
    try:
        config = from_dict(raw or {})
        if not config.data.frames:
            raise ConfigError("data.frames is missing; name the files with labelled frames")
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    config.run = str(path.parent / config.run)
    config.data.frames = [str(path.parent / name) for name in config.data.frames]
    config.init_from = config.init_from and str(path.parent / config.init_from)
    return config


def from_dict(raw: dict) -> TrainConfig:
    """A validated configuration from nested dictionaries. Raises ConfigError."""
    config = build(TrainConfig, raw)
    _validate(config)
    return config


def _validate(config: TrainConfig) -> None:
    data, loss, optimizer = config.data, config.loss, config.optimizer
    _validate_model(config.model)
    in_range("data.validation", data.validation, 0.0, 0.5)
    in_range("data.test", data.test, 0.0, 0.5)
    in_range("data.max_force", data.max_force, 1e-3, 1e6)
    for name in ("energy", "force", "stress", "force_huber", "energy_huber", "stress_huber", "wall"):
        in_range(f"loss.{name}", getattr(loss, name), 0.0, 1e9)
    in_range("loss.force_half", loss.force_half, 1e-3, 1e9)
    if data.align_energies and (not config.init_from or config.model.like):
        raise ConfigError(
            "data.align_energies needs the model of init_from to count from, with all elements: leave model.like empty"
        )
    for name, weights in (("kinds", loss.kinds), ("engines", loss.engines)):
        for key, weight in weights.items():
            in_range(f"loss.{name}.{key}", weight, 0.0, 1e3)
    for name, low, high in (
        ("learning_rate", 1e-9, 1.0),
        ("mixing_factor", 0.0, 100.0),
        ("weight_decay", 0.0, 10.0),
        ("clip", 0.0, 1e9),
        ("warmup", 0.0, 0.5),
        ("final_fraction", 0.0, 1.0),
        ("batch_atoms", 1, 10**6),
        ("epochs", 1, 10**7),
        ("max_minutes", 0.0, 1e6),
        ("average", 0.0, 1.0),
    ):
        in_range(f"optimizer.{name}", getattr(optimizer, name), low, high)
    if len(optimizer.betas) != 2 or not all(0 <= b < 1 for b in optimizer.betas):
        raise ConfigError(
            f"optimizer.betas is {optimizer.betas}; two numbers from 0 to below 1 are allowed"
        )
    one_of("optimizer.schedule", optimizer.schedule, ("cosine", "constant"))
    one_of("optimizer.method", optimizer.method, ("soap", "adam"))
    one_of("optimizer.keep", optimizer.keep, ("best", "last"))
    for key, value in (
        ("model.like", config.model.like),
        ("model.widen", {key: more for key, more in asdict(config.model.widen).items() if more}),
        ("optimizer.train_only", optimizer.train_only),
    ):
        if value and not config.init_from:
            raise ConfigError(f"{key} is {value}, which needs a model to start from: init_from")
    in_range("threads", config.threads, 1, 1024)
    in_range("checkpoint_steps", config.checkpoint_steps, 1, 10**9)


def _validate_model(model: ModelConfig) -> None:
    for name, low, high in (
        ("cutoff", 1.0, 20.0),
        ("channels", 1, 32),
        ("lmax", 0, 4),
        ("radial_functions", 1, 64),
        ("intervals", 8, 4096),
    ):
        in_range(f"model.{name}", getattr(model, name), low, high)
    in_range("model.widen.channels", model.widen.channels, 0, 32)
    if not 1 <= len(model.hidden) <= 4:
        raise ConfigError(f"model.hidden has {len(model.hidden)} layers; 1 to 4 are allowed")
    for name, widths in (("hidden", model.hidden), ("widen.hidden", model.widen.hidden)):
        for k, width in enumerate(widths):
            in_range(f"model.{name}[{k}]", width, 1, 512)


def to_yaml(config: TrainConfig) -> str:
    """The configuration as YAML that `read_config` accepts."""
    return yaml.safe_dump(asdict(config), sort_keys=False)

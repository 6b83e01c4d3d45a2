"""The model that a training starts from: random, or one from a file, with elements, channels or units added."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sswnn.errors import ConfigError
from sswnn.potential import model_file
from sswnn.potential.model_file import ModelFile
from sswnn.training import checkpoint
from sswnn.training.config import TrainConfig
from sswnn.twin.initial import extended_model, initial_model, widened_model
from sswnn.twin.model import Potential


@dataclass(frozen=True)
class Start:
    """The model before the first step.

    Attributes
    ----------
    model : ModelFile
    elements : list of int
        Indices of the elements that `init_from` lacks.
    invariants : ndarray [F] bool
        Those that are not standardised yet: all of a fresh model, of others those that `init_from` lacks.
    """

    model: ModelFile
    elements: list[int]
    invariants: np.ndarray


def starting_model(config: TrainConfig, found: list[str]) -> Start:
    """The model before the first step.

    Parameters
    ----------
    config : TrainConfig
    found : list of str
        Elements of the data, the ones that a model gets if `model.elements` is empty.

    Raises
    ------
    ConfigError
        If `init_from` is absent, or `model.like` and the elements to add do not fit.
    ModelError
        If the file is no model, or `model.widen` asks for less than it has.
    """
    settings = config.model
    elements = settings.elements or found
    if config.init_from:
        start = _read(Path(config.init_from))
        known = len(start.elements)
        start = _extended(start, elements, config)
        new = np.zeros(start.invariants, dtype=bool)
        widen = settings.widen
        if widen.channels or widen.hidden:
            start, new = widened_model(
                start, widen.channels or start.channels, widen.hidden or start.hidden, config.seed
            )
        return Start(start, list(range(known, len(start.elements))), new)
    fresh = initial_model(
        elements,
        cutoff=settings.cutoff,
        channels=settings.channels,
        lmax=settings.lmax,
        triples=[tuple(t) for t in settings.couplings],
        radial_functions=settings.radial_functions,
        intervals=settings.intervals,
        hidden=tuple(settings.hidden),
        seed=config.seed,
        licence=settings.licence,
    )
    return Start(fresh, [], np.ones(fresh.invariants, dtype=bool))


def _extended(start: ModelFile, elements: list[str], config: TrainConfig) -> ModelFile:
    like = config.model.like
    added = [symbol for symbol in elements if symbol not in start.elements]
    if missing := [symbol for symbol in added if symbol not in like]:
        raise ConfigError(
            f"init_from, {config.init_from}, has no {', '.join(missing)}; name the element that each starts as a "
            f"copy of, one of {', '.join(start.elements)}: model.like: {{{missing[0]}: ...}}"
        )
    if surplus := [symbol for symbol in like if symbol not in added]:
        raise ConfigError(
            f"model.like names {', '.join(surplus)}; it may name elements of the data or of model.elements that "
            f"init_from, {config.init_from}, lacks: {', '.join(added) or 'there is none'}"
        )
    return extended_model(start, {symbol: like[symbol] for symbol in added})


def _read(path: Path) -> ModelFile:
    """A model file, or the model of a run's folder or of a checkpoint in it."""
    if path.suffix == ".safetensors":
        return model_file.read(path)
    model = (path if path.is_dir() else path.parent) / "model.safetensors"
    if not model.exists():
        raise ConfigError(
            f"init_from is {path}; a model file, or a run folder with model.safetensors, is needed"
        )
    if path.is_dir():
        return model_file.read(model)
    potential = Potential(model_file.read(model))
    potential.load_state_dict(checkpoint.load(path)["potential"])
    return potential.to_model_file()

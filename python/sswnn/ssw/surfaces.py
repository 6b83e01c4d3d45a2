"""Surfaces as configured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sswnn.data.engines import make_engine
from sswnn.errors import ConfigError
from sswnn.ssw.config import SurfaceConfig
from sswnn.ssw.surface import (
    CalculatorSurface,
    LammpsSurface,
    PairwiseSurface,
    PotentialSurface,
    Surface,
)


def make_surface(config: SurfaceConfig, numbers: Sequence[int], periodic: bool) -> Surface:
    """The surface of a list of atoms.

    Raises
    ------
    ConfigError, ModelError, LabelError
        If it cannot be made from the configuration.
    """
    if config.kind == "model":
        return PotentialSurface(config.model, numbers, pbc=periodic)
    if config.kind == "calculator":
        options: dict[str, Any] = {**config.options}
        calculator = make_engine(config.calculator, **options)
        return CalculatorSurface(calculator, numbers, periodic)
    if config.kind == "lammps":
        if not periodic:
            raise ConfigError("surface.kind 'lammps' is for crystals")
        return LammpsSurface(config.commands, numbers, config.elements, config.atom_style)
    return PairwiseSurface(
        config.kind, len(numbers), rho=config.rho, cutoff=config.cutoff, pbc=periodic, number=numbers[0]
    )

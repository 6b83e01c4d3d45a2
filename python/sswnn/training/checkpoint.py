"""Moving average of parameters, and checkpoints from which a killed training goes on bit for bit."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from sswnn.errors import DataError


class Average:
    """Exponential moving average of a module's parameters.

    Parameters
    ----------
    module : torch.nn.Module
    decay : float
        Per step; smaller during the first steps, so that the start is forgotten.
    """

    def __init__(self, module: torch.nn.Module, decay: float):
        self.source = list(module.parameters())
        self.values = [p.detach().clone() for p in self.source]
        self.decay = decay

    def update(self, step: int) -> None:
        decay = min(self.decay, (1 + step) / (10 + step))
        torch._foreach_lerp_(self.values, [p.detach() for p in self.source], 1 - decay)

    def swap(self) -> None:
        """Exchange parameters and averages; a second call restores."""
        with torch.no_grad():
            for parameter, value in zip(self.source, self.values, strict=True):
                held = parameter.detach().clone()
                parameter.copy_(value)
                value.copy_(held)


def save(path: Path, state: dict) -> None:
    """Write a checkpoint, whole or not at all."""
    partial = path.with_name(path.name + ".part")
    torch.save(state, partial)
    os.replace(partial, path)


def load(path: Path) -> dict:
    """Read a checkpoint. Raises DataError if it is damaged."""
    try:
        return torch.load(path, weights_only=True)
    except Exception as error:
        raise DataError(f"{path}: not a usable checkpoint: {error}") from error

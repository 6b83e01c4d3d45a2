"""How far a training has come, and the learning rate there."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from sswnn.training.config import OptimizerConfig


def learning_rate(progress: float, config: OptimizerConfig) -> float:
    """Learning rate at a progress from 0 to 1: linear warm-up, then cosine decay or constant."""
    if progress < config.warmup:
        return config.learning_rate * max(progress / config.warmup, 0.01)
    if config.schedule == "constant":
        return config.learning_rate
    x = (progress - config.warmup) / (1 - config.warmup)
    low = config.final_fraction
    return config.learning_rate * (low + (1 - low) * 0.5 * (1 + math.cos(math.pi * min(x, 1.0))))


@dataclass
class Progress:
    """Position in a training; with a time limit the number of epochs follows from the time that epochs take.

    Every step takes the same share of what is left, so the schedule always ends with the last step,
    also when `epochs` is planned anew.
    """

    epochs: int
    epoch: int = 0
    step: int = 0  # within the epoch
    total_steps: int = 0
    fraction: float = 0.0
    seconds: float = 0.0  # of training, over all its starts

    def advance(self, steps_per_epoch: int) -> None:
        """One step done."""
        left = (self.epochs - self.epoch) * steps_per_epoch - self.step
        self.fraction += (1 - self.fraction) / max(left, 1)
        self.step += 1
        self.total_steps += 1

    def plan(self, limit_seconds: float, epoch_seconds: float) -> None:
        """Choose the number of epochs that fits into the time limit, given the time that one takes."""
        self.epochs = self.epoch + max(
            1, int((limit_seconds - self.seconds) / max(epoch_seconds, 1e-9))
        )

    def state(self) -> dict:
        return asdict(self)

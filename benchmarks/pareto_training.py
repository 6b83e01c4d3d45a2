"""Trainings of so much processor time: what a busy machine takes from the clock does not shorten them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

from sswnn.training.config import TrainConfig
from sswnn.training.finish import finish
from sswnn.training.trainer import Trainer

PROBE_STEPS = 40
RESERVE = 1.1  # validation and checkpoints, per time of the steps
UNPLANNED = 10**6  # epochs, until they are planned


def train_for(config: TrainConfig, minutes: float, report: Callable[[str], None]) -> Trainer:
    """Train in `config.run`, or go on there, and write the model file; `optimizer.epochs` is set here.

    `optimizer.max_minutes` counts the clock. Here the epochs are planned from the processor time of the first steps and
    kept in epochs.json, so that a training that was stopped goes on to the same end.

    Parameters
    ----------
    config
        With one thread.
    minutes
        Of the processor.
    """
    planned = Path(config.run) / "epochs.json"
    config.optimizer.epochs = json.loads(planned.read_text()) if planned.exists() else UNPLANNED
    trainer = Trainer(config, report)
    if not planned.exists():
        began = time.process_time()
        trainer.run(stop_after_steps=PROBE_STEPS)
        step = (time.process_time() - began) / PROBE_STEPS
        epochs = max(1, int(60 * minutes / (RESERVE * step * len(trainer.epoch_plan()))))
        trainer.progress.epochs = trainer.progress.epoch + epochs
        planned.write_text(json.dumps(trainer.progress.epochs))
    finish(trainer, trainer.run())
    return trainer

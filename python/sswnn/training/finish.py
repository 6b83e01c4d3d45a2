"""After the last epoch: uncertainty, held-out errors, and the model file."""

from __future__ import annotations

import json
from datetime import datetime, timezone

import torch

from sswnn.files import replace_table
from sswnn.potential import model_file
from sswnn.training.calibration import fit_uncertainty
from sswnn.training.evaluation import Draw, evaluate, parity_arrays, rows, summaries
from sswnn.training.trainer import Trainer
from sswnn.twin.model import Potential


def finish(trainer: Trainer, potential: Potential, draw: Draw | None = None) -> dict:
    """Write model.safetensors, errors.json and predictions.csv into the run's folder.

    Parameters
    ----------
    trainer : Trainer
        Gives data and configuration.
    potential : Potential
        The trained one.
    draw : callable, optional
        Draws the run, see `evaluation.Draw`.

    Returns
    -------
    dict
        Held-out errors, see `evaluation.summaries`.
    """
    folder, frames, config = trainer.folder, trainer.frames, trainer.config
    trained = potential.to_model_file()
    trainer.selection.rest_from(trainer.start, trained)
    precise = Potential(trained, torch.float64)
    calibration = fit_uncertainty(
        precise, frames["train"], frames["validation"], trainer.selection.elements
    )
    held = frames["test"] or frames["validation"]
    evaluation = evaluate(precise, held)
    table = rows(held, evaluation)
    errors = summaries(table)
    replace_table(folder / "predictions.csv", list(table[0]), table)
    (folder / "errors.json").write_text(json.dumps(errors, indent=1, allow_nan=False))
    model = precise.to_model_file()
    model.metadata |= {
        "name": config.model.name,
        "description": config.model.description,
        "licence": config.model.licence,
        "created": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "limits": config.model.limits,
        "training": {
            "data_sha256": trainer.data_hash,
            "engines": trainer.engines,
            "functional": config.model.functional,
            "seed": config.seed,
            "epochs": trainer.progress.epoch,
            "frames": {name: len(part) for name, part in frames.items()},
        },
        "errors": {"part": "test" if frames["test"] else "validation", **errors},
        "uncertainty": calibration,
    }
    if config.optimizer.train_only:  # the rest is as good as the model that it comes from says
        before = trainer.start.metadata
        model.metadata["training"]["only"] = config.optimizer.train_only
        model.metadata["base"] = {
            key: before[key] for key in ("name", "created", "training", "errors") if key in before
        }
    model_file.write(folder / "model.safetensors", model)
    if draw is not None:
        draw(folder, *parity_arrays(held, evaluation))
    return errors

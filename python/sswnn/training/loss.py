"""The loss of a batch: weighted squared errors of energy per atom, force components and stress components."""

from __future__ import annotations

import numpy as np
import torch

from sswnn.training.config import LossConfig
from sswnn.training.dataset import CALM_FORCE, Frame, Labelled
from sswnn.twin.model import Prediction


def set_frame_weights(frames: list[Frame], config: LossConfig) -> None:
    """Weight of each frame in the loss, into its info: those of its kind and engine over 1 + (F_max / F_half)².

    So extreme frames shape the wall, not the fit of the rest. The largest force is kept as well, and which atoms are `calm`,
    before the core repulsion is taken out of the labels.
    """
    for frame in frames:
        largest = frame.info["largest_force"] = frame.largest_force
        frame.info["calm"] = np.linalg.norm(frame.forces, axis=1) <= CALM_FORCE
        kind = config.kinds.get(str(frame.info.get("kind")), 1.0)
        kind *= config.engines.get(str(frame.info.get("engine")), 1.0)
        frame.info["weight"] = kind / (1 + (largest / config.force_half) ** 2)


def squared_or_linear(error: torch.Tensor, limit: float) -> torch.Tensor:
    """Squares, continued linearly beyond `limit` (Huber); squares alone if `limit` is 0."""
    if limit <= 0:
        return error.square()
    size = error.abs()
    return torch.where(size > limit, limit * (2 * size - limit), error.square())


def stress_errors(prediction: Prediction, labelled: Labelled) -> torch.Tensor:
    """Errors of the stress [frames, 3, 3], eV/Å³, zero where there is no label."""
    error = prediction.virial / labelled.volumes[:, None, None] - labelled.stress
    return error * labelled.has_stress[:, None, None]


def loss_and_sums(
    prediction: Prediction, labelled: Labelled, config: LossConfig
) -> tuple[torch.Tensor, torch.Tensor]:
    """The loss, and unweighted sums for metrics.

    Returns
    -------
    loss : Tensor []
    sums : Tensor [7]
        Loss times frames, frames, Σ squared energy errors per atom, Σ squared force errors, force
        components, Σ squared stress errors, stress components.
    """
    weight = labelled.weight
    energy = (prediction.energy - labelled.energy) / labelled.sizes
    force = prediction.forces - labelled.forces
    stress = stress_errors(prediction, labelled)
    force_loss = squared_or_linear(force, config.force_huber)
    energy_loss = squared_or_linear(energy, config.energy_huber)
    stress_loss = squared_or_linear(stress, config.stress_huber)
    loss = (
        config.energy * (weight * energy_loss).mean()
        + config.force * (weight[labelled.batch.frame][:, None] * force_loss).mean()
        + config.stress * (weight * stress_loss.mean(dim=(1, 2))).mean()
    )
    frames = len(labelled.sizes)
    with torch.no_grad():
        sums = torch.stack(
            [
                loss.double() * frames,
                torch.tensor(float(frames), dtype=torch.float64),
                energy.double().square().sum(),
                force.double().square().sum(),
                torch.tensor(float(force.numel()), dtype=torch.float64),
                stress.double().square().sum(),
                9.0 * labelled.has_stress.double().sum(),
            ]
        )
    return loss, sums


def metrics(sums: torch.Tensor) -> dict[str, float]:
    """Mean loss and root mean square errors from the sums of `loss_and_sums`: eV/atom, eV/Å, eV/Å³."""
    loss, frames, energy, force, forces, stress, stresses = sums.tolist()
    return {
        "loss": loss / max(frames, 1),
        "energy_rmse": (energy / max(frames, 1)) ** 0.5,
        "force_rmse": (force / max(forces, 1)) ** 0.5,
        "stress_rmse": (stress / max(stresses, 1)) ** 0.5,
    }

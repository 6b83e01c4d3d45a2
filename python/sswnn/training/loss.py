"""The loss of a batch: weighted squared errors of energy per atom, force components and stress components."""

from __future__ import annotations

import torch

from sswnn.training.config import LossConfig
from sswnn.training.dataset import Labelled
from sswnn.twin.model import Prediction


def frame_weights(largest_force: torch.Tensor, config: LossConfig) -> torch.Tensor:
    """Weight of each frame, 1 / (1 + (F_max / F_half)²): extreme frames shape the wall, not the fit of the rest."""
    return 1 / (1 + (largest_force / config.force_half) ** 2)


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
    weight = frame_weights(labelled.largest_force, config)
    energy = (prediction.energy - labelled.energy) / labelled.sizes
    force = prediction.forces - labelled.forces
    stress = stress_errors(prediction, labelled)
    square = force.square()
    if config.huber > 0:
        size = force.abs()
        square = torch.where(size > config.huber, config.huber * (2 * size - config.huber), square)
    atom_weight = weight[labelled.batch.frame][:, None]
    loss = (
        config.energy * (weight * energy.square()).mean()
        + config.force * (atom_weight * square).mean()
        + config.stress * (weight * stress.square().mean(dim=(1, 2))).mean()
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

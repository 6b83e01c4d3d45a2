"""Errors of a potential on labelled frames: per frame, by class, and in sum."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from sswnn.training.config import LossConfig
from sswnn.training.dataset import CALM_FORCE, Frame, batches
from sswnn.training.loss import loss_and_sums, metrics, stress_errors
from sswnn.twin.model import Potential

GPA = 160.21766208  # of one eV/Å³
EVALUATION_ATOMS = 1000
_VOIGT = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))


@dataclass
class Evaluation:
    """What was predicted for frames, without the fixed part of the energy (E0, core repulsion),
    which labels lack as well."""

    energy: np.ndarray  # [frames], eV
    energy_label: np.ndarray  # [frames], eV
    forces: list[np.ndarray]  # per frame [n, 3], eV/Å
    stress_error: np.ndarray  # [frames, 6], eV/Å³, NaN where there is no label


Draw = Callable[[Path, np.ndarray, np.ndarray], None]
"""Takes the run's folder, which holds metrics.csv, and the two results of `parity_arrays`."""


def validation_metrics(
    potential: Potential, frames: list[Frame], config: LossConfig
) -> dict[str, float]:
    """Mean loss and root mean square errors over frames, see `loss.metrics`."""
    total = torch.zeros(7, dtype=torch.float64)
    for _, labelled in batches(potential, frames, EVALUATION_ATOMS):
        prediction = potential(labelled.batch, create_graph=False)
        total += loss_and_sums(prediction, labelled, config)[1]
    return metrics(total)


def evaluate(potential: Potential, frames: list[Frame]) -> Evaluation:
    """Predictions for all frames, in their order."""
    energy, stress, forces = [], [], []
    for members, labelled in batches(potential, frames, EVALUATION_ATOMS):
        prediction = potential(labelled.batch, create_graph=False)
        energy.append(prediction.energy.numpy())
        error = stress_errors(prediction, labelled)
        error[~labelled.has_stress] = torch.nan
        stress.append(torch.stack([error[:, a, b] for a, b in _VOIGT], dim=1).numpy())
        ordered = np.empty(prediction.forces.shape)
        ordered[labelled.batch.order.numpy()] = prediction.forces.numpy()
        forces += np.split(ordered, np.cumsum([frames[k].atoms for k in members])[:-1])
    return Evaluation(
        np.concatenate(energy), np.array([f.energy for f in frames]), forces, np.concatenate(stress)
    )


def parity_arrays(frames: list[Frame], evaluation: Evaluation) -> tuple[np.ndarray, np.ndarray]:
    """Labels and predictions: energies per atom [2, frames], eV; force components [2, 3 atoms], eV/Å."""
    sizes = np.array([f.atoms for f in frames])
    energy = np.stack([evaluation.energy_label, evaluation.energy]) / sizes
    labels = np.concatenate([f.forces.ravel() for f in frames])
    return energy, np.stack([labels, np.concatenate([f.ravel() for f in evaluation.forces])])


def rows(frames: list[Frame], evaluation: Evaluation) -> list[dict]:
    """One dictionary per frame: class, size and squared errors."""
    out = []
    for k, frame in enumerate(frames):
        force_error = evaluation.forces[k] - frame.forces
        stress_error = evaluation.stress_error[k]
        out.append(
            {
                "origin": frame.info.get("origin", ""),
                "kind": frame.info.get("kind", ""),
                "group": frame.info.get("group", ""),
                "temperature_k": frame.info.get("temperature", ""),
                "atoms": frame.atoms,
                "largest_force": frame.info["largest_force"],
                "energy_error_per_atom": float(evaluation.energy[k] - frame.energy) / frame.atoms,
                "force_error_square_sum": float((force_error**2).sum()),
                "stress_error_square_mean": float((stress_error**2).mean()),
            }
        )
    return out


def summary(table: list[dict]) -> dict[str, float | None]:
    """Root mean square errors over rows: meV/atom, eV/Å, GPa (None without labels of stress), and the number of frames."""
    energy = np.array([row["energy_error_per_atom"] for row in table])
    force = sum(row["force_error_square_sum"] for row in table) / max(
        sum(3 * row["atoms"] for row in table), 1
    )
    stress = np.array([row["stress_error_square_mean"] for row in table])
    stress = stress[np.isfinite(stress)]
    return {
        "frames": len(table),
        "energy_mev_per_atom": round(1000 * float(np.sqrt((energy**2).mean())), 3),
        "force_ev_per_a": round(float(np.sqrt(force)), 4),
        "stress_gpa": round(GPA * float(np.sqrt(stress.mean())), 4)
        if len(stress)
        else None,
    }


def summaries(table: list[dict]) -> dict[str, dict]:
    """Errors of all rows, of calm ones, of MD at 300-600 K, and by kind and origin."""

    def select(condition: Callable[[dict], bool]) -> dict | None:
        chosen = [row for row in table if condition(row)]
        return summary(chosen) if chosen else None

    groups: dict[str, dict[str, list[dict]]] = {
        "kind": defaultdict(list),
        "origin": defaultdict(list),
    }
    for row in table:
        for key, members in groups.items():
            members[str(row[key])].append(row)
    out = {
        "all": select(lambda row: True),
        "calm": select(lambda row: row["largest_force"] < CALM_FORCE),
        "md_300_600": select(
            lambda r: (
                r["kind"] == "md"
                and r["temperature_k"] != ""
                and 300 <= float(r["temperature_k"]) <= 600
            )
        ),
    }
    named: dict[str, dict] = {key: value for key, value in out.items() if value}
    for key, members in groups.items():
        named[f"by_{key}"] = {name: summary(part) for name, part in sorted(members.items())}
    return named

"""How well a potential does on labelled frames, and whether its uncertainty tells where it does not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from ase import Atoms
from scipy.stats import spearmanr

from sswnn.potential.calculator import SSWNN
from sswnn.training.config import DataConfig, LossConfig
from sswnn.training.dataset import prepare, read_dataset, split
from sswnn.training.evaluation import evaluate, rows, summaries
from sswnn.training.loss import set_frame_weights
from sswnn.training.reference import align_energies, subtract_atom_energies, subtract_repulsion
from sswnn.twin.model import from_file

BINS = 4


def held_out(files: list[str], config: DataConfig) -> list[Atoms]:
    """Frames of files that no training of the loop sees: the test part, or the validation part if there is none."""
    frames = read_dataset(DataConfig(**{**vars(config), "frames": files}))
    parts = split(frames, config)
    return [frames[k] for k in parts["test"] or parts["validation"]]


def model_errors(model: Path, frames: list[Atoms], align: bool = False) -> dict:
    """Root mean square errors in sum and by class, as in errors.json of a training.

    With `align` one offset per element and engine is fitted to the energies before, as by `data.align_energies`.
    """
    if not frames:
        return {}
    potential = from_file(model, torch.float64)
    prepared = [prepare(atoms, potential) for atoms in frames]
    set_frame_weights(prepared, LossConfig())
    subtract_repulsion(potential, prepared)
    if align:
        align_energies(potential, prepared, prepared)
    subtract_atom_energies(potential, prepared)
    return summaries(rows(prepared, evaluate(potential, prepared)))


def calibration(model: Path, frames: list[Atoms]) -> dict:
    """Predicted uncertainties against actual force errors of labelled frames.

    Returns
    -------
    dict
        `ratio`: root mean square of the actual errors (force component) over that of the predicted ones, over all atoms; 1
        is honest, above 1 too sure. `correlation`: rank correlation (Spearman) of the largest predicted and the largest
        actual error of each frame. `predicted_ev_per_a`, `actual_ev_per_a`: root mean squares over quarters of the atoms, by
        predicted error.
    """
    if not frames:
        return {}
    calculator = SSWNN(model)
    predicted, actual = [], []
    for frame in frames:
        predicted.append(np.asarray(calculator.get_property("uncertainty", frame)))
        error = calculator.get_property("forces", frame) - frame.arrays["forces"]
        actual.append(np.sqrt((error**2).mean(axis=1)))
    all_predicted, all_actual = np.concatenate(predicted), np.concatenate(actual)
    order = np.argsort(all_predicted, kind="stable")
    quarters = [part for part in np.array_split(order, BINS) if len(part)]
    return {
        "ratio": _rounded(_rms(all_actual) / max(_rms(all_predicted), 1e-12)),
        "correlation": _rank_correlation([p.max() for p in predicted], [a.max() for a in actual]),
        "predicted_ev_per_a": [_rounded(_rms(all_predicted[part])) for part in quarters],
        "actual_ev_per_a": [_rounded(_rms(all_actual[part])) for part in quarters],
    }


def _rank_correlation(a: list[float], b: list[float]) -> float | None:
    """Of two lists; None where it has no meaning."""
    if len(a) < 3 or len(set(a)) < 2 or len(set(b)) < 2:
        return None
    return _rounded(float(spearmanr(a, b)[0]))


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt((values**2).mean()))


def _rounded(value: float) -> float:
    return round(float(value), 4)

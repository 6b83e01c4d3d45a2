"""Pictures of a finished training: parity of energies and forces, and the learning curve."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sswnn.training.dataset import Frame
from sswnn.training.evaluation import Evaluation

MAX_POINTS = 50_000


def parity_plot(path: Path, frames: list[Frame], evaluation: Evaluation) -> None:
    """Predicted against labelled energies per atom and force components, as a PNG."""
    sizes = np.array([f.atoms for f in frames])
    reference = np.concatenate([f.forces.ravel() for f in frames])
    predicted = np.concatenate([f.ravel() for f in evaluation.forces])
    stride = max(1, len(reference) // MAX_POINTS)
    figure = Figure(figsize=(9, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    _parity(
        left,
        evaluation.energy_label / sizes,
        evaluation.energy / sizes,
        "energy without atoms and core (eV/atom)",
    )
    _parity(right, reference[::stride], predicted[::stride], "force component without core (eV/Å)")
    figure.savefig(path, dpi=150)


def _parity(axes, reference: np.ndarray, predicted: np.ndarray, label: str) -> None:
    low, high = min(reference.min(), predicted.min()), max(reference.max(), predicted.max())
    axes.plot([low, high], [low, high], color="0.6", lw=0.8)
    axes.plot(reference, predicted, ".", ms=2, alpha=0.5, rasterized=True)
    rmse = np.sqrt(np.mean((predicted - reference) ** 2))
    axes.set(
        xlabel=f"label: {label}",
        ylabel="model",
        title=f"held out, root mean square error {rmse:.4f}",
    )


def learning_curve(path: Path, metrics_csv: Path) -> None:
    """Errors of training and validation against epochs, from metrics.csv, as a PNG."""
    with metrics_csv.open() as stream:
        table = list(csv.DictReader(stream))
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    FigureCanvasAgg(figure)
    names = (("energy", "eV/atom"), ("force", "eV/Å"), ("stress", "eV/Å³"))
    for axes, (name, unit) in zip(figure.subplots(1, 3), names, strict=True):
        for part in ("train", "validation"):
            axes.plot(
                [int(r["epoch"]) for r in table],
                [float(r[f"{part}_{name}_rmse"]) for r in table],
                label=part,
            )
        axes.set(xlabel="epoch", ylabel=f"{name} RMSE ({unit})", yscale="log")
        axes.legend(frameon=False)
    figure.savefig(path, dpi=150)

"""Pictures of a finished training: parity of energies and forces, and the learning curve."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sswnn.plotting.style import figure

MAX_POINTS = 50_000


def plot_parity(energy: np.ndarray, force: np.ndarray, path: str | Path) -> None:
    """Predicted against labelled values of held-out frames.

    Parameters
    ----------
    energy
        (2, frames) labels and predictions per atom, without atoms and core, eV/atom.
    force
        (2, components) labels and predictions without core, eV/A; at most about `MAX_POINTS` are drawn.
    path
        Picture to write.
    """
    thinned = force[:, :: max(1, force.shape[1] // MAX_POINTS)]
    with figure(path, columns=2, size=(9.0, 4.2)) as (_, (left, right)):
        _parity(left, energy, "energy without atoms and core / eV per atom")
        _parity(right, thinned, "force component without core / eV/Å")


def _parity(axes: Any, values: np.ndarray, label: str) -> None:
    reference, predicted = values
    limits = [values.min(), values.max()]
    axes.plot(limits, limits, color="0.6", lw=0.8)
    axes.plot(reference, predicted, ".", ms=2, alpha=0.5, rasterized=True)
    rmse = np.sqrt(np.mean((predicted - reference) ** 2))
    axes.set(
        xlabel=f"label: {label}",
        ylabel="model",
        title=f"held out, root mean square error {rmse:.4f}",
    )


def plot_learning(table: Mapping[str, np.ndarray], path: str | Path) -> None:
    """Errors of training and validation against epochs.

    Parameters
    ----------
    table
        Columns of metrics.csv by name: `epoch`, and root mean square errors as `train_force_rmse`.
    path
        Picture to write.
    """
    names = (("energy", "eV/atom"), ("force", "eV/Å"), ("stress", "eV/Å³"))
    with figure(path, columns=3, size=(9.0, 3.2)) as (_, panels):
        for axes, (name, unit) in zip(panels, names, strict=True):
            for part in ("train", "validation"):
                axes.plot(table["epoch"], table[f"{part}_{name}_rmse"], label=part)
            axes.set(xlabel="epoch", ylabel=f"{name} RMSE / {unit}", yscale="log")
            axes.legend()

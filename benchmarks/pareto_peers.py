"""Peers fitted to given frames as their users fit them: POD by `fitpod` of LAMMPS, SNAP by regularised least
squares on `compute snap`.

What a fit leaves free (weights of POD, ridge of SNAP) is chosen by `loss` on the validation frames. Stresses are
not fitted. Nothing here measures a time or knows the test frames.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import peers
from accuracy import Errors, errors_of
from ase import Atoms
from common import run_lammps
from pareto_lammps import Box, ResultsCalculator

from sswnn.data.frames import write_frames
from sswnn.data.sampling import bare
from sswnn.interface.files import TYPE_ORDER
from sswnn.training.config import LossConfig

RIDGES = 10.0 ** np.arange(-14.0, -3.0)
"""Of the mean diagonal of the normal equations, after columns are scaled to one length."""
POD_ENERGY_WEIGHTS = (10.0, 100.0, 1000.0)
SNAP_WEIGHTS = (0.5, 1.0, 0.8)
"""Weights of neighbours of Li, Zr, Cl."""
SNAP_RFAC0 = 0.99363


def loss(errors: Iterable[Errors]) -> float:
    """Loss of `sswnn train` without weights of frames, limits of Huber and stresses: w_E <e²> + w_F <f²>."""
    errors, weights = list(errors), LossConfig()
    energy = np.mean([error.energy**2 for error in errors])
    force = np.mean(np.concatenate([error.force_squares.ravel() for error in errors]))
    return float(weights.energy * energy + weights.force * force)


def judged(style: str, folder: Path, frames: list[Atoms]) -> list[Errors]:
    """Errors of a pair style, whose files are in `folder`, on frames."""
    box = Box(style, str(folder))
    try:
        return errors_of(frames, ResultsCalculator(box))
    finally:
        box.close()


@dataclass(frozen=True)
class Fit:
    """A fitted potential: commands for LAMMPS in its folder, its coefficients, and what validation chose.

    `worker` is the kind of a peer that has no pair style here, see `pareto_network_peers.py`; its `style` is empty.
    """

    style: str
    parameters: int
    chosen: dict[str, float]
    worker: str = ""


# ------------------------------------------------------------------------------- POD


def fit_pod(
    train: list[Atoms], validation: list[Atoms], folder: Path, parameters: dict[str, int]
) -> Fit:
    """POD with the given entries of its parameter file in place of those of `peers.write_pod`."""
    style = peers.write_pod(folder)
    text = (folder / "pod.param").read_text()
    for name, value in parameters.items():
        text, found = re.subn(rf"(?m)^{name} .*$", f"{name} {value}", text)
        if found != 1:
            raise AssertionError(f"{name} is no parameter of POD")
    (folder / "pod.param").write_text(text)
    (folder / "train").mkdir(exist_ok=True)
    write_frames(folder / "train" / "frames.xyz", map(_labels_alone, train))
    fits: dict[float, tuple[float, str]] = {}
    for weight in POD_ENERGY_WEIGHTS:
        (folder / "fit.data").write_text(
            "file_format extxyz\nfile_extension xyz\npath_to_training_data_set train\n"
            f"fitting_weight_energy {weight}\nfitting_weight_force 1.0\n"
            "fitting_regularization_parameter 1e-10\ngroup_weights global\nbasename_for_output_files pod\n"
        )
        run_lammps("fitpod pod.param fit.data\n", folder)
        coefficients = (folder / "pod_coefficients.pod").read_text()
        (folder / "pod.coeff").write_text(coefficients)
        fits[weight] = loss(judged(style, folder, validation)), coefficients
    best = min(fits, key=lambda weight: fits[weight][0])
    (folder / "pod.coeff").write_text(fits[best][1])
    count = int(fits[best][1].split(maxsplit=2)[1])
    return Fit(style, count, {"fitting_weight_energy": best, "validation_loss": fits[best][0]})


def _labels_alone(frame: Atoms) -> Atoms:
    """The frame as fitpod reads it: words of its other keys could be taken for energies or stresses."""
    made = bare(frame)
    made.arrays["forces"] = frame.arrays["forces"]
    made.info.update({key: frame.info[key] for key in ("energy", "stress")})
    return made


# ------------------------------------------------------------------------------- SNAP


def fit_snap(
    train: list[Atoms], validation: list[Atoms], folder: Path, *, twojmax: int, quadratic: bool
) -> Fit:
    """SNAP, J. Comput. Phys. 2015, 285, 316 (doi:10.1016/j.jcp.2014.12.018); quadratic: doi:10.1063/1.5017641.

    One set of coefficients for each element, one cutoff, the ridge that the validation frames like best.
    """
    half = " ".join(["0.5"] * len(TYPE_ORDER))
    settings = (
        f"{peers.CUTOFF} {SNAP_RFAC0} {twojmax} {half} {' '.join(map(str, SNAP_WEIGHTS))} "
        f"rmin0 0.0 bzeroflag 1 quadraticflag {int(quadratic)}"
    )
    box = Box(f"pair_style zero {peers.CUTOFF} full\npair_coeff * *")
    try:
        matrix, right = _normal_equations(
            train, lambda frame: _with_constants(frame, *box.snap_array(frame, settings))
        )
    finally:
        box.close()
    (folder / "snap.param").write_text(
        f"rcutfac {peers.CUTOFF}\ntwojmax {twojmax}\nrfac0 {SNAP_RFAC0}\nrmin0 0.0\nbzeroflag 1\n"
        f"quadraticflag {int(quadratic)}\n"
    )
    style = f"pair_style snap\npair_coeff * * snap.coeff snap.param {' '.join(TYPE_ORDER)}"
    fits: dict[float, tuple[float, np.ndarray]] = {}
    for ridge in RIDGES:
        coefficients = _solve(matrix, right, ridge)
        _write_snap(folder / "snap.coeff", coefficients)
        fits[ridge] = loss(judged(style, folder, validation)), coefficients
    best = min(fits, key=lambda ridge: fits[ridge][0])
    _write_snap(folder / "snap.coeff", fits[best][1])
    return Fit(style, len(right), {"ridge": best, "validation_loss": fits[best][0]})


def _with_constants(
    frame: Atoms, sums: np.ndarray, forces: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The same columns with one of ones before those of each element: numbers of atoms, without forces."""
    symbols = frame.get_chemical_symbols()
    counts = np.array([symbols.count(x) for x in TYPE_ORDER], dtype=float)
    shape = (len(TYPE_ORDER), -1)
    energy = np.column_stack([counts, sums.reshape(shape)]).ravel()
    each = forces.reshape(len(frame), 3, *shape)
    force = np.concatenate([np.zeros((*each.shape[:3], 1)), each], axis=3)
    return energy, force.reshape(len(frame), 3, -1)


def _normal_equations(
    frames: list[Atoms], design: Callable[[Atoms], tuple[np.ndarray, np.ndarray]]
) -> tuple[np.ndarray, np.ndarray]:
    """A^T A and A^T b of the least squares that minimise `loss`, over all frames."""
    weights = LossConfig()
    components = 3 * sum(map(len, frames))
    matrix, right = np.zeros((0, 0)), np.zeros(0)
    for frame in frames:
        energy, forces = design(frame)
        rows = np.concatenate(
            [
                energy[None] / len(frame) * np.sqrt(weights.energy / len(frames)),
                forces.reshape(-1, len(energy)) * np.sqrt(weights.force / components),
            ]
        )
        targets = np.concatenate(
            [
                [frame.info["energy"] / len(frame) * np.sqrt(weights.energy / len(frames))],
                frame.arrays["forces"].ravel() * np.sqrt(weights.force / components),
            ]
        )
        if not matrix.size:
            matrix, right = np.zeros((rows.shape[1],) * 2), np.zeros(rows.shape[1])
        matrix += rows.T @ rows
        right += rows.T @ targets
    return matrix, right


def _solve(matrix: np.ndarray, right: np.ndarray, ridge: float) -> np.ndarray:
    """Coefficients of the regularised normal equations; a column of zeros gets zero."""
    scale = np.sqrt(np.diag(matrix))
    scale = np.where(scale > 0, scale, 1.0)
    scaled = matrix / np.outer(scale, scale) + ridge * np.eye(len(right))
    values, vectors = np.linalg.eigh(scaled)
    kept = values > 0
    inverse = np.where(kept, 1 / np.where(kept, values, 1.0), 0.0)
    return vectors @ (inverse * (vectors.T @ (right / scale))) / scale


def _write_snap(path: Path, coefficients: np.ndarray) -> None:
    """Coefficients in the order of `_with_constants`; LAMMPS' order of the quadratic ones is that of the compute."""
    table = coefficients.reshape(len(TYPE_ORDER), -1)
    lines = [f"{len(TYPE_ORDER)} {table.shape[1]}"]
    for symbol, weight, values in zip(TYPE_ORDER, SNAP_WEIGHTS, table, strict=True):
        lines += [f"{symbol} 0.5 {weight}", *(f"{value:.17g}" for value in values)]
    path.write_text("\n".join(lines) + "\n")

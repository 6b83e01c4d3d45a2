"""The uncertainty of Eq. (10): covariance of last-layer features over training atoms, scale from
held-out force errors."""

from __future__ import annotations

import numpy as np
import torch

from sswnn.training.dataset import Frame, batches
from sswnn.training.evaluation import EVALUATION_ATOMS
from sswnn.twin.model import Potential
from sswnn.twin.uncertainty import fit_factor, with_one

FEWEST = 30  # atoms of an element with a scale of its own
LEAST_ERROR = 0.03  # eV/Å: atoms with smaller ones determine the last layer no more firmly


def fit_uncertainty(
    potential: Potential, training: list[Frame], validation: list[Frame], elements: list[int]
) -> dict:
    """Set M and κ of Eq. (10) of some elements in the potential.

    κ_z makes the mean square of σ over the validation atoms of an element equal to their mean
    squared force component error. Atoms with a labelled force above `CALM_FORCE` do not count: errors of atoms that have
    been pushed into each other are as large as these forces, and a few of them would set the scale of all others. An element
    with fewer than `FEWEST` such atoms gets the κ that all elements have together: a handful would tell nothing.

    M says how firmly data have determined the last layer of an element's network: the covariance of its features, each atom
    weighing 1 / (LEAST_ERROR² + its mean squared error). What the form cannot follow so counts as little known, however many
    frames show it. An element that these frames have not trained keeps its own: `elements` are those that they have.

    Returns
    -------
    dict
        How it was calibrated, for the metadata; of all elements.
    """
    features = _features(potential, training)
    with torch.no_grad():
        for z in elements:
            factor = fit_factor(torch.cat(features[z])) if features[z] else _no_data(potential)
            potential.uncertainty_factor[z] = factor
    errors, sizes, counts = (np.zeros(len(potential.elements)) for _ in range(3))
    for members, labelled in batches(potential, validation, EVALUATION_ATOMS):
        prediction = potential(labelled.batch, create_graph=False)
        calm = np.concatenate([validation[k].info["calm"] for k in members])
        counted = torch.from_numpy(calm)[labelled.batch.order].double()
        square = _squared_errors(prediction.forces, labelled.forces) * counted
        relative = potential.relative_uncertainties(labelled.batch).double().square() * counted
        for z, run in labelled.batch.elements:
            errors[z] += square[run].sum()
            sizes[z] += relative[run].sum()
            counts[z] += counted[run].sum()
    together = np.sqrt(errors.sum() / sizes.sum()) if sizes.sum() > 0 else 0.0
    kappa = np.where(counts < FEWEST, together, np.sqrt(errors / np.where(sizes > 0, sizes, 1)))
    with torch.no_grad():
        potential.uncertainty_scale[elements] = torch.from_numpy(kappa[elements])
    before = potential.metadata.get("uncertainty", {}).get("validation_atoms", {})
    return {
        "method": "last-layer prediction rigidity, scaled to the root mean square force component error per element",
        "validation_atoms": {
            symbol: int(counts[z]) if z in elements else before.get(symbol, 0)
            for z, symbol in enumerate(potential.elements)
        },
        "scale_ev_per_a": dict(
            zip(potential.elements, potential.uncertainty_scale.tolist(), strict=True)
        ),
    }


def _no_data(potential: Potential) -> torch.Tensor:
    return torch.eye(potential.uncertainty_factor.shape[1], dtype=torch.float64)


def _squared_errors(forces: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean over the components of each atom, (eV/Å)², [atoms]."""
    return (forces - labels).double().square().mean(1)


def _features(potential: Potential, frames: list[Frame]) -> list[list[torch.Tensor]]:
    """Last-layer features of all atoms over the error there, no less than `LEAST_ERROR`, by element: weights of least squares."""
    out: list[list[torch.Tensor]] = [[] for _ in potential.elements]
    for _, labelled in batches(potential, frames, EVALUATION_ATOMS):
        forces = potential(labelled.batch, create_graph=False).forces
        square = _squared_errors(forces, labelled.forces)
        weight = (LEAST_ERROR**2 / (LEAST_ERROR**2 + square)).sqrt()[:, None]
        with torch.no_grad():
            invariants = potential.invariants(potential.density(labelled.batch)[0])
            for z, run in labelled.batch.elements:
                features = with_one(potential.networks.hidden(z, invariants[run]))
                out[z].append(weight[run] * features)
    return out

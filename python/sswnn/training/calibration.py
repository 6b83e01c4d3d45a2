"""The uncertainty of Eq. (10): covariance of last-layer features over training atoms, shape from their force errors, scale
from held-out ones."""

from __future__ import annotations

import numpy as np
import torch

from sswnn.training.dataset import CALM_FORCE, Frame, batches
from sswnn.training.evaluation import EVALUATION_ATOMS
from sswnn.twin.model import Potential
from sswnn.twin.uncertainty import fit_factor, with_one

FEWEST = 30  # atoms of an element with a scale of its own
MOST = 40_000  # atoms of an element that the shape is fitted to
LEAST_ERROR = 0.01  # eV/Å, added in squares: no label is closer
DIRECTIONS = 8  # R of `shaped`
RIGIDITY = 0.1  # share of the plain rigidity in the squared uncertainty of a typical atom
PRIOR = 10.0  # -log of the prior probability of a direction of length one


def fit_uncertainty(
    potential: Potential, training: list[Frame], validation: list[Frame], elements: list[int]
) -> dict:
    """Set M and κ of Eq. (10) of some elements in the potential.

    κ_z makes the mean of (error / σ)² over the validation atoms of an element one, error² being the mean squared error of their
    force components. Atoms with a labelled force above `CALM_FORCE` do not count: errors of atoms that have
    been pushed into each other are as large as these forces, and a few of them would set the scale of all others. An element
    with fewer than `FEWEST` such atoms gets the κ that all elements have together: a handful would tell nothing.

    M begins as the inverse Cholesky factor of the covariance of the last layer's features, which says how firmly data have
    determined it, and is then shaped by the errors that remain, see `shaped`: what the form cannot follow counts as little
    known, however many frames show it. An element that these frames have not trained keeps its own: `elements` are those
    that they have.

    Returns
    -------
    dict
        How it was calibrated, for the metadata; of all elements.
    """
    found = _features_and_squares(potential, training)
    with torch.no_grad():
        for z in elements:
            potential.uncertainty_factor[z] = _factor(potential, found[z])
    ratios, counts = (np.zeros(len(potential.elements)) for _ in range(2))
    for members, labelled in batches(potential, validation, EVALUATION_ATOMS):
        prediction = potential(labelled.batch, create_graph=False)
        calm = np.concatenate([validation[k].info["calm"] for k in members])
        counted = torch.from_numpy(calm)[labelled.batch.order].double()
        square = _squared_errors(prediction.forces, labelled.forces) * counted
        ratio = square / potential.relative_uncertainties(labelled.batch).double().square()
        for z, run in labelled.batch.elements:
            ratios[z] += ratio[run].sum()
            counts[z] += counted[run].sum()
    together = np.sqrt(ratios.sum() / counts.sum()) if counts.sum() > 0 else 0.0
    kappa = np.where(counts < FEWEST, together, np.sqrt(ratios / np.maximum(counts, 1)))
    with torch.no_grad():
        potential.uncertainty_scale[elements] = torch.from_numpy(kappa[elements])
    before = potential.metadata.get("uncertainty", {}).get("validation_atoms", {})
    return {
        "method": "last-layer prediction rigidity, shaped by errors of training atoms; mean (error / sigma)^2 of held-out ones 1",
        "validation_atoms": {
            symbol: int(counts[z]) if z in elements else before.get(symbol, 0)
            for z, symbol in enumerate(potential.elements)
        },
        "scale_ev_per_a": dict(
            zip(potential.elements, potential.uncertainty_scale.tolist(), strict=True)
        ),
    }


def _factor(potential: Potential, found: tuple[torch.Tensor, torch.Tensor] | None) -> torch.Tensor:
    """M of an element from what `_features_and_squares` found; without data the unit matrix."""
    if found is None:
        return torch.eye(potential.uncertainty_factor.shape[1], dtype=torch.float64)
    features, squares = found
    some = slice(None, None, len(features) // MOST + 1)
    return shaped(fit_factor(features), features[some], squares[some])


def _squared_errors(forces: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Mean over the components of each atom, (eV/Å)², [atoms]."""
    return (forces - labels).double().square().mean(1)


def _features_and_squares(
    potential: Potential, frames: list[Frame]
) -> list[tuple[torch.Tensor, torch.Tensor] | None]:
    """Of each element the last-layer features [atoms, H + 1] and squared errors [atoms] of all its atoms; None without any."""
    features: list[list[torch.Tensor]] = [[] for _ in potential.elements]
    squares: list[list[torch.Tensor]] = [[] for _ in potential.elements]
    for _, labelled in batches(potential, frames, EVALUATION_ATOMS):
        forces = potential(labelled.batch, create_graph=False).forces
        square = _squared_errors(forces, labelled.forces)
        with torch.no_grad():
            invariants = potential.invariants(potential.density(labelled.batch)[0])
            for z, run in labelled.batch.elements:
                features[z].append(with_one(potential.networks.hidden(z, invariants[run])))
                squares[z].append(square[run])
    return [
        (torch.cat(f), torch.cat(s)) if f else None for f, s in zip(features, squares, strict=True)
    ]


def shaped(factor: torch.Tensor, features: torch.Tensor, squares: torch.Tensor) -> torch.Tensor:
    """M of Eq. (10) whose uncertainties follow the errors of given atoms as well.

    With x = M f, of unit covariance, the expected squared error of an atom is s (a |x|² + |B x|²): the plain rigidity with the
    fixed share a, which keeps the unknown uncertain, and the length of x in R directions. B maximises the likelihood of
    normally distributed errors, times exp(-PRIOR |B|²). Errors above `CALM_FORCE` count as that: a few of 50 eV/Å would
    rule the directions.

    Parameters
    ----------
    factor : Tensor [H + 1, H + 1]
        Plain M, see `fit_factor`.
    features : Tensor [atoms, H + 1]
        f = [h_K; 1].
    squares : Tensor [atoms]
        Mean squared error of the force components, (eV/Å)².

    Returns
    -------
    Tensor [H + 1, H + 1]
        Lower triangular, |M' f|² = a |x|² + |B x|².
    """
    x = features.double() @ factor.T
    target = squares.double().clamp(max=CALM_FORCE**2) + LEAST_ERROR**2
    length = x.square().sum(1)
    scale = target.median() / length.median()
    size = factor.shape[0]
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(DIRECTIONS, size, generator=generator, dtype=torch.float64)
    directions = (0.3 * start / DIRECTIONS**0.5).requires_grad_()
    optimizer = torch.optim.LBFGS(
        [directions], max_iter=150, history_size=20, line_search_fn="strong_wolfe"
    )

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        expected = scale * (RIGIDITY * length + (x @ directions.T).square().sum(1))
        value = (expected.log() + target / expected).mean()
        value = value + PRIOR / len(x) * directions.square().sum()
        value.backward()
        return value

    with torch.enable_grad():
        optimizer.step(loss)
    found = directions.detach()
    eye = torch.eye(size, dtype=torch.float64)
    covariance = torch.linalg.inv(RIGIDITY * eye + found.T @ found)
    lower = torch.linalg.cholesky((covariance + covariance.T) / 2)
    return torch.linalg.solve_triangular(lower, factor, upper=False).tril()

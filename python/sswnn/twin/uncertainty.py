"""Last-layer prediction rigidity, Eq. (10): an expected force error per atom from the last hidden layer."""

from __future__ import annotations

import torch

RELATIVE_RIDGE = 1e-6


def with_one(hidden: torch.Tensor) -> torch.Tensor:
    """[h_K; 1]: [atoms, H] -> [atoms, H + 1]."""
    return torch.cat([hidden, torch.ones_like(hidden[:, :1])], dim=1)


def fit_factor(features: torch.Tensor) -> torch.Tensor:
    """M of Eq. (10) from the features [h_K; 1] [atoms, H + 1] of the training atoms of one element.

    Returns
    -------
    Tensor [H + 1, H + 1]
        Inverse of the lower Cholesky factor of the mean of f fᵀ plus a ridge relative to its mean diagonal.
    """
    features = features.double()
    size = features.shape[1]
    covariance = features.T @ features / max(len(features), 1)
    ridge = RELATIVE_RIDGE * covariance.diagonal().mean().clamp_min(1e-12)
    eye = torch.eye(size, dtype=torch.float64)
    lower = torch.linalg.cholesky(covariance + ridge * eye)
    return torch.linalg.solve_triangular(lower, eye, upper=False).tril()


def relative_uncertainty(factor: torch.Tensor, hidden: torch.Tensor) -> torch.Tensor:
    """|M [h_K; 1]| of Eq. (10), without κ, [atoms]."""
    return (with_one(hidden) @ factor.T).norm(dim=1)

"""The shape of the uncertainty, Eq. (10)."""

import numpy as np
import torch
from scipy.stats import spearmanr

from sswnn.training.calibration import DIRECTIONS, RIGIDITY, shaped
from sswnn.twin.uncertainty import fit_factor

SIZE = 12


def errors_along(features: torch.Tensor, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Normally distributed errors [atoms, 3] whose size is that of one direction of the features, and that size [atoms]."""
    direction = torch.randn(SIZE, generator=generator, dtype=torch.float64)
    sigma = 0.02 + 0.1 * (features @ direction).abs()
    return sigma[:, None] * torch.randn(len(features), 3, generator=generator, dtype=torch.float64), sigma


def test_uncertainty_follows_the_errors_of_the_data():
    generator = torch.Generator().manual_seed(1)
    features = torch.randn(6000, SIZE, generator=generator, dtype=torch.float64)
    errors, sigma = errors_along(features, generator)
    squares = errors.square().mean(1)
    plain = fit_factor(features[:3000])
    factor = shaped(plain, features[:3000], squares[:3000])
    held_out = features[3000:]
    predicted = (held_out @ factor.T).norm(dim=1)
    assert spearmanr(predicted, sigma[3000:])[0] > 0.9
    assert abs(spearmanr((held_out @ plain.T).norm(dim=1), sigma[3000:])[0]) < 0.5


def test_what_the_data_do_not_show_stays_uncertain():
    generator = torch.Generator().manual_seed(2)
    features = torch.randn(2000, SIZE, generator=generator, dtype=torch.float64)
    features[:, 0] *= 1e-3  # no training atom differs in this
    errors, _ = errors_along(features, generator)
    plain = fit_factor(features)
    factor = shaped(plain, features, errors.square().mean(1))
    strange = torch.zeros(SIZE, dtype=torch.float64)
    strange[0] = 1.0
    typical = (features @ factor.T).norm(dim=1).median()
    assert (factor @ strange).norm() > 30 * typical


def test_factor_is_triangular_and_no_smaller_than_the_share_of_the_rigidity():
    generator = torch.Generator().manual_seed(3)
    features = torch.randn(400, SIZE, generator=generator, dtype=torch.float64)
    plain = fit_factor(features)
    squares = torch.rand(400, generator=generator, dtype=torch.float64)
    factor = shaped(plain, features, squares)
    np.testing.assert_array_equal(factor, factor.tril())
    rest = np.linalg.eigvalsh((factor.T @ factor - RIGIDITY * plain.T @ plain).numpy())
    assert rest.min() > -1e-9 * rest.max()
    assert (rest > 1e-9 * rest.max()).sum() <= DIRECTIONS


def test_few_atoms_give_a_finite_factor():
    generator = torch.Generator().manual_seed(4)
    for atoms in (1, 3):
        features = torch.randn(atoms, SIZE, generator=generator, dtype=torch.float64)
        factor = shaped(fit_factor(features), features, torch.zeros(atoms, dtype=torch.float64))
        assert torch.isfinite(factor).all() and (factor.diagonal() > 0).all()

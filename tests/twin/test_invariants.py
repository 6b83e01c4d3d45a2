"""Eqs. (3), (5), (6): couplings, rotations, radial functions, the pull-back against autograd."""

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from sswnn.errors import ModelError
from sswnn.twin.harmonics import solid_harmonics
from sswnn.twin.initial import DEFAULT_TRIPLES
from sswnn.twin.invariants import Density, Invariants, MixRadial, PullBack, couplings
from sswnn.twin.radial import basis_spline, evaluate_basis, flattened


@pytest.fixture(scope="module")
def invariants():
    return Invariants(3, 4, *couplings(4, DEFAULT_TRIPLES)).double()


def density(vectors: np.ndarray) -> torch.Tensor:
    """A_nlm of 3 arbitrary radial channels."""
    r = np.linalg.norm(vectors, axis=1)
    harmonics = np.array(solid_harmonics(*(vectors / r[:, None]).T, 4))
    radial = np.array([np.exp(-r), r * np.exp(-r), np.cos(r)])
    return torch.from_numpy(radial @ harmonics.T)[None]


@pytest.mark.parametrize("seed", range(4))
def test_invariants_do_not_change_under_rotations_and_inversion(invariants, seed):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(7, 3))
    turned = -Rotation.random(rng=rng).apply(vectors)
    before, after = invariants(density(vectors)), invariants(density(turned))
    assert (density(vectors) - density(turned)).abs().max() > 0.1
    torch.testing.assert_close(before, after, rtol=1e-12, atol=1e-12)


def test_four_body_terms_are_the_sum_that_the_theory_states(invariants):
    offset, index, value = couplings(4, DEFAULT_TRIPLES)
    a = density(np.random.default_rng(1).normal(size=(5, 3)))[0].numpy()
    plain = [
        [
            sum(value[t] * np.prod(a[n, index[t]]) for t in range(offset[c], offset[c + 1]))
            for n in range(3)
        ]
        for c in range(len(offset) - 1)
    ]
    ours = invariants(torch.from_numpy(a)[None])[0, -3 * len(plain) :]
    assert np.abs(plain).max() > 0.1
    np.testing.assert_allclose(ours.numpy(), np.ravel(plain), rtol=1e-11, atol=1e-13)


def test_couplings_are_normalised_before_merging():
    offset, _, value = couplings(4, [(1, 2, 3)])  # three different l: nothing to merge
    assert offset.tolist() == [0, len(value)]
    np.testing.assert_allclose((value**2).sum(), 1)


def test_couplings_do_not_repeat():
    assert len(couplings(4, [(1, 1, 2), (2, 1, 1), (1, 2, 1)])[0]) == 2


@pytest.mark.parametrize("triple", [(1, 1, 1), (1, 1, 4), (2, 2, 5), (0, 1, 1)])
def test_couplings_without_an_invariant_are_refused(triple):
    with pytest.raises(ModelError, match="coupling"):
        couplings(4, [triple])


def test_radial_functions_are_smooth_and_end_at_the_cutoff():
    basis = torch.from_numpy(basis_spline(6.0, 12, 60))
    knots = torch.linspace(0, 6.0, 61, dtype=torch.float64)[1:-1]
    for left, right in zip(
        evaluate_basis(basis, 6.0, knots - 1e-9),
        evaluate_basis(basis, 6.0, knots + 1e-9),
        strict=True,
    ):
        assert left.abs().max() > 0.1
        torch.testing.assert_close(left, right, atol=1e-6, rtol=0)
    end = evaluate_basis(basis, 6.0, torch.tensor([6.0 - 1e-8], dtype=torch.float64))
    assert max(part.abs().max() for part in end) < 1e-6


@pytest.mark.parametrize(("shortest", "kept"), [(1.2, 12), (1.29, 12), (0.1, 1), (0.05, 0)])
def test_flattened_radial_functions_are_constant_below_and_the_same_above(shortest, kept):
    basis = basis_spline(6.0, 12, 60)
    flat = flattened(basis, 6.0, shortest)
    np.testing.assert_array_equal(flat[kept:], basis[kept:])
    np.testing.assert_array_equal(flat[: max(kept - 1, 0), 1:], 0)
    r = torch.arange(1, 60, dtype=torch.float64) * 0.1
    for left, right in zip(
        evaluate_basis(torch.from_numpy(flat), 6.0, r - 1e-9),
        evaluate_basis(torch.from_numpy(flat), 6.0, r + 1e-9),
        strict=True,
    ):
        torch.testing.assert_close(left, right, atol=1e-6, rtol=0)


def test_pull_back_is_the_derivative_of_the_density(potential, frame):
    """∂(Σ G·A)/∂r_ij by automatic differentiation through Eqs. (3) to (5), written independently."""
    from sswnn.twin.neighbours import neighbour_list

    species, positions, cell, pbc = frame
    batch = potential.make_batch(
        species, np.zeros(7, dtype=int), *neighbour_list(positions, cell, pbc, 6.0)
    )
    values, slopes = MixRadial.apply(potential.mixing, batch.phi, batch.phi_slope, batch)
    gradient = torch.from_numpy(
        np.random.default_rng(2).normal(size=Density.apply(values, batch).shape)
    )
    ours = PullBack.apply(gradient, values, slopes, batch, potential.expansion)

    used = batch.slot_of_pair
    vectors = batch.displacement[used].clone().requires_grad_()
    r = vectors.norm(dim=1)
    phi = evaluate_basis(potential.radial_basis, 6.0, r)[0]
    kinds = torch.cat([torch.full((end - begin,), kind) for kind, begin, end in batch.pair_types])
    radial = torch.einsum("knp,kp->kn", potential.mixing.detach().flatten(0, 1)[kinds], phi)
    harmonics = torch.stack(solid_harmonics(*(vectors / r[:, None]).unbind(1), 4), dim=1)
    total = torch.einsum("kn,ka,kna->", radial, harmonics, gradient[batch.centre[used]])
    (expected,) = torch.autograd.grad(total, vectors)
    assert expected.abs().max() > 0.1
    torch.testing.assert_close(ours[used].detach(), expected, rtol=1e-10, atol=1e-10)
    assert (
        ours.detach()[torch.ones(batch.slots, dtype=torch.bool).index_fill(0, used, False)]
        .abs()
        .max()
        == 0
    )


def test_hand_written_derivatives_pass_gradcheck(potential, frame):
    from sswnn.twin.neighbours import neighbour_list

    species, positions, cell, pbc = frame
    batch = potential.make_batch(
        species, np.zeros(7, dtype=int), *neighbour_list(positions, cell, pbc, 3.2)
    )
    mixing = potential.mixing.detach()[:, :, :2].clone().requires_grad_()

    def pairs(mixing, gradient):
        values, slopes = MixRadial.apply(mixing, batch.phi, batch.phi_slope, batch)
        return Density.apply(values, batch), PullBack.apply(
            gradient, values, slopes, batch, potential.expansion
        )

    gradient = torch.randn(
        7,
        2,
        25,
        dtype=torch.float64,
        generator=torch.Generator().manual_seed(0),
        requires_grad=True,
    )
    assert torch.autograd.gradcheck(pairs, (mixing, gradient), fast_mode=True)

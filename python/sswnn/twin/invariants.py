"""Neighbour density, Eq. (3), its pull-back to the pair vectors, and the invariants of Eq. (6).

The geometry (harmonics, radial functions) is constant during training, so no graph is built through
it. Instead of a second derivative of (3), the gradient of an atom's energy to a pair vector is
written out, with G = ∂e/∂A:

    ∂e/∂r = u Σ_n R_n' Σ_lm C_lm G_nlm + (1 - u uᵀ) Σ_n (R_n / r) Σ_lm G_nlm Σ_l'm' D_lm,l'm' C_l'm'

(D: `harmonics.gradient_matrix`), which is bilinear in (R, R') and G and needs first derivatives only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import product

import numpy as np
import torch

from sswnn.errors import ModelError
from sswnn.twin.batch import Batch
from sswnn.twin.harmonics import solid_harmonics, sphere_quadrature

SMALLEST_COUPLING = 1e-12


class MixRadial(torch.autograd.Function):
    """R_n and R_n' of Eq. (5) in padded slots, from φ_p, φ_p' of pairs sorted by type."""

    @staticmethod
    def forward(ctx, mixing, phi, slope, batch: Batch):
        """mixing [Z, Z, N, P]; phi, slope [p, P] -> values, slopes [slots, N]."""
        pairs = mixing.flatten(0, 1)
        out = []
        for functions in (phi, slope):
            mixed = functions.new_empty(len(functions), mixing.shape[2])
            for kind, begin, end in batch.pair_types:
                torch.mm(functions[begin:end], pairs[kind].T, out=mixed[begin:end])
            out.append(
                mixed.new_zeros(batch.slots, mixed.shape[1]).index_copy_(
                    0, batch.slot_of_pair, mixed
                )
            )
        ctx.save_for_backward(phi, slope)
        ctx.batch, ctx.shape = batch, mixing.shape
        return tuple(out)

    @staticmethod
    def backward(ctx, *grads):
        batch = ctx.batch
        out = grads[0].new_zeros(ctx.shape)
        pairs = out.flatten(0, 1)
        for functions, grad in zip(ctx.saved_tensors, grads, strict=True):
            sorted_grad = grad.index_select(0, batch.slot_of_pair)
            for kind, begin, end in batch.pair_types:
                pairs[kind].addmm_(sorted_grad[begin:end].T, functions[begin:end])
        return out, None, None, None


class Density(torch.autograd.Function):
    """A_nlm of Eq. (3): values [slots, N] -> [atoms, N, (L+1)²]."""

    @staticmethod
    def forward(ctx, values, batch: Batch):
        ctx.batch = batch
        out = values.new_empty(batch.atoms, values.shape[1], batch.harmonics.shape[1])
        for atoms, slots, width in batch.blocks:
            torch.bmm(
                _blocks(values, slots, width).mT,
                _blocks(batch.harmonics, slots, width),
                out=out[atoms],
            )
        return out

    @staticmethod
    def backward(ctx, grad):
        batch = ctx.batch
        out = grad.new_empty(batch.slots, grad.shape[1])
        for atoms, slots, width in batch.blocks:
            torch.bmm(
                _blocks(batch.harmonics, slots, width),
                grad[atoms].mT,
                out=_blocks(out, slots, width),
            )
        return out, None


class PullBack(torch.autograd.Function):
    """∂e_i/∂r_ij of every slot, [slots, 3], from G = ∂e/∂A [atoms, N, (L+1)²], values and slopes [slots, N]."""

    @staticmethod
    def forward(ctx, gradient, values, slopes, batch: Batch, expansion):
        atoms, channels, size = gradient.shape
        wide = (gradient.reshape(-1, size) @ expansion).view(atoms, channels, size, 4)
        wide = wide.permute(0, 2, 3, 1).reshape(atoms, size, 4 * channels)
        along = values.new_empty(batch.slots, 4 * channels)
        for members, slots, width in batch.blocks:
            torch.bmm(
                _blocks(batch.harmonics, slots, width),
                wide[members],
                out=_blocks(along, slots, width),
            )
        along = along.view(-1, 4, channels)
        scaled = values * batch.inverse_distance[:, None]
        radial = (slopes * along[:, 0]).sum(1)
        vector = (scaled[:, None] * along[:, 1:]).sum(2)
        ctx.save_for_backward(along, scaled, slopes, expansion)
        ctx.batch = batch
        return _with_radial_part(vector, radial, batch.directions)

    @staticmethod
    def backward(ctx, grad):
        along, scaled, slopes, expansion = ctx.saved_tensors
        batch, channels = ctx.batch, scaled.shape[1]
        radial = (grad * batch.directions).sum(1, keepdim=True)
        vector = grad - batch.directions * radial
        grad_slopes = along[:, 0] * radial
        grad_values = (along[:, 1:] * vector[:, :, None]).sum(1) * batch.inverse_distance[:, None]
        back = torch.empty_like(along)
        torch.mul(slopes, radial, out=back[:, 0])
        torch.mul(scaled[:, None], vector[:, :, None], out=back[:, 1:])
        size = batch.harmonics.shape[1]
        wide = back.new_empty(batch.atoms, size, 4 * channels)
        back = back.view(batch.slots, 4 * channels)
        for members, slots, width in batch.blocks:
            torch.bmm(
                _blocks(batch.harmonics, slots, width).mT,
                _blocks(back, slots, width),
                out=wide[members],
            )
        wide = wide.view(-1, size, 4, channels).permute(0, 3, 1, 2).reshape(-1, 4 * size)
        return (
            (wide @ expansion.T).view(batch.atoms, channels, size),
            grad_values,
            grad_slopes,
            None,
            None,
        )


def _blocks(slots: torch.Tensor, where: slice, width: int) -> torch.Tensor:
    return slots[where].view(-1, width, slots.shape[1])


def _with_radial_part(
    vector: torch.Tensor, radial: torch.Tensor, directions: torch.Tensor
) -> torch.Tensor:
    """Tangential part of `vector` plus `radial` along the direction."""
    return vector + directions * (radial - (vector * directions).sum(1))[:, None]


def couplings(
    lmax: int, triples: Sequence[tuple[int, int, int]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Four-body terms of Eq. (6): K = ∫ C_a C_b C_d dΩ by a quadrature that is exact for these polynomials.

    Terms with the same three indices in another order are merged. Each coupling is scaled so that
    the squares of its unmerged coefficients sum to one.

    Parameters
    ----------
    lmax : int
    triples : sequence of (l1, l2, l3)
        Each within 1 … lmax, with even sum, obeying the triangle rule; order and repetitions do not matter.

    Returns
    -------
    offset : ndarray [Q+1] int32
    index : ndarray [T, 3] int32
    value : ndarray [T]

    Raises
    ------
    ModelError
        If a triple has no invariant.
    """
    unique = list(dict.fromkeys(tuple(sorted(int(v) for v in triple)) for triple in triples))
    points, weights = sphere_quadrature(3 * lmax)
    harmonics = np.stack(solid_harmonics(*points.T, lmax))
    offset, index, value = [0], [], []
    for triple in unique:
        l1, l2, l3 = triple
        if not 1 <= l1 <= l3 <= lmax or sum(triple) % 2 or l3 > l1 + l2:
            raise ModelError(
                f"coupling {list(triple)}: needs 1 <= l <= {lmax}, an even sum and l3 <= l1 + l2"
            )
        blocks = [range(v * v, (v + 1) ** 2) for v in triple]
        full = np.einsum("aq,bq,dq,q->abd", *(harmonics[b] for b in blocks), weights, optimize=True)
        full /= np.linalg.norm(full)
        merged: dict[tuple[int, ...], float] = defaultdict(float)
        for indices in product(*blocks):
            entry = full[tuple(i - b[0] for i, b in zip(indices, blocks, strict=True))]
            if abs(entry) > SMALLEST_COUPLING:
                merged[tuple(sorted(indices))] += float(entry)
        index += list(merged)
        value += list(merged.values())
        offset.append(len(index))
    shape = np.array(index, dtype=np.int32).reshape(-1, 3)
    return np.array(offset, dtype=np.int32), shape, np.array(value, dtype=float)


class Invariants(torch.nn.Module):
    """G of Eq. (6) from A. The four-body terms are factorised into small matrix products.

    With a, b, d the indices of the terms: q_c = Σ_(c,d) A_d Σ_(a,b) K A_a A_b, where the products
    A_a A_b are shared by all couplings, and gathers are products with matrices of zeros and ones
    (so that their derivatives are fast, too).
    """

    def __init__(self, channels: int, lmax: int, offset, index, value):
        super().__init__()
        self.channels, self.lmax, self.couplings = channels, lmax, len(offset) - 1
        rows, columns = np.triu_indices(channels)
        self.register_buffer("upper", torch.as_tensor(rows * channels + columns), persistent=False)
        for name, matrix in zip(
            ("left", "right", "value", "last", "segment"),
            _factorise(lmax, offset, index, value),
            strict=True,
        ):
            self.register_buffer(name, torch.as_tensor(matrix), persistent=False)

    def forward(self, density: torch.Tensor) -> torch.Tensor:
        """[atoms, N, (L+1)²] -> [atoms, F]."""
        atoms, channels, size = density.shape
        parts = [density[:, :, 0]]
        for block in density.split([2 * v + 1 for v in range(self.lmax + 1)], dim=2)[1:]:
            parts.append((block @ block.mT).view(atoms, -1)[:, self.upper])
        if self.couplings:
            flat = density.reshape(-1, size)
            partial = ((flat @ self.left) * (flat @ self.right)) @ self.value
            fourth = (partial * (flat @ self.last)) @ self.segment
            parts.append(fourth.view(atoms, channels, -1).mT.reshape(atoms, -1))
        return torch.cat(parts, dim=1)


def _factorise(lmax: int, offset, index, value) -> tuple[np.ndarray, ...]:
    """Matrices left, right [(L+1)², pairs], value [pairs, columns], last [(L+1)², columns], segment [columns, Q]."""
    size = (lmax + 1) ** 2
    split = []
    for c in range(len(offset) - 1):
        terms = [tuple(int(v) for v in index[t]) for t in range(offset[c], offset[c + 1])]
        split += [(c, *t[:2], t[2], float(value[offset[c] + k])) for k, t in enumerate(terms)]
    pairs = {pair: k for k, pair in enumerate(dict.fromkeys((a, b) for _, a, b, _, _ in split))}
    columns = {
        column: k for k, column in enumerate(dict.fromkeys((c, d) for c, _, _, d, _ in split))
    }
    left, right, last = (np.zeros((size, n)) for n in (len(pairs), len(pairs), len(columns)))
    middle, segment = (
        np.zeros((len(pairs), len(columns))),
        np.zeros((len(columns), len(offset) - 1)),
    )
    for (a, b), k in pairs.items():
        left[a, k] = right[b, k] = 1
    for (c, d), k in columns.items():
        last[d, k] = segment[k, c] = 1
    for c, a, b, d, entry in split:
        middle[pairs[a, b], columns[c, d]] += entry
    return left, right, middle, last, segment

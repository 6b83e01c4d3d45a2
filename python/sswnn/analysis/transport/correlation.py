"""Mean products of displacements against lag time, over all time origins, by fast Fourier transforms.

Eq. (1) of docs/transport.md,

    S_ab(k) = < [a(t+k) − a(t)] [b(t+k) − b(t)] > = [ Σ_t a_t b_t + a_{t+k} b_{t+k} − a_t b_{t+k} − b_t a_{t+k} ] / (T − k),

the last two a correlation (Calandrini et al., 2011, doi:10.1051/sfn/201112010). Spectra are added over the atoms before the
inverse transform, so an atom costs one forward transform per axis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from sswnn.analysis.transport.displacements import Displacements, batches

PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
"""Axes of the six products: xx, yy, zz, xy, xz, yz."""
_GROUPS = 128
_WORK_BYTES = 2**21
"""Displacements transformed at once, bytes; small enough for the cache."""


@dataclass(frozen=True)
class LagProducts:
    """Mean products of displacements of some atoms of one run, K lags of one interval each, from 0.

    Attributes
    ----------
    mean
        (K, 6) products of `PAIRS` averaged over atoms and origins, A^2.
    groups
        (G, K) sum of xx, yy and zz averaged over the atoms of each of G groups, A^2: their spread tells the error.
    sizes
        (G,) atoms of each group.
    frames
        Of the run: lag k has frames - k origins.
    interval_ps
        Of the frames, ps.
    """

    mean: np.ndarray
    groups: np.ndarray
    sizes: np.ndarray
    frames: int
    interval_ps: float

    @property
    def atoms(self) -> int:
        """Number of atoms."""
        return int(self.sizes.sum())

    @property
    def total(self) -> np.ndarray:
        """(K,) xx + yy + zz, A^2."""
        return self.mean[:, :3].sum(axis=1)

    def error(self) -> np.ndarray:
        """(K,) standard error of `total` from the spread over the groups; not-a-number for a single one."""
        count = len(self.sizes)
        if count < 2:
            return np.full(len(self.groups[0]), np.nan)
        weight = self.sizes[:, None] / self.atoms
        spread = (weight**2 * (self.groups - self.total) ** 2).sum(axis=0)
        return np.sqrt(spread * count / (count - 1))


def lag_products(moved: Displacements, atoms: np.ndarray, lags: int, *, cross: bool = True) -> LagProducts:
    """Products of the displacements of each atom, averaged over atoms and origins.

    Parameters
    ----------
    moved
        Displacements of a run.
    atoms
        Indices of the atoms.
    lags
        K, number of lags, at most the number of frames.
    cross
        False leaves xy, xz and yz zero, which saves a quarter of the time.
    """
    count = min(len(atoms), _GROUPS)
    pairs = PAIRS if cross else PAIRS[:3]
    mean, groups, sizes = np.zeros((lags, 6)), np.zeros((count, lags)), np.zeros(count)
    for g, members in enumerate(np.array_split(atoms, count)):
        sums = _Sums(moved.frames, lags, pairs)
        for part in batches(members, moved.frames):
            sums.add(moved.read(part))
        products = sums.products()
        mean[:, : len(pairs)] += products / len(atoms)
        groups[g], sizes[g] = products[:, :3].sum(axis=1) / len(members), len(members)
    return LagProducts(mean, groups, sizes, moved.frames, moved.interval_ps)


def pooled(products: Sequence[LagProducts]) -> np.ndarray:
    """(K, 6) mean over runs; a lag of a run counts with its particles times origins."""
    total = np.zeros((max(len(p.mean) for p in products), 6))
    weight = np.zeros((len(total), 1))
    for p in products:
        here = _samples(p)[:, None]
        total[: len(here)] += here * p.mean
        weight[: len(here)] += here
    return total / weight


def pooled_error(products: Sequence[LagProducts]) -> np.ndarray:
    """(K,) standard error of the pooled xx + yy + zz from the spread over groups of atoms."""
    square = np.zeros(max(len(p.mean) for p in products))
    weight = np.zeros(len(square))
    for p in products:
        here = _samples(p)
        square[: len(here)] += (here * p.error()) ** 2
        weight[: len(here)] += here
    return np.sqrt(square) / weight


def _samples(products: LagProducts) -> np.ndarray:
    """(K,) particles times origins."""
    return products.atoms * (products.frames - np.arange(len(products.mean)))


class _Sums:
    """Spectra and products summed over atoms."""

    def __init__(self, frames: int, lags: int, pairs: tuple[tuple[int, int], ...]):
        self.frames, self.lags, self.pairs = frames, lags, pairs
        self.size = next_fast_len(frames + lags, real=True)  # longer lags wrap around and are not wanted
        self.spectrum = np.zeros((len(pairs), self.size // 2 + 1))
        self.square = np.zeros((len(pairs), frames))

    def add(self, r_nct: np.ndarray) -> None:
        """Add atoms, displacements (b, 3, T)."""
        r_nct -= r_nct.mean(axis=2, keepdims=True)  # smaller numbers, less cancellation
        step = max(1, _WORK_BYTES // (24 * self.frames))
        for k in range(0, len(r_nct), step):
            r = r_nct[k : k + step]
            f = rfft(r, n=self.size, axis=2)
            real, imaginary = f.real, f.imag
            for p, (a, b) in enumerate(self.pairs):
                self.spectrum[p] += np.einsum("nf,nf->f", real[:, a], real[:, b])
                self.spectrum[p] += np.einsum("nf,nf->f", imaginary[:, a], imaginary[:, b])
                self.square[p] += np.einsum("nt,nt->t", r[:, a], r[:, b])

    def products(self) -> np.ndarray:
        """(lags, pairs) sums over the atoms of the means over origins."""
        correlation = irfft(self.spectrum, n=self.size, axis=1)[:, : self.lags]
        head = np.cumsum(self.square, axis=1)[:, ::-1][:, : self.lags]  # sums over the first T - k
        tail = np.cumsum(self.square[:, ::-1], axis=1)[:, ::-1][:, : self.lags]  # sums over the last T - k
        result = (head + tail - 2 * correlation) / (self.frames - np.arange(self.lags))
        result[:3] = np.maximum(result[:3], 0.0)
        return result.T

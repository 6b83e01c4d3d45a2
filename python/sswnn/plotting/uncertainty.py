"""Force errors against predicted uncertainty: density of atoms, and root mean squares in bins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib.colors import LogNorm

from sswnn.plotting.style import HIGHLIGHT, OTHER_COLOURS, SEQUENCE, figure


def plot_uncertainty(
    predicted: np.ndarray,
    error: np.ndarray,
    edges: np.ndarray,
    path: str | Path,
    *,
    classes: dict[str, np.ndarray] | None = None,
) -> None:
    """Root mean square force component error of atoms against the one that was predicted, on logarithmic axes.

    Parameters
    ----------
    predicted
        (atoms,) predicted uncertainties, eV/Å; positive.
    error
        (atoms,) root mean squares of the errors of each atom's force components, eV/Å.
    edges
        (bins + 1,) rising limits of the bins of `predicted`.
    path
        Picture to write.
    classes
        (atoms,) masks by name: subsets whose root mean squares are drawn in the same bins; at least 30 atoms in a bin.
    """
    shown = (predicted > 0) & (error > 0)
    x, y = np.log10(predicted[shown]), np.log10(error[shown])
    low, high = np.percentile(x, [0.05, 99.95])
    with figure(path, size=(6.4, 5.0)) as (drawn, axes):
        bottom, top = np.percentile(y, [0.5, 99.95])
        counts = axes.hist2d(10**x, 10**y, bins=(np.logspace(low, high, 90), np.logspace(bottom, top, 90)),
                             norm=LogNorm(), cmap="Greys", rasterized=True)  # fmt: skip
        drawn.colorbar(counts[3], ax=axes, label="atoms", fraction=0.045, pad=0.02)
        span = 10 ** np.array([min(low, bottom), max(high, top)])
        axes.plot(span, span, color="0.4", lw=0.9, ls="--", label="ideal")
        centre, rms, quartiles = binned(predicted, error, edges)
        axes.fill_between(
            centre, *quartiles, color=HIGHLIGHT, alpha=0.2, lw=0, label="quartiles of the bin"
        )
        axes.plot(centre, rms, "o-", color=HIGHLIGHT, ms=4, label="root mean square")
        for k, (name, mask) in enumerate((classes or {}).items()):
            centre, rms, _ = binned(predicted[mask], error[mask], edges)
            if len(centre):
                shade = (SEQUENCE[1], *OTHER_COLOURS)[k % 5]
                axes.plot(centre, rms, "--", color=shade, lw=1.3, label=f"{name}, RMS")
        axes.set(xscale="log", yscale="log", xlim=10 ** np.array([low, high]), ylim=10 ** np.array([bottom, top]),
                 xlabel="predicted uncertainty of the atom / eV Å$^{-1}$",
                 ylabel="RMS of its force component errors / eV Å$^{-1}$")  # fmt: skip
        axes.legend(loc="upper left", fontsize=8)


def members(values: np.ndarray, edges: np.ndarray, fewest: int) -> Iterator[tuple[int, np.ndarray]]:
    """Number and mask of each bin with at least `fewest` values; those beyond the limits count in the bins at the ends."""
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    for k in range(len(edges) - 1):
        here = place == k
        if here.sum() >= fewest:
            yield k, here


def binned(
    predicted: np.ndarray, error: np.ndarray, edges: np.ndarray, fewest: int = 30
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each bin with at least `fewest` atoms: root mean square of `predicted` and of `error`, quartiles of `error`.

    Returns
    -------
    predicted, error : (bins,)
    quartiles : (2, bins)
    """
    rows = [
        (
            np.sqrt(np.mean(predicted[here] ** 2)),
            np.sqrt(np.mean(error[here] ** 2)),
            *np.percentile(error[here], [25, 75]),
        )
        for _, here in members(predicted, edges, fewest)
    ]
    table = np.array(rows, dtype=float).reshape(-1, 4)
    return table[:, 0], table[:, 1], table[:, 2:].T

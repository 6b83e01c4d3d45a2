"""Held-out errors against cost, and the front of what nothing else beats in both."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from sswnn.plotting.style import HIGHLIGHT, figure

_OURS, _PEERS = HIGHLIGHT, "#2171b5"


def front(cost: ArrayLike, error: ArrayLike) -> np.ndarray:
    """Indices of the points that no other point beats or equals in both cost and error, by rising cost.

    Of points equal in both, the first counts. A point with NaN is never on the front.
    """
    costs, errors = np.asarray(cost, dtype=float), np.asarray(error, dtype=float)
    best = np.inf
    found: list[int] = []
    for k in np.lexsort((errors, costs)):
        if np.isfinite(costs[k]) and errors[k] < best:
            best = errors[k]
            found.append(int(k))
    return np.array(found, dtype=int)


def plot_pareto(
    names: Sequence[str],
    cost: ArrayLike,
    energy: ArrayLike,
    force: ArrayLike,
    peer: ArrayLike,
    path: str | Path,
) -> None:
    """Errors of forces and of energies against cost, with the fronts of ours and of the peers.

    Parameters
    ----------
    names
        Of the potentials.
    cost
        µs per atom and step.
    energy, force
        Root mean square errors, meV/atom and eV/Å.
    peer
        Which are peers; the others are ours.
    path
        Picture to write.
    """
    costs, peers = np.asarray(cost, dtype=float), np.asarray(peer, dtype=bool)
    panels = ((force, "force component RMSE / eV Å$^{-1}$"), (energy, "energy RMSE / meV per atom"))
    with figure(path, columns=2, size=(9.6, 4.4)) as (_, axes):
        for panel, (values, label) in zip(axes, panels, strict=True):
            errors = np.asarray(values, dtype=float)
            for members, shade, mark, title in (
                (~peers, _OURS, "o", "sswnn"),
                (peers, _PEERS, "s", "peers"),
            ):
                chosen = np.flatnonzero(members)
                if not len(chosen):
                    continue
                edge = chosen[front(costs[chosen], errors[chosen])]
                panel.plot(costs[edge], errors[edge], "-", color=shade, lw=1.2, alpha=0.6)
                panel.plot(costs[chosen], errors[chosen], mark, color=shade, ms=6, mec="white", mew=0.6,
                           label=title)  # fmt: skip
                for k in chosen:
                    panel.annotate(names[int(k)], (costs[k], errors[k]), xytext=(5, 4), textcoords="offset points",
                                   fontsize=8, color=shade)  # fmt: skip
            panel.set(xscale="log", yscale="log", xlabel="µs per atom and step", ylabel=label)
            panel.margins(x=0.12, y=0.12)
        axes[0].legend(loc="upper right", title="line: front")

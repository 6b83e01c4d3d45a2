"""Held-out errors against cost, and the front of what nothing else beats in both."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike

from sswnn.plotting.style import HIGHLIGHT, figure

_OURS, _PEERS = HIGHLIGHT, "#2171b5"
_SIDES = [(side, 0.5 * up) for up in (0, 1) for side in (1, -1)] + [(0, 1.1)]
_SIDES += [(side, -up) for side, up in _SIDES]
"""Where a name may stand beside its point: right, centred or left, and how many lines above."""


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
    shades = [_PEERS if is_peer else _OURS for is_peer in peers]
    with figure(path, columns=2, size=(9.6, 4.6)) as (drawn, axes):
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
            panel.set(xscale="log", yscale="log", xlabel="µs per atom and step", ylabel=label)
            panel.margins(x=0.12, y=0.12)
            panel.xaxis.set_major_formatter("{x:g}")
            panel.yaxis.set_major_formatter("{x:g}")
            panel.yaxis.set_minor_formatter("{x:g}")
        drawn.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2, title="lines: fronts")
        drawn.draw_without_rendering()  # where texts go depends on the layout
        for panel, (values, _) in zip(axes, panels, strict=True):
            _name_points(panel, names, costs, np.asarray(values, dtype=float), shades)


def _name_points(axes: Any, names: Sequence[str], x: np.ndarray, y: np.ndarray, shades: Sequence[str]) -> None:
    """A name beside each point, where it hides least of the points and of the names before."""
    places = axes.transData.transform(np.column_stack([x, y]))
    boxes = [Bbox([place - 5, place + 5]) for place in places]  # pixels
    for name, where, place, shade in zip(names, zip(x, y, strict=True), places, shades, strict=True):
        if not np.isfinite(place).all():
            continue
        text = axes.annotate(name, where, (0, 0), textcoords="offset points", fontsize=8, color=shade)
        best, fewest = None, np.inf
        for right, up in _SIDES:
            text.set(position=(6 * right, 9 * up), ha=("right", "center", "left")[right + 1], va="center")
            box = text.get_window_extent()
            common = [shared for other in boxes if (shared := Bbox.intersection(box, other)) is not None]
            hidden = sum(shared.width * shared.height for shared in common) + 1e6 * (not axes.bbox.fully_containsx(box.x1))
            if hidden < fewest:
                best, fewest = (text.get_position(), text.get_ha(), box), hidden
        assert best is not None
        text.set(position=best[0], ha=best[1])
        boxes.append(best[2])

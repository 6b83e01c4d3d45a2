"""Pictures of a search for minima: its progress, and the energies of what it found."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sswnn.plotting.style import ELEMENT_COLOURS, HIGHLIGHT, OTHER_COLOURS, SEQUENCE, figure

NAMED_WALKERS = 6
"""So many walkers get a colour and a name each; more are drawn grey."""


def plot_progress(
    calls: Sequence[np.ndarray],
    energy: Sequence[np.ndarray],
    path: str | Path,
    *,
    unit: str = "eV",
    labels: Sequence[str] | None = None,
    reference: float | None = None,
) -> None:
    """Lowest energy so far against force calls: of each walker, and of all at the same number of calls.

    Parameters
    ----------
    calls
        For each walker the (m,) force calls it had used when it reached each minimum, increasing.
    energy
        For each walker the (m,) energies of these minima, in `unit`.
    path
        Picture to write.
    unit
        Unit of the energies, for the label, for example ``"eV/atom"`` or ``"ε"``.
    labels
        Names of the walkers, used up to `NAMED_WALKERS`.
    reference
        Energy to compare with, for example of a known global minimum.
    """
    labels = labels or [f"walker {k + 1}" for k in range(len(calls))]
    few = len(calls) <= NAMED_WALKERS
    shades = (SEQUENCE[1], *OTHER_COLOURS, ELEMENT_COLOURS["Cl"])
    end = max(float(c[-1]) for c in calls)
    with figure(path) as (_, axes):
        for k, (c, e) in enumerate(zip(calls, energy, strict=True)):
            axes.step(
                np.append(c, end),
                np.minimum.accumulate(np.append(e, np.min(e))),
                where="post",
                color=shades[k] if few else "0.72",
                lw=1.1 if few else 0.7,
                label=labels[k] if few else (f"{len(calls)} walkers" if k == 0 else None),
            )
        together, best = running_best(calls, energy)
        axes.step(
            np.append(together, end),
            np.append(best, best[-1]),
            where="post",
            color="black",
            lw=1.8,
            ls=(0, (4, 1.5)) if few else "-",
            label="lowest of all",
        )
        if reference is not None:
            axes.axhline(reference, color=HIGHLIGHT, lw=1, ls=":", label="reference")
        first = max(1.0, min(float(c[0]) for c in calls))
        axes.set(
            xlabel="force calls of each walker",
            ylabel=f"lowest energy so far / {unit}",
            xscale="log",
            xlim=(first, max(end, 1.001 * first)),
        )
        axes.ticklabel_format(axis="y", useOffset=False)
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))


def running_best(
    calls: Sequence[np.ndarray], energy: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Force calls (m,) at which the lowest energy of all walkers falls, and the energies (m,).

    Walkers are compared at the same number of calls of each, as if they ran side by side.
    """
    order = np.argsort(np.concatenate(calls), kind="stable")
    together, best = np.concatenate(calls)[order], np.concatenate(energy)[order]
    best = np.minimum.accumulate(best)
    falls = np.flatnonzero(np.append(True, np.diff(best) < 0))
    return together[falls], best[falls]


def plot_spectrum(
    energy: np.ndarray,
    path: str | Path,
    *,
    composition: Sequence[str] | None = None,
    space_group: Sequence[str] | None = None,
    unit: str = "meV/atom",
    window: float | None = None,
    named: int = 5,
) -> None:
    """Energies of distinct minima above the lowest one, one ladder of sticks per composition.

    Parameters
    ----------
    energy
        (m,) energies, in `unit`.
    path
        Picture to write.
    composition
        Formula of each minimum; each has its own zero. None: all are one.
    space_group
        Symbol of each minimum; the `named` lowest sticks of a ladder are coloured and carry theirs.
    unit
        Unit of the energies, for the label.
    window
        Highest energy drawn; None: all. The number of those above it stands over the ladder.
    named
        Number of sticks that carry their space group.
    """
    energy = np.asarray(energy, dtype=float)
    groups = np.array(composition if composition is not None else [""] * len(energy))
    ladders = list(dict.fromkeys(groups.tolist()))
    above = energy.copy()
    for name in ladders:
        above[groups == name] -= energy[groups == name].min()
    top = float(window if window is not None else max(above.max(), 1e-9))
    size = (1.6 + 1.9 * len(ladders), 4.2)
    with figure(path, size=(max(size[0], 3.4), size[1])) as (_, axes):
        for column, name in enumerate(ladders):
            members = np.flatnonzero(groups == name)
            members = members[np.argsort(above[members], kind="stable")]
            heights = above[members]
            texts = [] if space_group is None else [str(space_group[k]) for k in members[:named]]
            _ladder(axes, column, heights[heights <= top], texts, top)
            missing = int((heights > top).sum())
            count = f"{len(heights)} minima" + (f",\n{missing} above {top:.3g}" if missing else "")
            axes.text(column, 1.01, count, transform=axes.get_xaxis_transform(),
                      ha="center", va="bottom", fontsize=8, color="0.4")  # fmt: skip
        axes.set(
            ylabel=f"energy above the lowest minimum / {unit}",
            ylim=(-0.04 * top, 1.02 * top),
            xlim=(-0.45, len(ladders) - 0.25),
        )
        axes.set_xticks(range(len(ladders)), [subscripted(name) for name in ladders])
        axes.tick_params(axis="x", length=0)


def _ladder(axes: Any, column: int, heights: np.ndarray, texts: list[str], top: float) -> None:
    """Sticks of one composition; the first ones coloured, with texts moved apart beside them."""
    left, right = column - 0.28, column + 0.18
    texts = texts[: len(heights)]
    axes.hlines(heights[len(texts) :], left, right, color="0.55", lw=0.8)
    places = spread(heights[: len(texts)], 0.052 * top)
    for k, (text, height, place) in enumerate(zip(texts, heights, places, strict=False)):
        shade = HIGHLIGHT if k == 0 else SEQUENCE[1]
        axes.hlines(height, left, right, color=shade, lw=1.6, zorder=3)
        axes.plot([right, right + 0.07], [height, place], color=shade, lw=0.5)
        axes.text(right + 0.09, place, _symbol(text), va="center", fontsize=8, color=shade)


def spread(places: np.ndarray, gap: float) -> np.ndarray:
    """Ascending places moved up as little as keeps them at least `gap` apart."""
    moved = np.array(places, dtype=float)
    for k in range(1, len(moved)):
        moved[k] = max(moved[k], moved[k - 1] + gap)
    return moved


def subscripted(formula: str) -> str:
    """A formula with its numbers as subscripts, in matplotlib's notation."""
    pieces: list[str] = []
    for letter in formula:
        pieces.append(f"$_{{{letter}}}$" if letter.isdigit() else letter)
    return "".join(pieces).replace("}$$_{", "")


def _symbol(space_group: str) -> str:
    """A Hermann-Mauguin symbol with its bars above and screw axes below, in matplotlib's notation."""
    text, k = "", 0
    while k < len(space_group):
        if space_group[k] == "-" and k + 1 < len(space_group):
            text += rf"\bar{{{space_group[k + 1]}}}"
            k += 2
        elif space_group[k] == "_" and k + 1 < len(space_group):
            text += f"_{{{space_group[k + 1]}}}"
            k += 2
        else:
            text += space_group[k]
            k += 1
    return f"${text}$" if text else ""

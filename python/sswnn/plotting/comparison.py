"""Two potentials on the same phases: energies above the lowest one, and both hulls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sswnn.plotting.hull import mixture
from sswnn.plotting.search import subscripted
from sswnn.plotting.style import ELEMENT_COLOURS, HIGHLIGHT, OTHER_COLOURS, figure
from sswnn.thermo.compounds import KJ_PER_MOL, Hull
from sswnn.thermo.reevaluate import Comparison

_SHADES = ("#2171b5", HIGHLIGHT, ELEMENT_COLOURS["Cl"], *OTHER_COLOURS, ELEMENT_COLOURS["Li"])
_MARKS = "osD^vPX"
_ABOVE: dict[str, Any] = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0)}
"""Legends stand above the axes: points may lie anywhere in them."""


def plot_comparison(
    comparison: Comparison, path: str | Path, *, names: tuple[str, str] = ("before", "after")
) -> None:
    """Energies above the lowest phase of each composition with both potentials; with two endmembers also both hulls.

    Parameters
    ----------
    comparison
        Of `sswnn.thermo.reevaluate.compare`.
    path
        Picture to write.
    names
        Of the two potentials.
    """
    binary = len(comparison.before.endmembers) == 2
    with figure(path, columns=1 + binary, size=(4.6 + 4.6 * binary, 4.2), squeeze=False) as (_, axes):
        _parity(axes[0, 0], comparison, names)
        if binary:
            _hulls(axes[0, 1], comparison, names)


def _parity(axes: Any, comparison: Comparison, names: tuple[str, str]) -> None:
    formulas = [change.formula for change in comparison.changes]
    top = 0.0
    for k, formula in enumerate(formulas):
        members = [p for p in comparison.pairs if p.before.formula == formula]
        before = 1000 * np.array([p.before.energy_per_atom for p in members])
        after = 1000 * np.array([p.after.energy_per_atom for p in members])
        x, y = before - before.min(), after - after.min()
        top = max(top, x.max(), y.max())
        axes.plot(x, y, _MARKS[k % len(_MARKS)], color=_SHADES[k % len(_SHADES)], ms=5, mew=0.4, mec="white",
                  label=subscripted(formula))  # fmt: skip
    axes.plot([0, top], [0, top], color="0.6", lw=0.8, zorder=1)
    axes.set(
        xlabel=f"above the lowest / meV per atom\n{names[0]}",
        ylabel=f"{names[1]}\nabove the lowest / meV per atom",
    )
    axes.legend(**_ABOVE, ncols=min(4, len(formulas)), handletextpad=0.2, columnspacing=1.0)


def _hulls(axes: Any, comparison: Comparison, names: tuple[str, str]) -> None:
    for hull, name, shade, mark in (
        (comparison.before, names[0], "0.45", "o"),
        (comparison.after, names[1], HIGHLIGHT, "s"),
    ):
        x, energy, stable = _lowest(hull)
        axes.plot(x[stable], energy[stable], color=shade, lw=1.3)
        axes.plot(x, energy, mark, color=shade, ms=6, mfc="white", mew=1.1)
        axes.plot(x[stable], energy[stable], mark, color=shade, ms=6, label=name)
    axes.axhline(0, color="0.7", lw=0.7, zorder=1)
    axes.set(
        xlabel=f"$x$ in {mixture(comparison.after)}",
        ylabel="formation energy of the lowest phase\n/ kJ per mole of the mixture",
    )
    axes.legend(**_ABOVE, title="filled: on the hull")


def _lowest(hull: Hull) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, formation energy (kJ per mole of the mixture) and stability of the compounds."""
    rows = [(c.x[-1], c.formation_ev_per_atom * c.mixture_atoms * KJ_PER_MOL, c.stable) for c in hull.compounds]
    table = np.array(rows, dtype=float)
    return table[:, 0], table[:, 1], table[:, 2].astype(bool)

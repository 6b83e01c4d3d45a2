"""Pictures of a self-learning loop: errors and uncertain fraction against cycles."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.ticker import MaxNLocator

from sswnn.plotting.style import HIGHLIGHT, figure

_ERRORS = (
    ("energy", "energy_mev_per_atom", "meV/atom"),
    ("force", "force_ev_per_a", "eV/Å"),
    ("stress", "stress_gpa", "GPa"),
)
_CURVES = (
    ("held_out_all", "held out from the start", {"color": "#2171b5", "marker": "o"}),
    ("test", "all held out by now", {"color": "#6baed6", "marker": "o", "ms": 7, "mfc": "none", "ls": "--"}),
    ("unseen", "new frames, before training", {"color": HIGHLIGHT, "marker": "s"}),
)


def plot_cycles(table: Mapping[str, np.ndarray], path: str | Path) -> None:
    """Errors of energy, force and stress, and the uncertain fraction, against cycles.

    Parameters
    ----------
    table
        Columns of learning.csv by name, NaN where a cycle has no value.
    path
        Picture to write.
    """
    with figure(path, columns=4, size=(12.0, 3.3)) as (drawn, panels):
        for axes, (name, column, unit) in zip(panels, _ERRORS, strict=False):
            for prefix, label, look in _CURVES:
                values = table[f"{prefix}_{column}"]
                if np.isfinite(values).any():
                    axes.plot(table["cycle"], values, label=label, **{"ms": 4, **look})
            axes.set(xlabel="cycle", ylabel=f"{name} RMSE / {unit}", yscale="log")
        drawn.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
        last = panels[-1]
        last.plot(table["cycle"], 100 * table["uncertain_fraction"], "o-", color="0.3", ms=4)
        last.set(xlabel="cycle", ylabel="uncertain frames / %", ylim=(0, None))
        for axes in panels:
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.set_xlim(-0.3, max(float(table["cycle"].max()), 1.0) + 0.3)

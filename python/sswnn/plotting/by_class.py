"""Errors of several potentials side by side, class by class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from sswnn.plotting.style import figure


def plot_by_class(errors: dict[str, dict[str, float]], label: str, path: str | Path) -> None:
    """Horizontal points on a logarithmic axis: a line for each class, a mark for each potential.

    Parameters
    ----------
    errors
        By potential, then by class; all with the same classes.
    label
        Of the axis, with unit.
    path
        Picture to write.
    """
    rows = list(next(iter(errors.values())))
    height = np.arange(len(rows))[::-1]
    with figure(path, size=(6.4, 1.2 + 0.34 * len(rows))) as (_, axes):
        for mark, (name, values) in zip("osD^vPX*", errors.items(), strict=False):
            axes.plot(
                [values[row] for row in rows], height, mark, label=name, ms=6, mec="white", mew=0.5
            )
        axes.set_yticks(height, rows)
        axes.grid(axis="y", lw=0.4, color="0.85")
        axes.set(xscale="log", xlabel=label)
        axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)

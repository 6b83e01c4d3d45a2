"""Van Hove functions: self part of each element, distinct part of each pair, one line for each lag time."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np

from sswnn.analysis.sites.vanhove import VanHoveResult
from sswnn.plotting.style import figure

_HIGHEST = 6.0
"""Of the axis of distinct parts: the peak at zero, of ions that take the place of others, would hide the shells."""


def plot_van_hove(result: VanHoveResult, path: str | Path) -> None:
    """One panel for each element and each pair, dark to light with the lag.

    Parameters
    ----------
    result
        Van Hove functions.
    path
        Picture to write.
    """
    panels = [
        (f"self, {x}", values, r"$4\pi r^2 G_s(r,t)$ / Å$^{-1}$")
        for x, values in result.self_per_A.items()
    ]
    panels += [
        (f"distinct, {a}-{b}", values, "$G_d(r,t)$, ideal gas = 1")
        for (a, b), values in result.distinct.items()
    ]
    shades = matplotlib.colormaps["viridis"](np.linspace(0, 0.9, len(result.lag_ps)))
    columns = max(len(panels), 1)
    with figure(path, columns=columns, size=(4.3 * columns, 3.6), squeeze=False) as (_, axes):
        for panel, (title, values, name) in zip(axes[0], panels, strict=False):
            own = title.startswith("self")
            for lag, row, shade in zip(result.lag_ps, values, shades, strict=True):
                if own and lag == 0:
                    continue  # a peak at zero that would hide the others
                panel.plot(result.r_A, row, color=shade, lw=1.3, label=f"{lag:g} ps")
            if not own:
                panel.axhline(1, color="0.6", lw=0.7, ls=":")
            top = None if own else min(_HIGHEST, 1.05 * values.max()) or None
            panel.set(xlabel="r / Å", ylabel=name, title=title, xlim=(0, None), ylim=(0, top))
        if panels:
            axes[0, -1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5), title="lag")

"""Ions between the layers against time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.ticker import MaxNLocator

from sswnn.analysis.interlayer import InterlayerResult
from sswnn.plotting.style import SEQUENCE, figure


def plot_interlayer(result: InterlayerResult, path: str | Path, *, ion: str = "Li") -> None:
    """Number of ions in each space between layers, from the interface inwards."""
    with figure(path) as (_, axes):
        for k, series in enumerate(result.count.T):
            shade = SEQUENCE[min(k, len(SEQUENCE) - 1)]
            axes.plot(
                result.time_ps,
                series,
                color=shade,
                lw=1.2,
                label=f"between layers {k + 1} and {k + 2}",
            )
        axes.set(
            xlabel="time / ps",
            ylabel=f"{ion} between layers",
            xlim=(result.time_ps[0], max(result.time_ps[-1], result.time_ps[0] + 1e-9)),
            ylim=(0, max(4, 1.1 * np.max(result.count))),
        )
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))

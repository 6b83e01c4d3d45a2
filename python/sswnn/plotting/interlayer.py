"""Ions between the layers against time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.ticker import MaxNLocator

from sswnn.analysis.interface.interlayer import InterlayerResult
from sswnn.plotting.style import SEQUENCE, figure


def plot_interlayer(result: InterlayerResult, path: str | Path, *, ion: str = "Li") -> None:
    """Number of ions in each space between layers, from the interface inwards."""
    with figure(path) as (_, axes):
        for k, ((a, b), series) in enumerate(zip(result.between, result.count.T, strict=True)):
            where = (
                f"between layers {a + 1} and {b + 1}"
                if a != b
                else f"between the two layers {a + 1}"
            )
            shade = SEQUENCE[min(k, len(SEQUENCE) - 1)]
            axes.plot(
                result.time_ps,
                series,
                color=shade,
                lw=1.2,
                label=where,
            )
        axes.set(
            xlabel="time / ps",
            ylabel=f"{ion} between layers",
            xlim=(result.time_ps[0], max(result.time_ps[-1], result.time_ps[0] + 1e-9)),
            ylim=(0, max(4, 1.1 * np.max(result.count))),
        )
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))

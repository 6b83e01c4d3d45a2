"""Mean-square displacement against lag time."""

from __future__ import annotations

from pathlib import Path

from sswnn.analysis.transport.msd import MSDResult
from sswnn.plotting.style import colour, figure


def plot_msd(result: MSDResult, path: str | Path) -> None:
    """Left: sum over directions with its standard error. Right: along each axis, per element."""
    with figure(path, columns=2, size=(8.6, 3.6)) as (_, (left, right)):
        for k, (element, values) in enumerate(result.msd_A2.items()):
            shade, total, error = colour(element, k), values.sum(axis=1), result.error_A2[element]
            left.plot(
                result.lag_ps,
                total,
                color=shade,
                label=f"{element} ({result.atoms[element]} atoms)",
            )
            left.fill_between(
                result.lag_ps, total - error, total + error, color=shade, alpha=0.25, lw=0
            )
            for direction, dash in enumerate(("-", "--", ":")):
                right.plot(
                    result.lag_ps,
                    values[:, direction],
                    color=shade,
                    ls=dash,
                    lw=1.2,
                    label=f"{element} {'xyz'[direction]}",
                )
        left.set_title("all directions")
        right.set_title("along each axis")
        for axes in (left, right):
            axes.set(
                xlabel="lag time / ps",
                ylabel="mean-square displacement / Å²",
                xlim=(0, result.lag_ps[-1]),
            )
            axes.set_ylim(bottom=0)
        left.legend(loc="upper left")
        right.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))

"""Hops of ions between octahedra, and the vacancies they fill, against time."""

from __future__ import annotations

from pathlib import Path

from matplotlib.ticker import MaxNLocator

from sswnn.analysis.interface.hops import HopsResult
from sswnn.plotting.style import HIGHLIGHT, OTHER_COLOURS, SEQUENCE, figure

_KINDS = (("A", "B"), ("B", "A"), ("B", "B"), ("A", "A"))


def plot_hops(result: HopsResult, path: str | Path, *, ion: str = "Li") -> None:
    """Cumulative hops in and between the layers; vacant octahedra of each kind."""
    with figure(path, columns=2, size=(9.0, 3.4), sharex=True) as (_, axes):
        left, right = axes
        for (a, b), shade in zip(
            _KINDS, (SEQUENCE[0], SEQUENCE[2], *OTHER_COLOURS[:1], OTHER_COLOURS[2]), strict=True
        ):
            left.step(
                result.time_ps,
                result.cumulative(a, b),
                where="post",
                color=shade,
                lw=1.2,
                label=f"{ion}$_{a}$ → {ion}$_{b}$",
            )
        left.step(
            result.time_ps, result.into_vacancies(), where="post", color=HIGHLIGHT, lw=1.4, ls="--",
            label="into vacancies behind\nthe first layer",
        )  # fmt: skip
        left.set(ylabel="hops", ylim=(0, None))
        for k, name in enumerate(result.kinds):
            where = (
                f"in layer {int(name[1:]) + 1}"
                if name[0] == "A"
                else f"behind layer {int(name[1:]) + 1}"
            )
            style = "-" if name[0] == "B" else "--"
            right.plot(
                result.time_ps,
                result.vacancies[:, k],
                color=SEQUENCE[int(name[1:]) % len(SEQUENCE)],
                ls=style,
                lw=1.1,
                label=where,
            )
        right.set(ylabel="vacant octahedra", ylim=(0, None))
        for panel in axes:
            panel.set(
                xlabel="time / ps",
                xlim=(result.time_ps[0], max(result.time_ps[-1], result.time_ps[0] + 1e-9)),
            )
            panel.yaxis.set_major_locator(MaxNLocator(integer=True))
            panel.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))

"""Density profiles, one panel per element."""

from __future__ import annotations

from pathlib import Path

from sswnn.analysis.interface.profile import ProfileResult
from sswnn.plotting.style import colour, figure


def plot_profile(
    result: ProfileResult,
    path: str | Path,
    *,
    reference: ProfileResult | None = None,
    labels: tuple[str, str] = ("", ""),
) -> None:
    """Number density of each element against height.

    Parameters
    ----------
    result
        Drawn filled.
    path
        File.
    reference
        For comparison, drawn as a thin line (for example the start of the run).
    labels
        Legend entries of `result` and `reference`.
    """
    elements = list(result.density_per_A3)
    size = (6.2, 1.0 + 1.35 * len(elements))
    with figure(path, rows=len(elements), size=size, sharex=True, squeeze=False) as (drawn, axes):
        for k, (element, panel) in enumerate(zip(elements, axes[:, 0], strict=True)):
            shade = colour(element, k)
            density = result.density_per_A3[element]
            panel.fill_between(result.z_A, density, color=shade, alpha=0.35, lw=0)
            panel.plot(result.z_A, density, color=shade, lw=1.0, label=labels[0])
            if reference is not None and element in reference.density_per_A3:
                panel.plot(
                    reference.z_A,
                    reference.density_per_A3[element],
                    color="0.25",
                    lw=0.8,
                    label=labels[1],
                )
            panel.set_ylim(bottom=0)
            panel.set_xlim(0, result.z_A[-1])
            panel.text(
                1.01,
                0.5,
                element,
                transform=panel.transAxes,
                color=shade,
                weight="bold",
                va="center",
            )
            if k == 0 and any(labels):
                panel.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2)
        axes[-1, 0].set_xlabel("height z / Å")
        drawn.supylabel("number density / Å⁻³", fontsize=10)

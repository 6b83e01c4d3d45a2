"""Powder patterns over each other, with their lines and the plane distance that is compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sswnn.analysis.structures.xrd import Pattern, profile, two_theta_of
from sswnn.plotting.style import HIGHLIGHT, OTHER_COLOURS, figure

_SHADES = ("#08306b", *OTHER_COLOURS, "#3d9a4e", "#7b3fa0")
_POINTS = 4000


def plot_xrd(
    patterns: Sequence[Pattern],
    path: str | Path,
    *,
    labels: Sequence[str] | None = None,
    two_theta: tuple[float, float] = (5.0, 60.0),
    width: float = 0.1,
    spacing: float | None = None,
) -> None:
    """Broadened patterns, the first one on top, with a tick under each for every line.

    Parameters
    ----------
    patterns
        Of one wavelength.
    path
        Picture to write.
    labels
        Of the patterns, in matplotlib's notation; None: their formulas.
    two_theta
        Range of scattering angles, degrees.
    width
        Full width at half maximum of the lines, degrees.
    spacing
        Plane distance that is marked, A.
    """
    labels = labels if labels is not None else [p.formula for p in patterns]
    angles = np.linspace(*two_theta, _POINTS)
    step = 128.0
    with figure(path, size=(6.8, 1.5 + 1.05 * len(patterns))) as (_, axes):
        for k, (pattern, label) in enumerate(zip(patterns, labels, strict=True)):
            base = step * (len(patterns) - 1 - k)
            shade = _SHADES[k % len(_SHADES)]
            axes.plot(angles, base + profile(pattern, angles, width=width), color=shade, lw=0.9)
            visible = pattern.intensity > 0.5
            axes.vlines(pattern.two_theta[visible], base - 11, base - 4, color=shade, lw=0.7)
            axes.text(1.015, base + 4, label, color=shade, va="bottom", fontsize=9, transform=axes.get_yaxis_transform())
        top = step * len(patterns)
        if spacing is not None and two_theta[0] < two_theta_of(spacing, patterns[0].wavelength) < two_theta[1]:
            place = two_theta_of(spacing, patterns[0].wavelength)
            axes.axvline(place, color=HIGHLIGHT, lw=0.9, ls="--", zorder=1)
            axes.text(place, top, f"$d$ = {spacing:g} Å, {place:.2f}°", color=HIGHLIGHT, ha="center", va="bottom", fontsize=9)
        axes.set(
            xlabel=rf"scattering angle $2\theta$ / degrees ($\lambda$ = {patterns[0].wavelength:.4g} Å)",
            ylabel="intensity", xlim=two_theta, ylim=(-20, top), yticks=[],
        )  # fmt: skip

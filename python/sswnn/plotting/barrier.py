"""Energies along hops, by channel, with the curve through energies and slopes of the images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from sswnn.barriers.compare import EngineHop
from sswnn.barriers.study import HopResult
from sswnn.errors import AnalysisError
from sswnn.plotting.style import HIGHLIGHT, OTHER_COLOURS, SEQUENCE, figure

_SHADES = (
    SEQUENCE[0],
    OTHER_COLOURS[0],
    SEQUENCE[2],
    OTHER_COLOURS[3],
    OTHER_COLOURS[2],
    SEQUENCE[3],
)
_TITLES = {
    "I": "I: layer to interlayer space", "II": "II: in the interlayer space", "III": "III: in the layer", "": "no channel",
}  # fmt: skip


def plot_barriers(
    results: Sequence[HopResult],
    path: str | Path,
    *,
    engine: Sequence[EngineHop] = (),
    engine_name: str = "",
    published: tuple[float, float] | None = None,
) -> None:
    """One panel for each channel; hops that did not converge are dashed.

    Parameters
    ----------
    results
        Hops; those without a band are left out.
    path
        Picture to write.
    engine, engine_name
        Another engine at the same images, drawn as crosses.
    published
        Lowest and highest published barrier, eV, drawn as a band.

    Raises
    ------
    AnalysisError
        If no hop has a band.
    """
    drawn = [r for r in results if r.energies_ev]
    channels = [c for c in _TITLES if any(r.channel == c for r in drawn)]
    if not channels:
        raise AnalysisError("no hop has a band, there is nothing to draw")
    theirs = {hop.name: hop for hop in engine}
    lines = max(sum(r.channel == c for r in drawn) for c in channels) + bool(engine)
    size = (1.4 + 3.2 * len(channels), 3.2 + 0.22 * lines)
    with figure(path, columns=len(channels), size=size, sharey=True, squeeze=False) as (_, axes):
        for panel, channel in zip(axes[0], channels, strict=True):
            if published:
                panel.axhspan(*published, color=HIGHLIGHT, alpha=0.08, lw=0)
            for k, result in enumerate(r for r in drawn if r.channel == channel):
                _draw(panel, result, _SHADES[k % len(_SHADES)], theirs.get(result.name))
            if engine:
                panel.plot([], [], "x", color="#555555", label=f"{engine_name}, same images")
            panel.set(title=_TITLES[channel], xlabel="path of all atoms / Å")
            panel.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2))  # below: curves fill the panel
        axes[0][0].set(ylabel="energy / eV")


def _draw(panel: Any, result: HopResult, shade: str, theirs: EngineHop | None) -> None:
    s, e = np.array(result.coordinate_A), np.array(result.energies_ev)
    fine = np.linspace(s[0], s[-1], 200)
    curve = CubicHermiteSpline(s, e, result.slopes_ev_per_A)
    name = f"{result.name}, {result.distance_A:.2f} Å: {result.forward_ev:.2f} / {result.backward_ev:.2f} eV"
    panel.plot(fine, curve(fine), color=shade, ls="-" if result.converged else "--", lw=1.2)
    panel.plot(s, e, "o", color=shade, ms=3.5, label=name)
    if theirs is not None:
        panel.plot(s, theirs.energies_ev, "x", color=shade, ms=5)

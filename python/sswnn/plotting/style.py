"""The look shared by all figures: fonts, sizes, one colour per element, how a file is written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

ELEMENT_COLOURS = {"Li": "#7b3fa0", "Zr": "#0072b2", "Hf": "#0072b2", "Cl": "#3d9a4e"}
"""Okabe-Ito like hues; elements not listed take `OTHER_COLOURS` in turn."""
OTHER_COLOURS = ("#e69f00", "#56b4e9", "#555555", "#cc79a7")
HIGHLIGHT = "#d7301f"
"""What the reader must see first: dissolved atoms, published values."""
SEQUENCE = ("#08306b", "#2171b5", "#6baed6", "#9ecae1", "#c6dbef")
"""Ordered quantities, for example layers from the interface inwards."""

_RC: dict[Any, Any] = {
    "figure.dpi": 110,
    "savefig.dpi": 160,
    "font.size": 10,
    "font.family": "DejaVu Sans",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.labelsize": 10,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "lines.linewidth": 1.5,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "svg.hashsalt": "sswnn",
}


def colour(element: str, index: int = 0) -> str:
    """Colour of an element; `index` tells unlisted elements apart."""
    return ELEMENT_COLOURS.get(element, OTHER_COLOURS[index % len(OTHER_COLOURS)])


def circle(shade: str, label: str) -> Line2D:
    """Entry of a legend for the circles that stand for atoms."""
    return Line2D(
        [],
        [],
        marker="o",
        ls="",
        color=shade,
        markeredgecolor="black",
        markeredgewidth=0.4,
        label=label,
    )


@contextmanager
def figure(
    path: str | Path,
    rows: int = 1,
    columns: int = 1,
    size: tuple[float, float] = (6.2, 3.6),
    **options: Any,
) -> Iterator[tuple[Figure, Any]]:
    """A figure in the common style and its axes (an array of them if there are several).

    It is written to `path`, whose suffix chooses the format, when the block ends.
    """
    with matplotlib.rc_context(_RC):
        drawn, axes = plt.subplots(rows, columns, figsize=size, layout="constrained", **options)
        try:
            yield drawn, axes
            drawn.savefig(path)
        finally:
            plt.close(drawn)

"""Phase diagrams: the hull along two endmembers with the spectrum of minima, and the Gibbs triangle of three."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.patheffects import withStroke

from sswnn.data.composition import parse_formula
from sswnn.plotting.search import _symbol, subscripted
from sswnn.plotting.style import HIGHLIGHT, figure
from sswnn.thermo.compounds import KJ_PER_MOL, Compound, Hull

_STICK = 0.016  # half the length of a stick of the spectrum, in x
_CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, np.sqrt(3) / 2]])
_PATCH = np.stack(np.meshgrid(*[np.linspace(-0.45, 0.45, 7)] * 2), axis=-1).reshape(-1, 2)
_OVER_TEXT = 8  # a text over a text hides more than one over a line


def mixture(hull: Hull) -> str:
    """Formula of the mixture whose formula unit the energies are given for, in matplotlib's notation."""
    names = [subscripted(n) if len(parse_formula(n)) == 1 and n.isalpha() else f"({subscripted(n)})" for n in hull.endmembers]
    return rf"{names[0]}$_{{1-x}}${names[1]}$_x$"


def plot_hull(hull: Hull, path: str | Path, *, window: float | None = None) -> None:
    """Formation energies of all distinct minima and their convex hull, against x of A_(1-x) B_x.

    Parameters
    ----------
    hull
        Along two endmembers.
    path
        Picture to write.
    window
        Highest energy drawn, kJ per mole of the mixture; None: chosen so that most minima are in it. The number of those above
        it stands over their column.
    """
    x = np.array([c.x[-1] for c in hull.compounds])
    scale = KJ_PER_MOL * np.array([c.mixture_atoms for c in hull.compounds])
    energy = hull.formation_ev_per_atom * scale[hull.compound_of]
    lowest = np.array([c.formation_ev_per_atom for c in hull.compounds]) * scale
    depth = max(-float(lowest.min()), 1.0)
    top = window if window is not None else _window(energy, lowest, depth)
    bottom = -depth - 0.2 * (top + depth)  # room for the labels under the hull
    with figure(path, size=(6.6, 4.6)) as (drawn, axes):
        colours = _sticks(axes, x[hull.compound_of], energy, top)
        _hull_line(axes, hull, x, lowest)
        drawn.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=2)
        _labels(axes, hull, x, lowest)
        turned = 90 if len(x) > 2 and np.diff(x).min() < 0.08 else 0
        for k, place in enumerate(x):
            above = int((energy[hull.compound_of == k] > top).sum())
            if above:
                axes.text(place, 1.01, f"+{above}", transform=axes.get_xaxis_transform(), rotation=turned,
                          ha="center", va="bottom", fontsize=8, color="0.4")  # fmt: skip
        axes.set(
            xlabel=f"$x$ in {mixture(hull)}",
            ylabel=f"formation energy / kJ mol$^{{-1}}$ of {mixture(hull)}",
            xlim=(-0.06, 1.06), ylim=(bottom, top),
        )  # fmt: skip
        right = axes.secondary_yaxis("right", functions=(lambda v: v / KJ_PER_MOL * 1000, lambda v: v * KJ_PER_MOL / 1000))
        right.set_ylabel("meV per formula unit")
        right.spines["right"].set_visible(True)
        if colours is not None:
            bar = drawn.colorbar(colours, ax=axes, pad=0.02, fraction=0.04, label="distinct minima nearby")
            bar.ax.yaxis.set_major_formatter("{x:g}")
            bar.ax.yaxis.set_minor_formatter("")


def _window(energy: np.ndarray, lowest: np.ndarray, depth: float) -> float:
    """Highest energy drawn: above nine of ten minima, but so that the depth of the hull is an eighth of the picture; above the
    lowest of every composition if there is no depth.
    """
    top = float(np.clip(np.quantile(energy, 0.9), 1.5 * depth, 8 * depth))
    return top if lowest.min() < 0 else max(top, 1.1 * float(lowest.max()))


def _sticks(axes: Any, x: np.ndarray, energy: np.ndarray, top: float) -> Any:
    """A stick for each minimum, coloured by the number of minima of its composition within 2 % of the window."""
    inside = energy <= top
    x, energy = x[inside], energy[inside]
    reach = 0.02 * (top - float(energy.min(initial=0.0)))
    near = np.array([np.sum((x == a) & (np.abs(energy - e) <= reach)) for a, e in zip(x, energy, strict=True)])
    if not len(near):
        return None
    order = np.argsort(-energy, kind="stable")
    norm = LogNorm(1, max(float(near.max()), 2.0))
    lines = axes.hlines(energy[order], x[order] - _STICK, x[order] + _STICK, lw=1.1, zorder=2)
    lines.set(cmap=_blues(), norm=norm, array=near[order])
    return lines


def _blues() -> Any:
    from matplotlib import colormaps
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("blues", colormaps["Blues"](np.linspace(0.3, 1.0, 64)))


def _hull_line(axes: Any, hull: Hull, x: np.ndarray, lowest: np.ndarray) -> None:
    stable = np.array([c.stable for c in hull.compounds])
    axes.plot(x[stable], lowest[stable], "-o", color="black", lw=1.3, ms=6, mfc=HIGHLIGHT, mew=0.8, zorder=5,
              label="on the hull", clip_on=False)  # fmt: skip
    if (~stable).any():
        axes.plot(x[~stable], lowest[~stable], "o", color="black", ms=5, mfc="white", mew=0.9, zorder=4,
                  label="lowest minimum, not stable")  # fmt: skip
    axes.axhline(0, color="0.6", lw=0.7, zorder=1)


def _labels(axes: Any, hull: Hull, x: np.ndarray, lowest: np.ndarray) -> None:
    """Formula and space group under each stable compound."""
    for k, compound in enumerate(hull.compounds):
        if not compound.stable:
            continue
        text = subscripted(compound.formula)
        group = compound.lowest.space_group
        if group is not None:
            text += f"\n{_symbol(group.symbol)}"
        place = {0.0: "left", 1.0: "right"}.get(round(float(x[k]), 6), "center")
        axes.annotate(text, (x[k], lowest[k]), (0, -9), textcoords="offset points", ha=place, va="top",
                      fontsize=9, color=HIGHLIGHT, linespacing=1.1, zorder=6)  # fmt: skip


def plot_triangle(hull: Hull, path: str | Path, *, shown: float = 0.1) -> None:
    """Gibbs triangle: stable phases with tie lines, and others coloured by their distance to the hull.

    Parameters
    ----------
    hull
        Along three endmembers; fractions are of atoms, so that lines between compounds are straight mixtures.
    path
        Picture to write.
    shown
        Compositions whose lowest phase is further above the hull are not drawn, eV/atom.
    """
    places = np.array([_fractions(c, hull) @ _CORNERS for c in hull.compounds])
    stable = np.array([c.stable for c in hull.compounds])
    above = np.array([c.above_hull_ev_per_atom for c in hull.compounds])
    with figure(path, size=(6.4, 5.6)) as (drawn, axes):
        axes.plot(*np.vstack([_CORNERS, _CORNERS[:1]]).T, color="0.55", lw=1.0, zorder=1)
        for i, j in hull.tie_lines:
            axes.plot(*places[[i, j]].T, color="0.25", lw=0.9, zorder=2)
        axes.plot(*places[stable].T, "o", color="black", mfc=HIGHLIGHT, ms=8, mew=0.9, zorder=4)
        others = ~stable & (above <= shown)
        if others.any():
            dots = axes.scatter(*places[others].T, c=1000 * above[others], cmap="viridis", s=30, marker="D",
                                edgecolors="white", linewidths=0.6, zorder=3, vmin=0)  # fmt: skip
            drawn.colorbar(dots, ax=axes, shrink=0.6, pad=0.02, label="above the hull / meV per atom")
        _name_compounds(axes, hull, places, stable)
        for name, corner in zip(hull.endmembers, _CORNERS, strict=True):
            if name in hull.absent:
                _name(axes, subscripted(name), corner, corner - _CORNERS.mean(axis=0), "0.5")
        if hull.absent:
            axes.text(0.5, -0.09, f"no energy of {', '.join(hull.absent)}: what coexists with it is not drawn",
                      ha="center", va="top", fontsize=8, color="0.4")  # fmt: skip
        axes.set(xlim=(-0.14, 1.14), ylim=(-0.13, 0.94))
        axes.set_aspect("equal")
        axes.axis("off")


def _fractions(compound: Compound, hull: Hull) -> np.ndarray:
    """(3,) shares of the endmembers, by atoms, at the corners of the triangle."""
    sizes = np.array([sum(parse_formula(name).values()) for name in hull.endmembers])
    atoms = compound.amounts * sizes
    return atoms / atoms.sum()


def _name_compounds(axes: Any, hull: Hull, places: np.ndarray, stable: np.ndarray) -> None:
    """Formulas of stable phases: outside of the triangle for those on its sides, where least is in the way for those inside."""
    lines = [_CORNERS[[i, (i + 1) % 3]] for i in range(3)] + [places[[i, j]] for i, j in hull.tie_lines]
    along = np.linspace(0, 1, 120)[:, None]
    ink = np.concatenate([a + along * (b - a) for a, b in lines] + [places])
    for k in np.flatnonzero(stable):
        text = hull.compounds[k].formula
        zeros = np.flatnonzero(_fractions(hull.compounds[k], hull) < 1e-9)
        if len(zeros) == 2:
            outward = places[k] - _CORNERS.mean(axis=0)
        elif len(zeros) == 1:
            outward = _CORNERS.mean(axis=0) - _CORNERS[zeros[0]]
        else:
            size = np.array([0.021 * len(text), 0.05])
            outward = _clearest(places[k], ink, size)
            covered = _middle(places[k], outward, size) + size * _PATCH
            ink = np.concatenate([ink, covered.repeat(_OVER_TEXT, axis=0)])
        _name(axes, subscripted(text), places[k], outward, "black")


def _clearest(place: np.ndarray, ink: np.ndarray, size: np.ndarray) -> np.ndarray:
    """(2,) direction in which a text of some width and height hides least of the points (n, 2) of what is drawn."""
    angles = np.radians(np.arange(0, 360, 10))
    best, fewest = np.array([1.0, 0.0]), np.inf
    for direction in np.stack([np.cos(angles), np.sin(angles)], axis=1):
        away = np.abs(ink - _middle(place, direction, size))
        hidden = int((away < 0.5 * size).all(axis=1).sum())
        if hidden < fewest:
            best, fewest = direction, hidden
    return best


def _middle(place: np.ndarray, direction: np.ndarray, size: np.ndarray) -> np.ndarray:
    """(2,) middle of a text that `_name` writes in a direction from a place."""
    return place + 0.035 * direction + 0.5 * size * _anchor(direction)


def _anchor(direction: np.ndarray) -> np.ndarray:
    """(2,) on which side of its place a text stands, -1, 0 or 1 along each axis."""
    return np.where(np.abs(direction) < (0.4, 0.7), 0.0, np.sign(direction))


def _name(axes: Any, text: str, place: np.ndarray, outward: np.ndarray, shade: str) -> None:
    direction = outward / np.linalg.norm(outward)
    right, up = _anchor(direction)
    aligned, level = ("center", "left", "right")[int(right)], ("center", "bottom", "top")[int(up)]
    axes.annotate(text, place, 11 * direction, textcoords="offset points", ha=aligned, va=level,
                  fontsize=10, color=shade, zorder=6,
                  path_effects=[withStroke(linewidth=3, foreground="white")])  # fmt: skip

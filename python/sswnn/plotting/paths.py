"""Free energy of the mobile ions along their lowest paths, and in the unit cell seen along two of its axes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sswnn.analysis.sites.paths import AXES, PathsResult
from sswnn.plotting.style import ELEMENT_COLOURS, HIGHLIGHT, figure

_SHADES = (ELEMENT_COLOURS["Zr"], ELEMENT_COLOURS["Cl"], HIGHLIGHT)


def plot_paths(result: PathsResult, path: str | Path) -> None:
    """Profiles along a, b and c, and two maps of the lowest free energy along a line of sight, with the paths.

    Parameters
    ----------
    result
        Paths of a density.
    path
        Picture to write.
    """
    with figure(path, columns=3, size=(12.4, 3.9), width_ratios=(1.15, 1, 1)) as (
        drawn,
        (left, middle, right),
    ):
        _profiles(left, result)
        top = max(
            [c.level for c in result.crossings if c is not None], default=result.resolution_eV
        )
        top = min(1.3 * top, result.resolution_eV) or 1.0
        for axes, sight in ((middle, 2), (right, 1)):
            mesh = _map(axes, result, sight, top)
        drawn.colorbar(mesh, ax=right, label="lowest free energy / eV", extend="max")


def _profiles(axes: Any, result: PathsResult) -> None:
    for k, (name, found) in enumerate(zip(AXES, result.crossings, strict=True)):
        if found is None:
            axes.plot([], [], color=_SHADES[k], label=f"{name}: none in this run")
            continue
        length, energy = result.profile(found)
        axes.plot(length, energy, color=_SHADES[k], lw=1.3, label=f"{name}: {found.level:.3f} eV")
        axes.axhline(found.level, color=_SHADES[k], lw=0.6, ls=":")
    axes.set(
        xlabel="along the path / Å",
        ylabel=f"free energy / eV at {result.temperature_K:g} K",
        title="lowest paths",
    )
    axes.set_xlim(left=0)
    axes.set_ylim(0, 1.45 * axes.get_ylim()[1])  # room for the legend
    axes.legend(loc="upper left")


def _map(axes: Any, result: PathsResult, sight: int, top: float) -> Any:
    """Lowest free energy along one axis over the plane of the other two."""
    across, up = (k for k in range(3) if k != sight)
    energy, cell = result.free_energy_eV, result.density.cell
    x_way = cell[across] / np.linalg.norm(cell[across])
    y_way = cell[up] - (cell[up] @ x_way) * x_way
    y_way = y_way / np.linalg.norm(y_way)
    plane = np.array([[cell[k] @ x_way, cell[k] @ y_way] for k in (across, up)])
    u, v = (np.arange(energy.shape[k] + 1) / energy.shape[k] for k in (across, up))
    corners = u[:, None, None] * plane[0] + v[None, :, None] * plane[1]
    lowest = energy.min(axis=sight)
    shown = np.where(np.isfinite(lowest), lowest, np.nan)
    mesh = axes.pcolormesh(
        corners[..., 0], corners[..., 1], shown, cmap="viridis_r", vmin=0, vmax=top, rasterized=True
    )
    shape = np.array(energy.shape)
    for k, found in enumerate(result.crossings):
        if found is None:
            continue
        place = ((found.voxels % shape) + 0.5) / shape
        flat = place[:, [across, up]] @ plane
        axes.plot(*flat.T, ".", color=_SHADES[k], ms=2.2)
    axes.set_aspect("equal")
    axes.set(
        xlabel=f"along {AXES[across]} / Å",
        ylabel=f"across {AXES[across]} / Å",
        title=f"seen along {AXES[sight]}",
    )
    return mesh

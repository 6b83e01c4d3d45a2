"""Mean-square displacement with averaging over all time origins, per element and direction.

The sums over origins are those of `sswnn.analysis.transport.correlation`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from sswnn.analysis.trajectories.trajectory import Frame
from sswnn.analysis.transport.correlation import LagProducts, lag_products, pooled, pooled_error
from sswnn.analysis.transport.displacements import (
    Displacements,
    collect,
    from_positions,
    same_interval,
)
from sswnn.errors import AnalysisError


@dataclass(frozen=True)
class MSDResult:
    """Mean-square displacement (K lags).

    Attributes
    ----------
    lag_ps
        (K,) ps.
    msd_A2
        Element -> (K, 3) along x, y and z, A^2.
    error_A2
        Element -> (K,) standard error of the sum over directions, from the spread over the atoms of the element, A^2.
        Atoms that move together make it too small.
    atoms
        Element -> number of atoms.
    frames
        Number of frames of all runs; lag k of a run is averaged over its frames - k origins.
    """

    lag_ps: np.ndarray
    msd_A2: dict[str, np.ndarray]
    error_A2: dict[str, np.ndarray]
    atoms: dict[str, int]
    frames: int

    def total(self, element: str) -> np.ndarray:
        """(K,) sum over the three directions, A^2."""
        return self.msd_A2[element].sum(axis=1)

    def to_dict(self) -> dict:
        """JSON-able by `sswnn.analysis.tables.jsonable`."""
        return {
            "frames": self.frames,
            "atoms": self.atoms,
            "lag_ps": self.lag_ps,
            "msd_xyz_A2": self.msd_A2,
            "error_A2": self.error_A2,
        }

    def columns(self) -> dict[str, np.ndarray]:
        """Columns of the CSV file."""
        table = {"lag_ps": self.lag_ps}
        for element, values in self.msd_A2.items():
            table[f"{element}_A2"] = values.sum(axis=1)
            table |= {f"{element}_{x}_A2": values[:, k] for k, x in enumerate("xyz")}
            table[f"{element}_error_A2"] = self.error_A2[element]
        return table


def mean_square_displacement(positions_tnc: np.ndarray) -> np.ndarray:
    """Mean-square displacement of each atom and direction, averaged over all origins.

    Parameters
    ----------
    positions_tnc
        (T, n, 3) unwrapped positions at equal intervals, A.

    Returns
    -------
    msd
        (T, n, 3) A^2; entry k is for a lag of k intervals.
    """
    frames, atoms, _ = positions_tnc.shape
    moved = from_positions(positions_tnc, ["X"] * atoms, interval_ps=1.0)
    each = [lag_products(moved, np.array([k]), frames, cross=False).mean[:, :3] for k in range(atoms)]
    return np.stack(each, axis=1)


def msd(
    frames: Iterable[Frame],
    *,
    elements: tuple[str, ...] | None = None,
    max_lag: float = 0.5,
    drift: str = "none",
    memory_gib: float = 2.0,
) -> MSDResult:
    """Mean-square displacement per element of one run.

    Positions that are not unwrapped are followed by the nearest image from frame to frame, which is right as
    long as no atom moves more than half a cell between frames.

    Parameters
    ----------
    frames
        At equal intervals, from `read_trajectory`.
    elements
        Which; all by default.
    max_lag
        Longest lag as a fraction of the trajectory, above 0 up to 1. Long lags have few origins.
    drift
        `"none"`, or `"mean"` to subtract the mean displacement of all atoms.
    memory_gib
        Above this the displacements are held in a temporary file.
    """
    if drift not in ("none", "mean"):
        raise AnalysisError(f"drift is {drift!r}, expected none or mean")
    _check_lag(max_lag)
    moved = collect(frames, still=() if drift == "mean" else None, memory_gib=memory_gib)
    return msd_of([moved], elements=elements, max_lag=max_lag)


def msd_of(
    runs: Sequence[Displacements], *, elements: tuple[str, ...] | None = None, max_lag: float = 0.5
) -> MSDResult:
    """Mean-square displacement per element, pooled over runs with one interval between frames; else as `msd`."""
    _check_lag(max_lag)
    same_interval(runs)
    present = tuple(dict.fromkeys(str(x) for run in runs for x in run.symbols))
    values, errors, atoms = {}, {}, {}
    for element in elements or present:
        products = [_products(run, run.of(element), max_lag) for run in runs]
        values[element] = pooled(products)[:, :3]
        errors[element] = pooled_error(products)
        atoms[element] = products[0].atoms
    frames = sum(run.frames for run in runs)
    lags = max(len(v) for v in values.values())
    return MSDResult(runs[0].interval_ps * np.arange(lags), values, errors, atoms, frames)


def _check_lag(max_lag: float) -> None:
    if not 0 < max_lag <= 1:
        raise AnalysisError(f"max_lag is {max_lag}, expected a fraction above 0 and up to 1")


def _products(run: Displacements, atoms: np.ndarray, max_lag: float) -> LagProducts:
    lags = max(2, int(np.floor(max_lag * (run.frames - 1))) + 1)
    return lag_products(run, atoms, lags, cross=False)

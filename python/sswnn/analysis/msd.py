"""Mean-square displacement with averaging over all time origins, per element and direction.

The sum over origins is done with fast Fourier transforms (Calandrini et al., 2011, doi:10.1051/sfn/201112010):
MSD(k) = [ Σ_t r_t² + r_{t+k}² − 2 r_t·r_{t+k} ] / (T − k), the last term an autocorrelation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft

from sswnn.analysis.trajectory import Frame
from sswnn.errors import AnalysisError

_CHUNK = 256
"""Atoms transformed at once, which bounds the memory."""


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
        Number of frames; lag k is averaged over frames - k origins.
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
    frames = len(positions_tnc)
    r = positions_tnc - positions_tnc.mean(axis=0)  # smaller numbers, less cancellation
    size = next_fast_len(2 * frames, real=True)
    transform = rfft(r, n=size, axis=0)
    correlation = irfft(transform * transform.conj(), n=size, axis=0)[:frames]
    square = r * r
    head = np.cumsum(square, axis=0)[::-1]  # sums of the first T - k
    tail = np.cumsum(square[::-1], axis=0)[::-1]  # sums of the last T - k
    origins = (frames - np.arange(frames))[:, None, None]
    result = (head + tail - 2 * correlation) / origins
    return np.maximum(result, 0.0)


def msd(
    frames: Iterable[Frame],
    *,
    elements: tuple[str, ...] | None = None,
    max_lag: float = 0.5,
    drift: str = "none",
) -> MSDResult:
    """Mean-square displacement per element.

    Positions that are not unwrapped are followed by the nearest image from frame to frame, which is right as
    long as no atom moves more than half a cell between frames.

    Parameters
    ----------
    frames
        At equal intervals, from `read_trajectory`; all positions are held in memory, 24 bytes per atom and frame.
    elements
        Which; all by default.
    max_lag
        Longest lag as a fraction of the trajectory, above 0 up to 1. Long lags have few origins.
    drift
        `"none"`, or `"mean"` to subtract the mean displacement of all atoms.
    """
    if drift not in ("none", "mean"):
        raise AnalysisError(f"drift is {drift!r}, expected none or mean")
    if not 0 < max_lag <= 1:
        raise AnalysisError(f"max_lag is {max_lag}, expected a fraction above 0 and up to 1")
    time_ps, symbols, positions = _collect(frames)
    if drift == "mean":
        positions = positions - (positions - positions[0]).mean(axis=1, keepdims=True)
    lags = max(2, int(np.floor(max_lag * (len(time_ps) - 1))) + 1)
    present = list(dict.fromkeys(str(x) for x in symbols))
    for element in elements or ():
        if element not in present:
            raise AnalysisError(
                f"no {element} in the trajectory, elements are {', '.join(present)}"
            )
    values, errors, atoms = {}, {}, {}
    for element in elements or present:
        values[element], errors[element] = _element_msd(positions[:, symbols == element], lags)
        atoms[element] = int((symbols == element).sum())
    return MSDResult(time_ps[:lags] - time_ps[0], values, errors, atoms, len(time_ps))


def _element_msd(positions: np.ndarray, lags: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean over atoms (K, 3) and the standard error of its sum over directions (K,), A^2."""
    n = positions.shape[1]
    total, square = np.zeros((lags, 3)), np.zeros(lags)
    for first in range(0, n, _CHUNK):
        part = mean_square_displacement(positions[:, first : first + _CHUNK])[:lags]
        total += part.sum(axis=1)
        square += (part.sum(axis=2) ** 2).sum(axis=1)
    mean = total / n
    variance = np.maximum(square / n - mean.sum(axis=1) ** 2, 0.0)
    error = np.sqrt(variance / (n - 1)) if n > 1 else np.full(lags, np.nan)
    return mean, error


def _collect(frames: Iterable[Frame]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times (T,), symbols (n,), unwrapped positions (T, n, 3)."""
    times: list[float] = []
    positions: list[np.ndarray] = []
    symbols = None
    for frame in frames:
        if frame.time_ps is None:
            raise AnalysisError(
                f"frame {frame.index} has no time: state the MD time step, --timestep FS"
            )
        if symbols is None:
            symbols = frame.symbols
        elif len(frame) != len(symbols) or (frame.symbols != symbols).any():
            raise AnalysisError(f"frame {frame.index} has other atoms than the first one")
        now = frame.positions
        if positions and not frame.unwrapped:
            step = (now - positions[-1]) @ np.linalg.inv(frame.cell)
            now = positions[-1] + (step - np.where(frame.pbc, np.rint(step), 0.0)) @ frame.cell
        times.append(frame.time_ps)
        positions.append(now)
    if symbols is None or len(times) < 2:
        raise AnalysisError(f"{len(times)} frames, a displacement needs at least 2")
    intervals = np.diff(times)
    if not np.allclose(intervals, intervals[0], rtol=1e-4, atol=0):
        raise AnalysisError(
            f"frames are not equally spaced: intervals from {intervals.min():g} to {intervals.max():g} ps"
        )
    return np.array(times), symbols, np.array(positions)

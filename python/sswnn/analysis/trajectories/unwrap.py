"""Atoms followed through a trajectory: unwrapped once, the drift of the framework removed, times checked.

Knows frames; knows nothing of what is computed from the displacements.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from sswnn.analysis.trajectories.frame import Frame, stated_time, without_periods
from sswnn.errors import AnalysisError

_SPACING = 1e-4
"""Relative difference of intervals between frames that rounding of the times may cause."""
_LONG, _LONG_SHARE = 0.4, 1e-3
"""Steps from frame to frame that are longer than this part of the cell, and how many of all may be: where steps come near half
a cell, others have been taken for shorter ones the other way."""


def followed(frames: Iterable[Frame], every: int = 1) -> Iterator[tuple[Frame, np.ndarray]]:
    """Each frame, or every so many, with the unwrapped positions of its atoms, (n, 3) A.

    Positions that are not unwrapped are followed by the nearest image from frame to frame, which is right as
    long as no atom moves more than half a cell between frames; of those that are left out as well.

    Raises
    ------
    AnalysisError
        A frame without a time, with other atoms than the first, or at another interval; wrapped frames too far apart.
    """
    first: Frame | None = None
    last = np.empty(0)
    times: list[float] = []
    steps, long = 0, 0
    for number, frame in enumerate(frames):
        time = stated_time(frame.index, frame.time_ps)
        if first is None:
            first = frame
        elif len(frame) != len(first) or (frame.symbols != first.symbols).any():
            raise AnalysisError(f"frame {frame.index} has other atoms than the first one")
        now = frame.positions
        if number and not frame.unwrapped:
            step = without_periods(now - last, frame)
            now = last + step
            steps += len(step)
            long += int((np.abs(step @ np.linalg.inv(frame.cell))[:, frame.pbc] > _LONG).any(axis=1).sum())
        last = now
        if number % every:
            continue
        times.append(time)
        yield frame, now
    if long > _LONG_SHARE * steps:
        raise AnalysisError(
            f"{100 * long / steps:.1f} % of the steps from frame to frame are longer than {_LONG} of the cell, so wrapped "
            "positions cannot be followed: write unwrapped ones (xu yu zu) or image flags (ix iy iz), or frames more often"
        )
    if len(times) < 2:
        raise AnalysisError(f"{len(times)} frames, a displacement needs at least 2")
    intervals = np.diff(times)
    if not np.allclose(intervals, intervals[0], rtol=_SPACING, atol=0):
        raise AnalysisError(
            f"frames are not equally spaced: intervals from {intervals.min():g} to {intervals.max():g} ps"
        )


def drift_of(symbols: np.ndarray, reference: tuple[str, ...] | None) -> Callable[[np.ndarray], np.ndarray]:
    """Function of (n, 3) displacements that gives the mean one of the reference atoms, (3,) A.

    Parameters
    ----------
    symbols
        (n,) chemical symbols.
    reference
        Elements whose mean is held still, for example those of the framework; () for all; None: nothing is subtracted.
    """
    if reference is None:
        return lambda displacements: np.zeros(3)
    chosen = np.isin(symbols, reference) if reference else np.ones(len(symbols), dtype=bool)
    if not chosen.any():
        present = ", ".join(dict.fromkeys(map(str, symbols)))
        raise AnalysisError(f"no {', '.join(reference)} in the trajectory, elements are {present}")
    return lambda displacements: displacements[chosen].mean(axis=0)

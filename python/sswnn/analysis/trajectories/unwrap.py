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


def followed(frames: Iterable[Frame]) -> Iterator[tuple[Frame, np.ndarray]]:
    """Each frame with the unwrapped positions of its atoms, (n, 3) A.

    Positions that are not unwrapped are followed by the nearest image from frame to frame, which is right as
    long as no atom moves more than half a cell between frames.

    Raises
    ------
    AnalysisError
        A frame without a time, with other atoms than the first, or at another interval.
    """
    first: Frame | None = None
    last = np.empty(0)
    times: list[float] = []
    for frame in frames:
        time = stated_time(frame.index, frame.time_ps)
        if first is None:
            first = frame
        elif len(frame) != len(first) or (frame.symbols != first.symbols).any():
            raise AnalysisError(f"frame {frame.index} has other atoms than the first one")
        now = frame.positions
        if times and not frame.unwrapped:
            now = last + without_periods(now - last, frame)
        last = now
        times.append(time)
        yield frame, now
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

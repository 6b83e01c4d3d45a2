"""One pass over a trajectory for several analyses, in one process or in many.

An analysis is split in three: `begin` looks at the first frame, `measure` reduces any frame to a few numbers without memory
of others, `collect` takes these in order of time. Only `measure` runs elsewhere, so bonds that are followed from
frame to frame come out the same with any number of processes.
"""

from __future__ import annotations

import multiprocessing
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

from sswnn.analysis.trajectories.frame import Frame, stated_time
from sswnn.analysis.trajectories.trajectory import RawFrame, Selection, read_raw
from sswnn.errors import AnalysisError

AHEAD = 3
"""Frames in memory for each process: one at work, two that wait."""


class Observer(Protocol):
    """An analysis that sees the frames of a trajectory once."""

    needs_time: bool
    """Frames without a time are an error; else their time is NaN."""

    def begin(self, frame: Frame) -> None:
        """Take what is fixed by the first frame: layers, sites, the grid."""

    def measure(self, frame: Frame) -> Any:
        """Reduce one frame; must not change the observer."""

    def collect(self, time_ps: float, measured: Any) -> None:
        """Take the next frame's numbers; frames come in order of time."""


Kind = TypeVar("Kind", bound=Observer)


def follow(observer: Kind, frames: Iterable[Frame]) -> Kind:
    """Show frames to an observer, one at a time; returns it.

    Raises
    ------
    AnalysisError
        No frames, or one without a time.
    """
    count = 0
    for frame in frames:
        if not count:
            _begin([observer], frame)
        observer.collect(_time([observer], frame), observer.measure(frame))
        count += 1
    if not count:
        raise AnalysisError("no frames to analyse")
    return observer


def observe(
    observers: Sequence[Observer],
    path: str | Path,
    selection: Selection | None = None,
    *,
    processes: int = 1,
    executor: Executor | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> int:
    """Show the frames of a file to observers; returns their number.

    This process cuts the file into frames; reading the numbers and `measure` run in `processes` others. At most
    `AHEAD * processes` frames are in memory, whatever the length of the file.

    Parameters
    ----------
    observers
        Take the frames in order.
    path, selection
        As in `read_raw`.
    processes
        1: no other process.
    executor
        Of `concurrent.futures` or `mpi4py.futures` (`MPIPoolExecutor`, processes on several nodes), in place of new processes.
    progress
        Called after each frame with the number of frames and the part of the file that has been read.
    """
    if processes < 1:
        raise AnalysisError(f"processes is {processes}, expected at least 1")
    frames = read_raw(path, selection)
    first = next(frames, None)
    if first is None:
        raise AnalysisError(f"{path}: no frames to analyse")
    _begin(observers, first.frame())
    count = 0
    for raw, measured in _measured(observers, _chain(first, frames), processes, executor):
        time_ps = _time(observers, raw)
        for observer, numbers in zip(observers, measured, strict=True):
            observer.collect(time_ps, numbers)
        count += 1
        if progress is not None:
            progress(count, raw.fraction)
    return count


def _begin(observers: Sequence[Observer], frame: Frame) -> None:
    _time(observers, frame)
    for observer in observers:
        observer.begin(frame)


def _time(observers: Sequence[Observer], frame: Frame | RawFrame) -> float:
    if frame.time_ps is None and not any(observer.needs_time for observer in observers):
        return float("nan")
    return stated_time(frame.index, frame.time_ps)


def _chain(first: RawFrame, rest: Iterator[RawFrame]) -> Iterator[RawFrame]:
    yield first
    yield from rest


def _measured(
    observers: Sequence[Observer],
    frames: Iterator[RawFrame],
    processes: int,
    executor: Executor | None,
) -> Iterator[tuple[RawFrame, list[Any]]]:
    """Frames with what each observer measured in them, in order."""
    if executor is None and processes == 1:
        for raw in frames:
            frame = raw.frame()
            yield raw, [observer.measure(frame) for observer in observers]
        return
    if executor is not None:
        yield from _in_order(executor, observers, frames, AHEAD * max(processes, 2))
        return
    context = multiprocessing.get_context("spawn")  # safe where the caller has threads or MPI
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        yield from _in_order(pool, observers, frames, AHEAD * processes)


def _in_order(
    pool: Executor, observers: Sequence[Observer], frames: Iterator[RawFrame], ahead: int
) -> Iterator[tuple[RawFrame, list[Any]]]:
    packed = pickle.dumps(list(observers))
    waiting: deque[tuple[RawFrame, Future]] = deque()
    try:
        for raw in frames:
            waiting.append((raw, pool.submit(_measure, packed, raw)))
            if len(waiting) >= ahead:
                done, future = waiting.popleft()
                yield done, future.result()
        while waiting:
            done, future = waiting.popleft()
            yield done, future.result()
    finally:
        for _, future in waiting:
            future.cancel()


@lru_cache(maxsize=2)
def _unpacked(packed: bytes) -> list[Observer]:
    return pickle.loads(packed)


def _measure(packed: bytes, raw: RawFrame) -> list[Any]:
    frame = raw.frame()
    return [observer.measure(frame) for observer in _unpacked(packed)]

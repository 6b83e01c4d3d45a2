"""Frames of one file for the analyses of sites: every format that `sswnn analyze` reads, with progress.

Knows formats and progress; nothing of what is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sswnn.analysis.trajectories import readers
from sswnn.analysis.trajectories.frame import Frame, stated_time
from sswnn.analysis.trajectories.passes import Observer, observe
from sswnn.analysis.trajectories.trajectory import Selection, read_raw
from sswnn.errors import AnalysisError

Progress = Callable[[int, float], None]
"""Takes the number of frames so far and the part of the file that has been read."""


def frames_of(
    path: str | Path, selection: Selection, progress: Progress | None = None
) -> Iterator[Frame]:
    """Frames of a file, one at a time; arguments as in `sswnn.analysis.trajectories.passes.observe`."""
    if readers.by_another_reader(path):
        yield from readers.read_any(
            path, start=selection.start, stop=selection.stop, every=selection.every,
            timestep_fs=selection.timestep_fs, elements=selection.elements,
        )  # fmt: skip
        return
    for count, raw in enumerate(read_raw(path, selection), 1):
        yield raw.frame()
        if progress is not None:
            progress(count, raw.fraction)


def show(
    observers: Sequence[Observer],
    path: str | Path,
    selection: Selection,
    *,
    processes: int = 1,
    progress: Progress | None = None,
) -> int:
    """Show the frames of a file to observers; returns their number. As `observe`, for all formats.

    Formats other than LAMMPS dumps and extended XYZ are read by this process alone.
    """
    if not readers.by_another_reader(path):
        return observe(observers, path, selection, processes=processes, progress=progress)
    count = 0
    for frame in frames_of(path, selection):
        if any(observer.needs_time for observer in observers):
            stated_time(frame.index, frame.time_ps)
        time = float("nan") if frame.time_ps is None else frame.time_ps
        for observer in observers:
            if not count:
                observer.begin(frame)
            observer.collect(time, observer.measure(frame))
        count += 1
    if not count:
        raise AnalysisError(f"{path}: no frames to analyse")
    return count

"""The frames of a trajectory nearest to given times."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sswnn.analysis.trajectories.frame import Frame, stated_time
from sswnn.analysis.trajectories.trajectory import RawFrame, Selection, read_raw
from sswnn.errors import AnalysisError


def frames_at(
    path: str | Path,
    times_ps: Sequence[float],
    selection: Selection | None = None,
    *,
    last: bool = True,
) -> list[Frame]:
    """Frames nearest to times, in the order of the file, each once; memory for one frame per time.

    Parameters
    ----------
    path, selection
        As in `read_raw`.
    times_ps
        ps; a time after the end of an unfinished run is left out.
    last
        Add the last frame.

    Raises
    ------
    AnalysisError
        If the frames have no time.
    """
    nearest: dict[float, tuple[float, RawFrame]] = {}
    raw, now = None, 0.0
    for raw in read_raw(path, selection):
        now = stated_time(raw.index, raw.time_ps)
        for target in times_ps:
            gap = abs(now - target)
            if target not in nearest or gap < nearest[target][0]:
                nearest[target] = gap, raw
    if raw is None:
        raise AnalysisError(f"{path}: no frames to analyse")
    chosen = {found.index: found for target, (_, found) in nearest.items() if target <= now + 1e-9}
    if last or not chosen:
        chosen[raw.index] = raw
    return [chosen[k].frame() for k in sorted(chosen)]

"""The frames of a trajectory nearest to given times."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sswnn.analysis.trajectories.frame import Frame
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
    nearest: dict[float, RawFrame] = {}
    raw = None
    for raw in read_raw(path, selection):
        if raw.time_ps is None:
            raise AnalysisError(
                f"frame {raw.index} has no time: state the MD time step, --timestep FS"
            )
        for target in times_ps:
            best = nearest.get(target)
            if best is None or abs(raw.time_ps - target) < abs(_time(best) - target):
                nearest[target] = raw
    if raw is None:
        raise AnalysisError(f"{path}: no frames to analyse")
    end = _time(raw)
    chosen = {found.index: found for target, found in nearest.items() if target <= end + 1e-9}
    if last or not chosen:
        chosen[raw.index] = raw
    return [chosen[k].frame() for k in sorted(chosen)]


def _time(raw: RawFrame) -> float:
    assert raw.time_ps is not None
    return raw.time_ps

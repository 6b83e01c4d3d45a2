"""Frames of a trajectory, one at a time: LAMMPS text dumps (plain, .gz, .xz, .zst) and extended XYZ.

Knows which frames are wanted and nothing of what is computed from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ase.data import chemical_symbols

from sswnn.analysis.trajectories.dump_text import DumpReader, RawDumpFrame, dump_steps
from sswnn.analysis.trajectories.extxyz_text import RawXYZFrame, xyz_frames
from sswnn.analysis.trajectories.frame import Frame
from sswnn.analysis.trajectories.streams import COMPRESSED, Lines
from sswnn.errors import AnalysisError

__all__ = ["Frame", "RawFrame", "Selection", "read_raw", "read_trajectory"]


@dataclass(frozen=True)
class RawFrame:
    """A frame that is wanted, still as text; may be sent to another process.

    Attributes
    ----------
    index, time_ps
        As in `Frame`.
    fraction
        Part of the file that has been read, 0 to 1.
    """

    index: int
    time_ps: float | None
    fraction: float
    text: RawDumpFrame | RawXYZFrame

    def frame(self) -> Frame:
        """The frame with its numbers."""
        return replace(self.text.frame(), index=self.index, time_ps=self.time_ps)


@dataclass(frozen=True)
class Selection:
    """Which frames of a trajectory, and what its file may not say.

    Attributes
    ----------
    start, stop, every
        Which frames, as in `range`.
    timestep_fs
        MD time step; gives the time where the file holds steps only.
    elements
        Symbols of atom types 1, 2, ...; needed for dumps without an `element` column, overrides one.

    Raises
    ------
    AnalysisError
        Numbers that select nothing, a time step that is not positive, a symbol that is no element.
    """

    start: int = 0
    stop: int | None = None
    every: int = 1
    timestep_fs: float | None = None
    elements: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.every < 1 or self.start < 0:
            raise AnalysisError(
                f"frames start={self.start}, every={self.every}: expected start >= 0 and every >= 1"
            )
        check_timestep(self.timestep_fs)
        for symbol in self.elements or ():
            if symbol not in chemical_symbols[1:]:
                raise AnalysisError(
                    f"type is {symbol!r}, expected the symbol of an element such as Li"
                )

    @property
    def frames(self) -> range:
        """Their numbers."""
        return range(self.start, 2**62 if self.stop is None else self.stop, self.every)


def check_timestep(timestep_fs: float | None) -> None:
    """Raises AnalysisError if a time step is given that is not positive."""
    if timestep_fs is not None and not 0 < timestep_fs < float("inf"):
        raise AnalysisError(f"MD time step is {timestep_fs:g} fs, expected a positive number: --timestep FS")


def read_trajectory(
    path: str | Path,
    *,
    start: int = 0,
    stop: int | None = None,
    every: int = 1,
    timestep_fs: float | None = None,
    elements: tuple[str, ...] | None = None,
) -> Iterator[Frame]:
    """Frames `start`, `start + every`, ... below `stop`, streamed.

    A last frame that is cut short, as a running or killed simulation leaves it, is left out. So are frames that a killed run
    had written beyond the step from which it went on: the trajectory is that of the later frames.

    Parameters
    ----------
    path
        LAMMPS dump (text; `.gz`, `.xz`, `.zst` compressed) or extended XYZ (`.xyz`, `.extxyz`, compressed likewise).
    start, stop, every, timestep_fs, elements
        As in `Selection`.

    Raises
    ------
    AnalysisError
        Not a trajectory, no frame at all, a malformed frame before the last, or a missing column; with file and line.
        A time step that is not positive, or a symbol that is no element. Steps that begin anew, as where files of several runs
        are joined.
    """
    for raw in read_raw(path, Selection(start, stop, every, timestep_fs, elements)):
        yield raw.frame()


def read_raw(path: str | Path, selection: Selection | None = None) -> Iterator[RawFrame]:
    """As `read_trajectory`, the frames still as text; those that are not wanted cost little more than their bytes."""
    selection = selection or Selection()
    path = Path(path)
    if not path.is_file():
        raise AnalysisError(f"{path}: no such file")
    name = path.name.lower()
    for suffix in COMPRESSED:
        name = name.removesuffix(suffix)
    wanted, xyz = selection.frames, name.endswith("xyz")
    kept = _kept(path, xyz)
    last_step, index = None, -1
    with Lines(path) as lines:
        for number, text in enumerate(_texts(lines, xyz, selection.elements)):
            written_again = number < len(kept) and not kept[number]
            if written_again or (last_step is not None and text.step <= last_step):
                continue
            last_step = text.step
            index += 1
            if index >= wanted.stop:
                return
            if index in wanted:
                time = text.time_ps
                if selection.timestep_fs is not None:
                    time = text.step * selection.timestep_fs / 1000
                yield RawFrame(index, time, lines.fraction(), text)
    if index < 0:
        raise AnalysisError(f"{path}: no complete frame")


def _texts(lines: Lines, xyz: bool, elements: tuple[str, ...] | None) -> Iterator[RawDumpFrame | RawXYZFrame]:
    """All complete frames of a file."""
    if xyz:
        yield from xyz_frames(lines)
    else:
        yield from DumpReader(lines, elements).frames()


def _kept(path: Path, xyz: bool) -> list[bool]:
    """Which frames belong to the trajectory: those before whose step no later frame goes back.

    Raises AnalysisError if the steps begin anew.
    """
    with Lines(path) as lines:
        steps = [frame.step for frame in xyz_frames(lines)] if xyz else dump_steps(lines)
    begun = next((k for k, step in enumerate(steps) if step > steps[0]), len(steps))
    if any(step <= steps[0] for step in steps[begun:]):
        raise AnalysisError(
            f"{path}: step {steps[0]}, the first one, comes again: these seem to be several runs; give each a file of its own"
        )
    kept, later = [], float("inf")
    for step in reversed(steps):
        kept.append(step < later)
        later = min(later, step)
    return kept[::-1]

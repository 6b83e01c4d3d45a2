"""Extended XYZ: cut into frames, and the numbers of a frame."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sswnn.analysis.trajectories.frame import Frame
from sswnn.analysis.trajectories.streams import EndOfFile, Lines
from sswnn.errors import AnalysisError


@dataclass(frozen=True)
class RawXYZFrame:
    """Step and time of the comment line (`step` or `timestep`, `time` or `time_ps` in ps), the frame as text."""

    step: int
    time_ps: float | None
    text: bytes
    number: int
    path: str
    line: int

    def frame(self) -> Frame:
        """The frame."""
        from ase.io.extxyz import XYZError, read_xyz

        try:
            atoms = next(read_xyz(io.StringIO(self.text.decode()), index=slice(0, 1)))
        except (XYZError, ValueError, KeyError, IndexError) as error:
            raise self._error(f"frame {self.number} is malformed: {error}") from None
        if atoms.cell.rank < 3:
            raise self._error(
                f"frame {self.number} has no cell, expected three cell vectors in `Lattice`"
            )
        return Frame(
            0,
            self.step,
            self.time_ps,
            np.array(atoms.get_chemical_symbols()),
            atoms.positions,
            atoms.cell.array,
            pbc=atoms.pbc.copy(),
        )

    def _error(self, message: str) -> AnalysisError:
        return AnalysisError(f"{self.path}, line {self.line}: {message}")


def xyz_frames(lines: Lines) -> Iterator[RawXYZFrame]:
    """All complete frames of the file."""
    from ase.io.extxyz import key_val_str_to_dict

    number = 0
    while True:
        try:
            head = lines.next()
            if not head.strip():
                continue
            try:
                count = int(head)
            except ValueError:
                raise lines.error(
                    f"number of atoms is {head.decode(errors='replace').strip()!r}"
                ) from None
            comment, *rows = lines.block(count + 1)
        except EndOfFile:
            return
        try:
            given = key_val_str_to_dict(comment.decode())
            info = {k.lower(): v for k, v in given.items()}
            step = int(info.get("step", info.get("timestep", number)))
            time = given.get("time", info.get("time_ps"))  # GPUMD's `Time` is in fs
            time = None if time is None else float(time)
        except (ValueError, KeyError, TypeError) as error:
            raise lines.error(f"frame {number} is malformed: {error}") from None
        text = b"".join([head, comment, *rows])
        yield RawXYZFrame(step, time, text, number, str(lines.path), lines.number)
        number += 1

"""One configuration of a trajectory."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sswnn.errors import AnalysisError


@dataclass(frozen=True)
class Frame:
    """One configuration, atoms in ascending id.

    Attributes
    ----------
    index
        Number of the frame in its file, from 0.
    step
        MD step, or the index where the file has none.
    time_ps
        Time, ps; None where neither file nor caller states it.
    symbols
        (n,) chemical symbols.
    positions
        (n, 3) A.
    cell, origin
        (3, 3) rows are cell vectors, (3,) its corner, A.
    pbc
        (3,) bool.
    unwrapped
        True if atoms are followed across periodic boundaries (`xu yu zu`).
    """

    index: int
    step: int
    time_ps: float | None
    symbols: np.ndarray
    positions: np.ndarray
    cell: np.ndarray
    origin: np.ndarray = field(default_factory=lambda: np.zeros(3))
    pbc: np.ndarray = field(default_factory=lambda: np.ones(3, dtype=bool))
    unwrapped: bool = False

    def __len__(self) -> int:
        return len(self.positions)


def stated_time(index: int, time_ps: float | None) -> float:
    """The time of a frame, ps.

    Raises
    ------
    AnalysisError
        If it has none.
    """
    if time_ps is None:
        raise AnalysisError(f"frame {index} has no time, or one of unknown unit: state the MD time step, --timestep FS")
    return time_ps


def without_periods(vectors: np.ndarray, frame: Frame) -> np.ndarray:
    """(p, 3) vectors less whole periods, A; for those that are short then, below half the distance of the cell's faces."""
    fraction = vectors @ np.linalg.inv(frame.cell)
    return (fraction - np.where(frame.pbc, np.rint(fraction), 0.0)) @ frame.cell

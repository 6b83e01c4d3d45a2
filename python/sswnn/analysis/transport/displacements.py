"""Displacements of all atoms since the first frame, read by batches of atoms, from memory or from a mapped file.

Stored as blocks of frames, each ordered by atom, axis and time: written as the frames come, and yet a batch of atoms is read
in long contiguous pieces. So a trajectory may be larger than the memory.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sswnn.analysis.trajectories.frame import Frame
from sswnn.analysis.trajectories.unwrap import drift_of, followed
from sswnn.errors import AnalysisError

_BLOCK = 128
"""Frames of one block."""
_BATCH_BYTES = 2**26
"""Displacements read at once, bytes."""


def batches(atoms: np.ndarray, frames: int) -> Iterator[np.ndarray]:
    """Parts of a list of atoms whose displacements over so many frames fit in the memory set aside for one batch."""
    size = max(1, _BATCH_BYTES // (24 * frames))
    for k in range(0, len(atoms), size):
        yield atoms[k : k + size]


@dataclass(frozen=True)
class Displacements:
    """Unwrapped displacements of n atoms over T frames at equal intervals.

    Attributes
    ----------
    interval_ps
        Between frames, ps.
    symbols
        (n,) chemical symbols.
    frames
        T.
    volume_A3
        Mean volume of the cell, A^3.
    drift_A
        (3,) what the reference atoms moved from the first to the last frame before it was subtracted, A.
    blocks
        Arrays (n, 3, frames of the block), A; in memory or mapped from a file.
    """

    interval_ps: float
    symbols: np.ndarray
    frames: int
    volume_A3: float
    drift_A: np.ndarray
    blocks: Sequence[np.ndarray]

    def read(self, atoms: np.ndarray) -> np.ndarray:
        """(b, 3, T) displacements of some atoms in double precision, A; a new array."""
        consecutive = len(atoms) == atoms[-1] - atoms[0] + 1
        wanted = slice(int(atoms[0]), int(atoms[-1]) + 1) if consecutive else atoms
        pieces = [block[wanted] for block in self.blocks]
        return np.concatenate(pieces, axis=2, dtype=float)[:, :, : self.frames]

    def of(self, element: str) -> np.ndarray:
        """Indices of the atoms of an element.

        Raises
        ------
        AnalysisError
            If there is none.
        """
        index = np.flatnonzero(self.symbols == element)
        if not len(index):
            present = ", ".join(dict.fromkeys(map(str, self.symbols)))
            raise AnalysisError(f"no {element} in the trajectory, elements are {present}")
        return index

    def charge(self, charges: dict[str, float]) -> Displacements:
        """Charge displacement Σ z r of the whole cell as one particle, in elementary charges times A.

        Parameters
        ----------
        charges
            Element -> charge in elementary charges; elements that are not named count as none.
        """
        z = np.array([charges.get(str(x), 0.0) for x in self.symbols])
        charged = np.flatnonzero(z)
        if not len(charged):
            present = ", ".join(dict.fromkeys(map(str, self.symbols)))
            raise AnalysisError(f"no charged atom: charges of {', '.join(charges)}, elements are {present}")
        dipole = np.zeros((1, 3, self.frames))
        for part in batches(charged, self.frames):
            dipole[0] += np.tensordot(z[part], self.read(part), axes=1)
        return replace(self, symbols=np.array(["charge"]), blocks=[dipole])


def same_interval(runs: Sequence[Displacements]) -> float:
    """The interval between frames that runs share, ps.

    Raises
    ------
    AnalysisError
        If there is no run, or they differ.
    """
    if not runs:
        raise AnalysisError("no run, expected at least one")
    intervals = [run.interval_ps for run in runs]
    if not np.allclose(intervals, intervals[0], rtol=1e-4, atol=0):
        raise AnalysisError(
            f"runs with different intervals between frames, {min(intervals):g} to {max(intervals):g} ps, cannot be combined"
        )
    return intervals[0]


def from_positions(
    positions_tnc: np.ndarray, symbols: Sequence[str], *, interval_ps: float, volume_A3: float = float("nan")
) -> Displacements:
    """Displacements of unwrapped positions that are an array (T, n, 3) already, or a memory-mapped file of one; not copied."""
    blocks = [positions_tnc.transpose(1, 2, 0)]
    return Displacements(interval_ps, np.asarray(symbols), len(positions_tnc), volume_A3, np.zeros(3), blocks)


def collect(
    frames: Iterable[Frame],
    *,
    every: int = 1,
    still: tuple[str, ...] | None = None,
    memory_gib: float = 2.0,
    folder: str | Path | None = None,
) -> Displacements:
    """Follow the atoms of a trajectory from its first frame to its last.

    Parameters
    ----------
    frames
        At equal intervals, from `read_trajectory` or the readers of `sswnn.analysis.trajectories.readers`.
    every
        Keep every so many frames; atoms of wrapped positions are followed through all.
    still
        Elements whose mean displacement is subtracted from all, the framework; () for all elements; None: nothing is.
    memory_gib
        Above this the displacements go to a file, in single precision (4 micro-A at 50 A).
    folder
        Where that file is made; the system's folder for temporary files by default. It disappears with the result.
    """
    store: _Store | None = None
    start = np.empty(0)
    volume, count, time, drift = 0.0, 0, [0.0, 0.0], np.zeros(3)
    for frame, positions in followed(frames, every):
        if store is None:
            start, symbols = positions, frame.symbols
            mean_of = drift_of(symbols, still)
            store = _Store(len(frame), memory_gib, folder)
            time[0] = frame.time_ps or 0.0
        moved = positions - start
        drift = mean_of(moved)
        store.add(moved - drift)
        volume += abs(np.linalg.det(frame.cell))
        count += 1
        time[1] = frame.time_ps or 0.0
    assert store is not None  # `followed` refuses a trajectory without frames
    return Displacements((time[1] - time[0]) / (count - 1), symbols, count, volume / count, drift, store.finish())


class _Store:
    """Collects blocks, first in memory, then, once they are too large, in an unnamed file."""

    def __init__(self, atoms: int, memory_gib: float, folder: str | Path | None):
        self.atoms, self.limit, self.folder = atoms, memory_gib * 2**30, folder
        self.block = np.zeros((_BLOCK, atoms, 3))
        self.filled = 0
        self.blocks: list[np.ndarray] = []
        self.file: tempfile._TemporaryFileWrapper | None = None

    def add(self, moved: np.ndarray) -> None:
        """Append one frame (n, 3)."""
        self.block[self.filled] = moved
        self.filled += 1
        if self.filled == _BLOCK:
            self._store()

    def _store(self) -> None:
        block = np.ascontiguousarray(self.block[: self.filled].transpose(1, 2, 0))
        self.filled = 0
        if self.file is None and (len(self.blocks) + 1) * self.block.nbytes > self.limit:
            self.file = tempfile.NamedTemporaryFile(prefix="sswnn-", dir=self.folder)  # noqa: SIM115 (closed by finish)
            for earlier in self.blocks:
                earlier.astype(np.float32).tofile(self.file)
            self.blocks.clear()
        if self.file is None:
            self.blocks.append(block)
        else:
            padded = np.zeros((self.atoms, 3, _BLOCK), dtype=np.float32)
            padded[:, :, : block.shape[2]] = block
            padded.tofile(self.file)

    def finish(self) -> Sequence[np.ndarray]:
        """All blocks; those of a file as a map of it."""
        if self.filled:
            self._store()
        if self.file is None:
            return self.blocks
        self.file.flush()
        mapped = np.memmap(self.file.name, dtype=np.float32, mode="r").reshape(-1, self.atoms, 3, _BLOCK)
        self.file.close()  # on POSIX the map keeps what it needs
        return list(mapped)

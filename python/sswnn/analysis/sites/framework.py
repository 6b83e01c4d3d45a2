"""The framework of a crystal: where anions and immobile cations are on average, and where the mobile ions are relative to it.

All in fractions of the cell of each frame, so that cells may breathe. The framework may drift as a whole; runs of one crystal
share a framework.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ase import Atoms

from sswnn.analysis.trajectories.frame import Frame
from sswnn.data.composition import by_electronegativity
from sswnn.errors import AnalysisError


@dataclass(frozen=True, eq=False)
class Reference:
    """Atoms that the framework is made of (m of the n atoms), and where they were in the first frame.

    Attributes
    ----------
    symbols
        (n,) of all atoms of a frame.
    ion, anion
        Elements: mobile, and what the sites are made of.
    members
        (m,) indices of the atoms that are not mobile.
    fractions
        (m, 3) their places in the first frame, fractions of the cell.
    """

    symbols: np.ndarray
    ion: str
    anion: str
    members: np.ndarray
    fractions: np.ndarray

    @property
    def ions(self) -> np.ndarray:
        """Indices of the mobile ions."""
        return np.flatnonzero(self.symbols == self.ion)

    def moved(self, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
        """(m, 3) how far each member has moved less the drift, and the (3,) drift, the mean over the anions; in fractions of the
        cell.

        The drift is found on a circle first, so it may be any part of a period.

        Raises
        ------
        AnalysisError
            If the frame has other atoms.
        """
        if len(frame) != len(self.symbols) or (frame.symbols != self.symbols).any():
            raise AnalysisError(
                f"frame {frame.index} has other atoms than the first one, in number, kind or order"
            )
        away = _fractions(frame, self.members) - self.fractions
        anions = self.symbols[self.members] == self.anion
        drift = np.angle(np.exp(2j * np.pi * away[anions]).mean(axis=0)) / (2 * np.pi)
        away -= drift
        away -= np.rint(away)
        rest = away[anions].mean(axis=0)
        return away - rest, drift + rest

    def ions_in(self, frame: Frame) -> np.ndarray:
        """(I, 3) places of the mobile ions relative to the framework, fractions of the cell in [0, 1)."""
        fractions = _fractions(frame, self.ions) - self.moved(frame)[1]
        return fractions - np.floor(fractions)


def reference_of(frame: Frame, ion: str = "Li", anion: str | None = None) -> Reference:
    """The framework of a first frame; the anion is by default the most electronegative element.

    Raises
    ------
    AnalysisError
        If an element is absent, or the frame is not periodic in three directions.
    """
    if not frame.pbc.all():
        raise AnalysisError(
            "sites are those of a crystal, but the trajectory is not periodic in three directions"
        )
    present = by_electronegativity(map(str, frame.symbols))
    anion = anion or present[-1]
    for name in (ion, anion):
        if name not in present:
            raise AnalysisError(f"no {name} in the trajectory, elements are {', '.join(present)}")
    if ion == anion:
        raise AnalysisError(f"{ion} is both the mobile ion and the anion: --ion X, --anion X")
    members = np.flatnonzero(frame.symbols != ion)
    return Reference(frame.symbols, ion, anion, members, _fractions(frame, members))


def _fractions(frame: Frame, atoms: np.ndarray) -> np.ndarray:
    return (frame.positions[atoms] - frame.origin) @ np.linalg.inv(frame.cell)


@dataclass(frozen=True, eq=False)
class Framework:
    """Mean framework of some runs.

    Attributes
    ----------
    reference
        Its atoms.
    cell
        (3, 3) mean cell, rows are cell vectors, A.
    positions
        (m, 3) mean positions of the members, A.
    deviation_A
        (m,) root-mean-square distances from them.
    frames
        That were averaged.
    """

    reference: Reference
    cell: np.ndarray
    positions: np.ndarray
    deviation_A: np.ndarray
    frames: int

    @property
    def member_symbols(self) -> np.ndarray:
        """(m,) chemical symbols of the members."""
        return self.reference.symbols[self.reference.members]

    @property
    def anions(self) -> np.ndarray:
        """(a, 3) mean positions of the anions, A."""
        return self.positions[self.member_symbols == self.reference.anion]

    def atoms(self) -> Atoms:
        """The members as a structure."""
        return Atoms(self.member_symbols.tolist(), self.positions, cell=self.cell, pbc=True)


class FrameworkObserver:
    """Averages the framework in one pass over each of several runs.

    Parameters
    ----------
    ion, anion
        As in `reference_of`.
    """

    needs_time = False

    def __init__(self, ion: str = "Li", anion: str | None = None):
        self.ion, self.anion = ion, anion
        self.reference: Reference | None = None
        self.cell = np.zeros((3, 3))
        self.moved = self.squared = np.empty(0)
        self.frames = 0

    def begin(self, frame: Frame) -> None:
        """Take the atoms of the first run; those of others must be the same."""
        if self.reference is None:
            self.reference = reference_of(frame, self.ion, self.anion)
            self.moved = np.zeros((len(self.reference.members), 3))
            self.squared = np.zeros(len(self.reference.members))

    def measure(self, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
        """Displacements of the members and the cell."""
        assert self.reference is not None
        return self.reference.moved(frame)[0], frame.cell

    def collect(self, time_ps: float, measured: tuple[np.ndarray, np.ndarray]) -> None:
        """Add them."""
        moved, cell = measured
        self.moved += moved
        self.squared += ((moved @ cell) ** 2).sum(axis=1)
        self.cell += cell
        self.frames += 1

    def result(self) -> Framework:
        """The mean."""
        assert self.reference is not None
        cell, mean = self.cell / self.frames, self.moved / self.frames
        variance = self.squared / self.frames - ((mean @ cell) ** 2).sum(axis=1)
        positions = (self.reference.fractions + mean) @ cell
        return Framework(
            self.reference, cell, positions, np.sqrt(np.maximum(variance, 0)), self.frames
        )

"""Frames that the present potential leads to: searches, what surrounds their minima, and MD."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms

from sswnn.data.frames import read_frames
from sswnn.data.sampling import tag
from sswnn.errors import StructureError
from sswnn.learning.config import LearnConfig
from sswnn.learning.known import Known
from sswnn.learning.motion import Piece, Surroundings, Trajectory, md_starts, run_pieces
from sswnn.learning.search import Families, bare, configured, run_search
from sswnn.learning.select import Bounds
from sswnn.potential.calculator import SSWNN


@dataclass(frozen=True)
class Exploration:
    """The exploration of one cycle.

    Attributes
    ----------
    config
        Of the loop.
    cycle
        Number of the cycle.
    folder
        For searches and trajectories.
    model
        The present potential.
    limits
        Uncertainties; searches and MD do not go on beyond the upper one.
    known
        Frames of the start and of all cycles before: who resembles one of them, or a minimum of another search of this cycle,
        belongs to its group.
    show, interval
        Takes lines of progress, at most one in so many seconds.
    """

    config: LearnConfig
    cycle: int
    folder: Path
    model: Path
    limits: Bounds
    known: Known
    show: Callable[[str], None]
    interval: float

    @property
    def _name(self) -> str:
        """Beginning of the names of new groups."""
        return f"learn{self.config.seed}_{self.cycle:03d}"

    def frames(self) -> list[Atoms]:
        """All frames, with uncertainty and largest force; what was done before is not done again."""
        self.folder.mkdir(parents=True, exist_ok=True)
        processes = self.config.explore.processes
        known = self.known.copy()
        found: list[Atoms] = []
        rattles: list[Piece] = []
        for k in range(len(self.config.explore.searches)):
            folder = self._search(k)
            family = Families(folder, f"{self._name}_s{k}", known)
            for minimum in family.minima():
                known.add(minimum)
            found += family.frames()
            rattles += self._surroundings(k, family)
        run_pieces(rattles, processes, self.show, "minima rattled")
        trajectories = list(self._trajectories(known))
        run_pieces(trajectories, processes, self.show, "trajectories")
        for piece in [*rattles, *trajectories]:
            found += read_frames(piece.path)
        return list(assessed(found, self.model))

    def _search(self, k: int) -> Path:
        explore = self.config.explore
        folder = self.folder / f"search_{k}"
        seed = 1000 * self.config.seed + self.cycle
        search = configured(explore.searches[k], folder, self.model, seed, self.limits.high)
        run_search(search, explore.processes, self.show, self.interval)
        return folder

    def _surroundings(self, k: int, family: Families) -> Iterator[Piece]:
        config = self.config.explore.rattle
        if config.copies == 0:
            return
        folder = self.folder / f"rattle_{k}"
        folder.mkdir(exist_ok=True)
        for entry in family.chosen(config.minima):
            minimum = tag(bare(entry), f"search_{entry.composition}", family.groups[entry.id], "minimum")
            yield Surroundings(
                folder / f"{entry.id}.extxyz", self.model, minimum, config, self.config.select.max_force,
                (self.config.seed, self.cycle, 1, k, entry.id),
            )  # fmt: skip

    def _trajectories(self, known: Known) -> Iterator[Piece]:
        folder = self.folder / "md"
        folder.mkdir(exist_ok=True)
        for k, dynamics in enumerate(self.config.explore.md):
            for s, start in enumerate(md_starts(dynamics, known)):
                for t, temperature in enumerate(dynamics.temperatures):
                    yield Trajectory(
                        folder / f"{k}_{s}_{temperature:g}K.extxyz", self.model, start, temperature, dynamics,
                        self.limits.high, (self.config.seed, self.cycle, 2, k, s, t),
                    )  # fmt: skip


def assessed(frames: Iterable[Atoms], model: Path) -> Iterator[Atoms]:
    """The frames that the model can evaluate, with ``info["uncertainty"]`` (of the most uncertain atom) and
    ``info["largest_force"]`` (component), eV/Å.
    """
    calculator = SSWNN(model)
    for frame in frames:
        try:
            uncertainty = float(calculator.get_property("uncertainty", frame).max())
            force = float(np.abs(calculator.get_property("forces", frame)).max())
        except StructureError:
            continue
        if np.isfinite([uncertainty, force]).all():
            frame.info.update(uncertainty=round(uncertainty, 6), largest_force=round(force, 6))
            yield frame


def folder_for(folder: Path, stamp: str) -> Path:
    """The folder, emptied if what it holds was made for another stamp."""
    note = folder.with_suffix(".stamp")
    if folder.exists() and (not note.is_file() or note.read_text() != stamp):
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    note.write_text(stamp)
    return folder

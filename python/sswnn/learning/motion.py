"""Pieces of exploration that write one file each: Langevin trajectories, and rattled minima with their way back.

A piece whose file is there is done; the file appears complete or not at all.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol

import numpy as np
from ase import Atoms

from sswnn.data.frames import read_frames, write_frames
from sswnn.data.processes import end_with
from sswnn.data.prototypes import PROTOTYPES, prototype
from sswnn.data.sampling import rattled, tag
from sswnn.data.trajectories import langevin, relaxation_path
from sswnn.errors import StructureError, WorkflowError
from sswnn.learning.config import DynamicsConfig, RattleConfig
from sswnn.learning.known import Known
from sswnn.potential.calculator import SSWNN
from sswnn.ssw.starts import from_files

LEAST_CONTACT = 0.5
"""Of the sum of the covalent radii: where a trajectory ends."""


class Piece(Protocol):
    """What makes the frames of one file."""

    @property
    def path(self) -> Path:
        """File of the frames."""
        ...

    def frames(self) -> Iterator[Atoms]:
        """The frames, tagged, without labels."""
        ...


@dataclass(frozen=True)
class Trajectory:
    """Langevin MD from one structure at one temperature (K); it ends early where the model is lost (uncertainty above
    `limit`, eV/Å), with the frame in which it is.
    """

    path: Path
    model: Path
    start: Atoms  # with origin and group
    temperature: float
    config: DynamicsConfig
    limit: float
    seed: tuple[int, ...]

    def frames(self) -> Iterator[Atoms]:
        calculator, config = SSWNN(self.model), self.config
        calculator.get_property("energy", self.start)  # a start that the model does not know is an error
        motion = langevin(
            self.start, calculator, np.random.default_rng(self.seed), temperature=self.temperature,
            timestep=config.timestep, equilibration=0, interval=config.interval,
            count=config.steps // config.interval, least_contact=LEAST_CONTACT,
        )  # fmt: skip
        origin, group = self.start.info["origin"], self.start.info["group"]
        try:
            for atoms in motion:
                yield tag(structure(atoms), origin, group, "md", temperature=self.temperature)
                if calculator.get_property("uncertainty", atoms).max() > self.limit:
                    return
        except StructureError:  # atoms have met: the frames before are the ones worth having
            return


@dataclass(frozen=True)
class Surroundings:
    """Rattled copies of a minimum, and frames of their relaxation."""

    path: Path
    model: Path
    minimum: Atoms  # with origin and group
    config: RattleConfig
    max_force: float
    seed: tuple[int, ...]

    def frames(self) -> Iterator[Atoms]:
        rng, calculator, config = np.random.default_rng(self.seed), SSWNN(self.model), self.config
        origin, group = self.minimum.info["origin"], self.minimum.info["group"]
        periodic = bool(self.minimum.pbc.all())
        for _ in range(config.copies):
            copy = structure(rattled(self.minimum, rng, config.displacement, strain=config.strain if periodic else 0.0))
            yield tag(copy, origin, group, "rattle")
            if config.relax_steps == 0:
                continue
            try:
                path = relaxation_path(
                    copy, calculator, max_steps=config.relax_steps, relax_cell=periodic, max_force=self.max_force
                )[1]
            except StructureError:
                continue
            for frame in path[1:]:
                yield tag(structure(frame), origin, group, "relax")


def structure(atoms: Atoms) -> Atoms:
    """The structure alone, without labels."""
    return Atoms(atoms.numbers, atoms.get_positions(), cell=atoms.cell, pbc=atoms.pbc)


def md_starts(config: DynamicsConfig, known: Known) -> list[Atoms]:
    """Structures from which MD starts, with origin and group.

    A frame that names its group keeps it; any other structure belongs to the group of the known frame that it resembles.
    """
    out = []
    for name in config.structures:
        stem = Path(name).name.split(".")[0]
        for k, atoms in enumerate(_structures(name)):
            group = atoms.info.get("group") or known.group(atoms) or f"md_{stem}_{k}"
            origin = atoms.info.get("origin", f"md_{stem}")
            out.append(tag(structure(atoms.repeat(tuple(config.repeat))), origin, str(group), "md"))
    return out


def _structures(name: str) -> list[Atoms]:
    if not Path(name).is_file():
        return [prototype(name)] if name in PROTOTYPES else from_files([name])
    is_xyz = any(ending in (".extxyz", ".xyz") for ending in Path(name).suffixes)
    return read_frames(name) if is_xyz else from_files([name])


def run_pieces(pieces: Sequence[Piece], processes: int, show: Callable[[str], None], what: str) -> None:
    """Make the files that are not there yet.

    Raises
    ------
    WorkflowError
        If a worker process dies; what is done stays.
    """
    todo = [piece for piece in pieces if not piece.path.is_file()]
    began, done = time.monotonic(), 0

    def count() -> None:
        nonlocal done
        done += 1
        left = (len(todo) - done) * (time.monotonic() - began) / done / 60
        show(f"{len(pieces) - len(todo) + done}/{len(pieces)} {what}, {left:.1f} min left")

    if processes == 1 or len(todo) < 2:
        for piece in todo:
            make(piece)
            count()
        return
    with ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=end_with, initargs=(os.getpid(),)
    ) as pool:
        try:
            for future in as_completed([pool.submit(make, piece) for piece in todo]):
                future.result()
                count()
        except BrokenProcessPool as error:
            raise WorkflowError(
                f"a process that made {what} died (out of memory?); the same call goes on where it was"
            ) from error


def make(piece: Piece) -> None:
    """Write the file of a piece."""
    write_frames(piece.path, piece.frames())

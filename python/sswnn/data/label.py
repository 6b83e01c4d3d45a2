"""Labelling of frames with a first-principles-quality engine: resumable, parallel, failures
recorded and skipped.

The output is only ever appended to, one complete frame at a time, and every frame carries the hash
of what was labelled (``info["key"]``). So a run that was killed at any moment continues with the
same call (of the command: with ``--resume``) and loses at most the frames in flight; an incomplete last frame is cut off first.
Parallel over processes of one machine, or over the ranks of ``mpirun``; each rank appends to a part
file of its own, and rank 0 joins the parts at the end (or at the start of the next run).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator

from sswnn.data.engines import engine_label, make_engine
from sswnn.data.frames import STATES, frame_key, iter_frames
from sswnn.data.label_files import Sink, join_parts, prepare, rank_paths
from sswnn.data.processes import end_with
from sswnn.data.trajectories import labelled_copy
from sswnn.errors import DataError, LabelError

Report = Callable[[str], None]
Work = Sequence[tuple[str, int, Atoms]]
"""Key, number and frame."""


@dataclass(frozen=True)
class LabelSummary:
    """Counts of one call of `label` (of this rank): frames labelled, failed, found already done,
    and the time in s.
    """

    labelled: int
    failed: int
    already_done: int
    seconds: float


@dataclass
class ProgressLines:
    """Lines of progress with rate and time left, at most one in `interval` seconds."""

    total: int
    report: Report
    interval: float = 10.0
    done: int = 0
    failed: int = 0
    atoms: int = 0
    started: float = field(default_factory=time.monotonic)
    _last: float = field(default_factory=time.monotonic)

    def add(self, n_atoms: int, ok: bool) -> None:
        """Count one finished frame."""
        self.done += 1
        self.failed += not ok
        self.atoms += n_atoms
        now = time.monotonic()
        if now - self._last >= self.interval or self.done == self.total:
            self._last = now
            rate = self.done / max(now - self.started, 1e-9)
            left = (self.total - self.done) / rate
            self.report(
                f"{self.done}/{self.total} frames, {self.failed} failed, {rate:.2f} frames/s, "
                f"{(now - self.started) / max(self.atoms, 1) * 1e3:.1f} ms/atom, {left / 60:.1f} min left"
            )


def evaluate(frame: Atoms, calculator: Calculator, engine: str) -> Atoms:
    """The frame with energy, forces and (if periodic) stress from a calculator.

    Parameters
    ----------
    frame
        Unlabelled frame; an older label in it is replaced. Initial magnetic moments and charges go to the calculator.
    calculator
        Label engine.
    engine
        Name for ``info["engine"]``.

    Raises
    ------
    LabelError
        If a result is not finite.
    """
    atoms = Atoms(frame.numbers, frame.positions, cell=frame.cell, pbc=frame.pbc)
    atoms.info.update(frame.info)
    for name in STATES:
        if name in frame.arrays:
            atoms.set_array(name, frame.arrays[name])
    atoms.calc = calculator
    kept = {name: value for name, value in frame.info.items() if name not in ("stress", "virial")}
    labelled = labelled_copy(atoms, **{**kept, "engine": engine, "key": frame_key(frame)})
    values = [labelled.info["energy"], *labelled.arrays["forces"].ravel()]
    values.extend(labelled.info.get("stress", ()))
    if not np.isfinite(values).all():
        raise LabelError(f"the engine {engine} returned a result that is not finite")
    return labelled


def label(
    frames: Sequence[Atoms],
    engine: str,
    out: str | Path,
    *,
    processes: int = 1,
    threads: int = 1,
    resume: bool = True,
    retry_failed: bool = False,
    options: dict[str, Any] | None = None,
    report: Report | None = None,
    interval: float = 10.0,
) -> LabelSummary:
    """Label frames and append them to a file.

    Parameters
    ----------
    frames
        What to label; duplicates (equal `frame_key`) are labelled once.
    engine
        Name or import path, see `sswnn.data.engines.make_engine`.
    out
        Plain ``.extxyz`` file; it is appended to.
    processes
        Worker processes of this machine. Under ``mpirun`` every rank is one worker, and `processes`
        must be 1.
    threads
        Threads of each worker.
    resume
        Continue an existing `out`; without it an existing `out` is an error.
    retry_failed
        Try the recorded failures again.
    options
        Passed to the engine.
    report
        Takes lines of progress; silent if absent.
    interval
        Seconds between them.

    Raises
    ------
    LabelError
        If `out` is compressed or exists without `resume`, the engine cannot be made, or a worker
        process dies.
    """
    out = Path(out)
    if out.suffix in (".gz", ".xz"):
        raise LabelError(
            f"{out}: labels are appended, which a compressed file does not allow; use a plain .extxyz name"
        )
    for name, count in (("processes", processes), ("threads", threads)):
        if count < 1:
            raise LabelError(f"{name} is {count}, expected at least 1")
    comm = world_communicator()
    rank, size = (comm.rank, comm.size) if comm else (0, 1)
    if size > 1 and processes > 1:
        raise LabelError(f"processes is {processes} under mpirun with {size} ranks, expected 1")
    started = time.monotonic()
    done = _prepared(comm, out, resume, retry_failed)
    mine, already = _share(frames, done, rank, size)
    progress = ProgressLines(len(mine), report or (lambda line: None), interval)
    progress.report(f"{len(mine)} frames to label with {engine}, {already} done before")
    workers = _Workers(engine, processes, threads, options or {})
    sink = Sink(*rank_paths(out, rank if size > 1 else None), joins=out)
    try:
        workers.run(mine, sink, progress)
    finally:
        sink.close()
    if comm:
        comm.Barrier()
        if rank == 0:
            join_parts(out)
    return LabelSummary(
        progress.done - progress.failed, progress.failed, already, time.monotonic() - started
    )


def _prepared(comm: Any, out: Path, resume: bool, retry_failed: bool) -> set[str]:
    """Keys that need no work; rank 0 repairs the files, and all ranks raise the error it meets."""
    if comm is None:
        return prepare(out, resume, retry_failed)
    comm.Barrier()
    problem, done = None, set[str]()
    if comm.rank == 0:
        try:
            done = prepare(out, resume, retry_failed)
        except (LabelError, DataError) as error:
            problem = error
    problem, done = comm.bcast((problem, done))
    if problem is not None:
        raise problem
    return done


def _share(frames: Sequence[Atoms], done: set[str], rank: int, size: int) -> tuple[Work, int]:
    """Distinct frames of this rank that are not done yet, and how many of all frames are."""
    distinct: dict[str, tuple[int, Atoms]] = {}
    for index, frame in enumerate(frames):
        distinct.setdefault(frame_key(frame), (index, frame))
    work = [(key, *item) for key, item in distinct.items() if key not in done]
    return work[rank::size], len(distinct) - len(work)


def world_communicator() -> Any:
    """The world communicator if this process was started by ``mpirun``, else None; mpi4py is not
    imported otherwise.
    """
    if not any(name in os.environ for name in ("PMI_RANK", "OMPI_COMM_WORLD_RANK", "PMIX_RANK")):
        return None
    from mpi4py import MPI

    return MPI.COMM_WORLD if MPI.COMM_WORLD.size > 1 else None


@dataclass(frozen=True)
class _Workers:
    """How frames are labelled: in this process, or in a pool of processes."""

    engine: str
    processes: int
    threads: int
    options: dict[str, Any]

    def run(self, work: Work, sink: Sink, progress: ProgressLines) -> None:
        """Label all frames into the sink."""
        if not work:
            return
        if self.processes == 1:
            self._serially(work, sink, progress)
        else:
            self._in_pool(work, sink, progress)

    def _serially(self, work: Work, sink: Sink, progress: ProgressLines) -> None:
        _start_worker(self.engine, self.threads, self.options)
        for item in work:
            _record(item, _work(item[2]), sink, progress)

    def _in_pool(self, work: Work, sink: Sink, progress: ProgressLines) -> None:
        waiting = iter(work)
        running: dict[Future, tuple[str, int, Atoms]] = {}
        with ProcessPoolExecutor(
            self.processes,
            mp_context=get_context("spawn"),
            initializer=_start_worker_or_keep_error,
            initargs=(self.engine, self.threads, self.options, os.getpid()),
        ) as pool:
            try:
                while True:
                    while (
                        len(running) < 2 * self.processes
                        and (item := next(waiting, None)) is not None
                    ):
                        running[pool.submit(_work, item[2])] = item
                    if not running:
                        break
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        _record(running.pop(future), future.result(), sink, progress)
            except BrokenProcessPool as error:
                raise LabelError(
                    f"a worker of engine {self.engine!r} died (out of memory?); the frames done so far are kept, "
                    f"the same call with --resume continues"
                ) from error


def _record(
    item: tuple[str, int, Atoms],
    result: tuple[Atoms | None, str],
    sink: Sink,
    progress: ProgressLines,
) -> None:
    """Write one result or failure."""
    key, index, frame = item
    labelled, error = result
    if labelled is not None:
        sink.write(labelled)
    else:
        sink.fail(key, index, frame, error)
    progress.add(len(frame), labelled is not None)


_worker_engine: tuple[Calculator, str]
_worker_error: LabelError | None = None


def _start_worker(engine: str, threads: int, options: dict[str, Any]) -> None:
    global _worker_engine  # the one calculator of a process
    calculator = make_engine(engine, threads=threads, **options)
    _worker_engine = (calculator, engine_label(engine, calculator, options))


def _start_worker_or_keep_error(
    engine: str, threads: int, options: dict[str, Any], parent: int
) -> None:
    """As `_start_worker`; an error reaches the parent with the first frame, not as a traceback, and
    the worker ends when its parent does.
    """
    global _worker_error
    end_with(parent)
    try:
        _start_worker(engine, threads, options)
    except LabelError as error:
        _worker_error = error


def _work(frame: Atoms) -> tuple[Atoms | None, str]:
    if _worker_error is not None:
        raise _worker_error
    try:
        return evaluate(frame, *_worker_engine), ""
    except ImportError as error:  # every frame would fail
        raise LabelError(f"the engine needs a package that is not installed: {error}") from error
    except Exception as error:  # an engine may raise anything; it is recorded, the run goes on
        return None, f"{type(error).__name__}: {error}"


def label_file(source: str | Path, engine: str, out: str | Path, **arguments: Any) -> LabelSummary:
    """`label` of all frames of a file; DataError if it holds none."""
    frames = list(iter_frames(source))
    if not frames:
        raise DataError(f"{source} holds no frames; extended XYZ is expected")
    return label(frames, engine, out, **arguments)

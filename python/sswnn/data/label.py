"""Labelling of frames with a first-principles-quality engine: resumable, parallel, failures
recorded and skipped.

The output is only ever appended to, one complete frame at a time, and every frame carries the hash
of what was labelled (``info["key"]``). So a run that was killed at any moment continues with the
same call and loses at most the frames in flight; an incomplete last frame is cut off first.
Parallel over processes of one machine, or over the ranks of ``mpirun``; each rank appends to a part
file of its own, and rank 0 joins the parts at the end (or at the start of the next run).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
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
from sswnn.data.frames import format_frame, frame_key, iter_frames
from sswnn.errors import DataError, LabelError

Report = Callable[[str], None]


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
class Progress:
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


def failures_path(out: str | Path) -> Path:
    """JSON-lines file next to `out` in which the failed frames stand."""
    return Path(f"{out}.failures.jsonl")


def evaluate(frame: Atoms, calculator: Calculator, engine: str) -> Atoms:
    """The frame with energy, forces and (if periodic) stress from a calculator.

    Parameters
    ----------
    frame
        Unlabelled frame; an older label in it is replaced.
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
    atoms.calc = calculator
    labelled = Atoms(frame.numbers, frame.positions, cell=frame.cell, pbc=frame.pbc)
    labelled.info.update(
        {key: value for key, value in frame.info.items() if key not in ("stress", "virial")}
    )
    labelled.info.update(
        energy=float(atoms.get_potential_energy()), engine=engine, key=frame_key(frame)
    )
    labelled.arrays["forces"] = np.array(atoms.get_forces(), dtype=float)
    if all(frame.pbc):
        labelled.info["stress"] = np.array(atoms.get_stress(), dtype=float)
    values = [
        labelled.info["energy"],
        *labelled.arrays["forces"].ravel(),
        *labelled.info.get("stress", ()),
    ]
    if not np.isfinite(values).all():
        raise LabelError(f"the engine {engine} returned a result that is not finite")
    return labelled


def completed_keys(out: str | Path) -> set[str]:
    """Keys of the frames that `out` holds, after an incomplete last frame has been cut off.

    Raises
    ------
    DataError
        If the file is damaged elsewhere than at its end.
    """
    out = Path(out)
    if not out.exists():
        return set()
    keys: set[str] = set()
    end = 0
    with open(out, "rb") as stream:
        for number, block in enumerate(_complete_blocks(stream)):
            text = block.decode("utf-8", errors="replace")
            key = _key_of_header(text.split("\n", 2)[1])
            if key is None:
                raise DataError(
                    f"{out}: frame {number} has no key=...: was it written by `sswnn label`?"
                )
            keys.add(key)
            end += len(block)
    if end < out.stat().st_size:
        os.truncate(out, end)
    return keys


def _complete_blocks(stream: Any) -> Iterator[bytes]:
    """Bytes of every complete frame of a plain extended-XYZ stream, ending at the first incomplete
    one.
    """
    while head := stream.readline():
        try:
            n_atoms = int(head)
        except ValueError:
            return
        lines = [head] + [stream.readline() for _ in range(n_atoms + 1)]
        if not lines[-1].endswith(b"\n"):
            return
        yield b"".join(lines)


def _key_of_header(header: str) -> str | None:
    for word in header.split():
        if word.startswith("key="):
            return word[4:].strip('"')
    return None


def failed_keys(out: str | Path) -> set[str]:
    """Keys of the frames on which the engine failed before."""
    path = failures_path(out)
    if not path.exists():
        return set()
    keys = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            keys.add(json.loads(line)["key"])
        except (ValueError, KeyError):
            continue  # a line cut off by a kill; the frame is tried again
    return keys


class _Sink:
    """Append-only output of one rank: a frame or a failure is on disk when `write` or `fail`
    returns.
    """

    def __init__(self, out: Path, failures: Path):
        self._out = open(out, "ab", buffering=0)  # noqa: SIM115 - closed by close()
        self._failures = open(failures, "ab", buffering=0)  # noqa: SIM115

    def write(self, frame: Atoms) -> None:
        self._out.write(format_frame(frame).encode())
        os.fsync(self._out.fileno())

    def fail(self, key: str, index: int, frame: Atoms, error: str) -> None:
        entry = {
            "key": key,
            "index": index,
            "formula": frame.get_chemical_formula(),
            "origin": frame.info.get("origin"),
            "error": error,
        }
        self._failures.write((json.dumps(entry) + "\n").encode())
        os.fsync(self._failures.fileno())

    def close(self) -> None:
        self._out.close()
        self._failures.close()


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
    if processes < 1:
        raise LabelError(f"processes is {processes}, expected at least 1")
    comm = _mpi()
    rank, size = (comm.rank, comm.size) if comm else (0, 1)
    if size > 1 and processes > 1:
        raise LabelError(f"processes is {processes} under mpirun with {size} ranks, expected 1")
    started = time.monotonic()
    if comm:
        comm.Barrier()
    problem = None
    done: set[str] = set()
    if rank == 0:
        try:
            done = _prepare(out, resume, retry_failed)
        except (LabelError, DataError) as error:
            problem = error
    if comm:
        problem, done = comm.bcast((problem, done))
    if problem is not None:
        raise problem

    todo: dict[str, tuple[int, Atoms]] = {}
    for index, frame in enumerate(frames):
        todo.setdefault(frame_key(frame), (index, frame))
    already = sum(key in done for key in todo)
    work = [(key, *item) for key, item in todo.items() if key not in done]
    mine = work[rank::size]
    progress = Progress(len(mine), report or (lambda line: None), interval)
    progress.report(f"{len(mine)} frames to label with {engine}, {already} done before")
    target, failures = _paths(out, rank if size > 1 else None)
    sink = _Sink(target, failures)
    try:
        if processes == 1:
            _label_serially(mine, engine, threads, options or {}, sink, progress)
        else:
            _label_in_pool(mine, engine, processes, threads, options or {}, sink, progress)
    finally:
        sink.close()
    if size > 1:
        comm.Barrier()
        if rank == 0:
            _join_parts(out)
    return LabelSummary(
        progress.done - progress.failed, progress.failed, already, time.monotonic() - started
    )


def _prepare(out: Path, resume: bool, retry_failed: bool) -> set[str]:
    """Keys that need no work; leftovers of a killed run are repaired and joined."""
    if out.exists() and not resume:
        raise LabelError(f"{out} exists; continue it with resume, or remove it")
    out.parent.mkdir(parents=True, exist_ok=True)
    _join_parts(out)
    if retry_failed:
        failures_path(out).unlink(missing_ok=True)
    return completed_keys(out) | failed_keys(out)


def _paths(out: Path, rank: int | None) -> tuple[Path, Path]:
    target = out if rank is None else Path(f"{out}.rank{rank:05d}")
    return target, failures_path(target)


def _join_parts(out: Path) -> None:
    """Append the part files of the ranks to `out`, and remove them; complete frames only, each once."""
    parts = sorted(p for p in out.parent.glob(f"{out.name}.rank*") if p.suffix != ".jsonl")
    if not parts:
        return
    have = completed_keys(out)
    for part in parts:
        with open(part, "rb") as stream, open(out, "ab") as target:
            for block in _complete_blocks(stream):
                key = _key_of_header(block.decode("utf-8", errors="replace").split("\n", 2)[1])
                if key is not None and key not in have:
                    target.write(block)
                    have.add(key)
            target.flush()
            os.fsync(target.fileno())
        failures = failures_path(part)
        if failures.exists():
            with open(failures_path(out), "ab") as target:
                target.write(failures.read_bytes())
            failures.unlink()
        part.unlink()


def _mpi() -> Any:
    """The world communicator if this process was started by ``mpirun``, else None; mpi4py is not
    imported otherwise.
    """
    if not any(name in os.environ for name in ("PMI_RANK", "OMPI_COMM_WORLD_RANK", "PMIX_RANK")):
        return None
    from mpi4py import MPI

    return MPI.COMM_WORLD if MPI.COMM_WORLD.size > 1 else None


Work = Sequence[tuple[str, int, Atoms]]


def _label_serially(
    work: Work, engine: str, threads: int, options: dict[str, Any], sink: _Sink, progress: Progress
) -> None:
    if not work:
        return
    calculator = make_engine(engine, threads=threads, **options)
    name = engine_label(engine, calculator)
    for key, index, frame in work:
        try:
            sink.write(evaluate(frame, calculator, name))
            ok = True
        except (
            Exception
        ) as error:  # an engine may raise anything; the frame is recorded, the run goes on
            sink.fail(key, index, frame, f"{type(error).__name__}: {error}")
            ok = False
        progress.add(len(frame), ok)


_worker_engine: tuple[Calculator, str]


def _start_worker(engine: str, threads: int, options: dict[str, Any]) -> None:
    global _worker_engine  # the one calculator of a worker process
    calculator = make_engine(engine, threads=threads, **options)
    _worker_engine = (calculator, engine_label(engine, calculator))


def _work(frame: Atoms) -> tuple[Atoms | None, str]:
    try:
        return evaluate(frame, *_worker_engine), ""
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"


def _label_in_pool(
    work: Work,
    engine: str,
    processes: int,
    threads: int,
    options: dict[str, Any],
    sink: _Sink,
    progress: Progress,
) -> None:
    if not work:
        return
    waiting = iter(work)
    running: dict[Future, tuple[str, int, Atoms]] = {}
    with ProcessPoolExecutor(
        processes,
        mp_context=get_context("spawn"),
        initializer=_start_worker,
        initargs=(engine, threads, options),
    ) as pool:
        try:
            while True:
                while len(running) < 2 * processes and (item := next(waiting, None)) is not None:
                    running[pool.submit(_work, item[2])] = item
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    key, index, frame = running.pop(future)
                    labelled, error = future.result()
                    if labelled is not None:
                        sink.write(labelled)
                    else:
                        sink.fail(key, index, frame, error)
                    progress.add(len(frame), labelled is not None)
        except BrokenProcessPool as error:
            raise LabelError(
                f"a worker of engine {engine!r} died or could not start (out of memory? engine not installed?); "
                f"the frames done so far are kept, the same call continues"
            ) from error


def label_file(source: str | Path, engine: str, out: str | Path, **arguments: Any) -> LabelSummary:
    """`label` of all frames of a file."""
    return label(list(iter_frames(source)), engine, out, **arguments)

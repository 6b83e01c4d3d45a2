"""Files of a labelling: appending, repair after a kill, and joining the parts of several ranks.

A file holds complete frames, each with its key in the header; an incomplete last frame is cut off,
and a file that holds anything else is refused and left as it is. Failures stand in a JSON-lines file
next to it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Any

from ase import Atoms

from sswnn.data.frames import format_frame, iter_frames
from sswnn.errors import DataError, LabelError


def failures_path(out: str | Path) -> Path:
    """JSON-lines file next to `out` in which the failed frames stand."""
    return Path(f"{out}.failures.jsonl")


def completed_keys(out: str | Path) -> set[str]:
    """Keys of the frames that `out` holds, after an incomplete last frame has been cut off.

    Raises
    ------
    DataError
        If the file is not one of labelled frames, or is damaged elsewhere than at its end; it is
        left unchanged.
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
        stream.seek(end)
        tail = stream.read()
    if tail:
        if not _may_be_cut(tail, after_frame=bool(keys)):
            start = tail[:40].decode("utf-8", errors="replace")
            raise DataError(
                f"{out}: expected a frame written by `sswnn label` at byte {end}, got {start!r}; "
                f"the file is left as it is, choose another name for the output"
            )
        os.truncate(out, end)
    return keys


def _may_be_cut(tail: bytes, after_frame: bool) -> bool:
    """Whether what follows the last complete frame is the start of a frame, or harmless rubbish
    behind a frame; never a foreign file, and never rubbish before further frames.
    """
    lines = tail.split(b"\n", 2)
    if lines[0].strip().isdigit():
        return len(lines) == 1 or lines[1][:9] == b'Lattice="'[: len(lines[1])]
    return not tail.strip() or (after_frame and b'Lattice="' not in tail)


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


def failures(out: str | Path) -> list[dict]:
    """The frames on which an engine failed before: key, index, formula, origin, error, and engine if it is known."""
    path = failures_path(out)
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # cut off by a kill; the frame is tried again
        if isinstance(entry, dict) and "key" in entry:
            found.append(entry)
    return found


class Sink:
    """Append-only output of one rank: a frame or a failure is on disk when `write` or `fail`
    returns. Both files appear with the first result, so an engine that cannot start leaves none.
    """

    def __init__(self, out: Path, failures: Path, joins: Path | None = None):
        self._paths = (out, failures)
        self._joins = joins or out  # the file that a part belongs to
        self._files: tuple[FileIO, FileIO] | None = None

    def _opened(self) -> tuple[FileIO, FileIO]:
        if self._files is None:
            failures = self._paths[1]
            before = failures.read_bytes() if failures.exists() else b""
            self._files = (FileIO(self._paths[0], "a"), FileIO(failures, "a"))
            if before and not before.endswith(b"\n"):  # cut off by a kill
                _append(self._files[1], "\n")
        return self._files

    def write(self, frame: Atoms) -> None:
        """Append a frame. Raises LabelError if the file holds labels of another engine: their energies must not mix unnoticed."""
        if self._files is None and (engine := _first_engine(self._joins)) not in (None, frame.info.get("engine")):
            raise LabelError(
                f"{self._joins} holds labels of {engine}, and this engine is {frame.info.get('engine')}; give another output"
            )
        _append(self._opened()[0], format_frame(frame))

    def fail(self, key: str, index: int, frame: Atoms, error: str, engine: str | None = None) -> None:
        """Append the record of a frame on which the engine failed."""
        entry = {
            "key": key,
            "index": index,
            "formula": frame.get_chemical_formula(),
            "origin": frame.info.get("origin"),
            "error": error,
        } | ({"engine": engine} if engine else {})
        _append(self._opened()[1], json.dumps(entry) + "\n")

    def close(self) -> None:
        for file in self._files or ():
            file.close()


def _first_engine(out: Path) -> str | None:
    """Engine of the first frame of a file, if there is one that says so."""
    if not out.exists() or not out.stat().st_size:
        return None
    return next((str(frame.info["engine"]) for frame in iter_frames(out) if "engine" in frame.info), None)


def _append(file: FileIO, text: str) -> None:
    file.write(text.encode())
    os.fsync(file.fileno())


def prepare(out: Path, resume: bool, retry_failed: bool, engine: str | None = None) -> set[str]:
    """Keys that need no work; leftovers of a killed run are repaired and joined.

    An empty `out` counts as absent. Without `resume`, failures of an earlier run are forgotten; with `engine`, those of
    other engines count for nothing.

    Raises
    ------
    LabelError
        If `out` exists without `resume`.
    DataError
        As in `completed_keys`.
    """
    if not resume:
        if out.exists() and out.stat().st_size:
            raise LabelError(f"{out} exists; continue it with --resume, or remove it")
        failures_path(out).unlink(missing_ok=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    join_parts(out)
    if retry_failed:
        failures_path(out).unlink(missing_ok=True)
    failed = {entry["key"] for entry in failures(out) if engine in (None, entry.get("engine"))}
    return completed_keys(out) | failed


def rank_paths(out: Path, rank: int | None) -> tuple[Path, Path]:
    """Output and failures file of a rank; None: the only one."""
    target = out if rank is None else Path(f"{out}.rank{rank:05d}")
    return target, failures_path(target)


def join_parts(out: Path) -> None:
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

"""Bytes of trajectory files: decompression (.gz, .xz, .zst), lines with numbers, how much of the file has been read.

Knows nothing of what the lines mean.
"""

from __future__ import annotations

import gzip
import io
import lzma
import os
import re
import shutil
import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sswnn.errors import AnalysisError

COMPRESSED = (".gz", ".xz", ".zst")
_BUFFER = 1 << 20  # bytes


class EndOfFile(Exception):
    """The file ends inside a frame."""


class Lines:
    """Lines of a file with their number, for messages; the end of the file is an exception.

    A context manager; compressed by the suffix of the name.
    """

    def __init__(self, path: Path):
        self.path, self.number = path, 0
        self._size = max(1, os.path.getsize(path))
        self._file = open(path, "rb")  # noqa: SIM115 (closed by __exit__)
        try:
            self._stream = io.BufferedReader(_decompressed(self._file, path), _BUFFER)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *problem: object) -> None:
        self._stream.close()
        self._file.close()

    def fraction(self) -> float:
        """Part of the file that has been read, in bytes on the disk, 0 to 1."""
        return 1.0 if self._file.closed else min(1.0, self._file.tell() / self._size)

    def next(self) -> bytes:
        """The next line, with its end."""
        return self.block(1)[0]

    def block(self, count: int) -> list[bytes]:
        """The next `count` lines."""
        lines = list(islice(self._stream, count))
        if len(lines) < count or (lines and not lines[-1].endswith(b"\n")):
            raise EndOfFile
        self.number += count
        return lines

    def matches(self, pattern: re.Pattern[bytes], longest: int) -> Iterator[re.Match[bytes]]:
        """All matches in the rest of the file, none longer than `longest` bytes; the lines are not counted."""
        text = b""
        while chunk := self._stream.read(_BUFFER):
            text += chunk
            end = 0
            for match in pattern.finditer(text):
                end = match.end()
                yield match
            text = text[max(end, len(text) - longest) :]

    def error(self, message: str) -> AnalysisError:
        """An error that names file and line."""
        return AnalysisError(f"{self.path}, line {self.number}: {message}")


@contextmanager
def text_lines(path: Path) -> Iterator[Iterator[str]]:
    """Lines of a text file, compressed by the suffix of its name.

    Raises
    ------
    AnalysisError
        If it is no text.
    """

    def decoded(stream: Any) -> Iterator[str]:
        try:
            yield from io.TextIOWrapper(stream, encoding="utf-8")
        except UnicodeDecodeError:
            raise AnalysisError(f"{path}: no text file") from None

    with open(path, "rb") as file, io.BufferedReader(_decompressed(file, path), _BUFFER) as stream:
        yield decoded(stream)


def _decompressed(file: IO[bytes], path: Path) -> Any:
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return _Decompressed(gzip.GzipFile(fileobj=file), path)
    if suffix == ".xz":
        return _Decompressed(lzma.LZMAFile(file), path)
    if suffix == ".zst":
        return _zstandard(file, path)
    return io.FileIO(file.fileno(), closefd=False)


def _zstandard(file: IO[bytes], path: Path) -> Any:
    """By the Python module, or by the program `zstd`, with which LAMMPS writes such files."""
    try:
        import zstandard
    except ImportError:
        program = shutil.which("zstd")
        if program is None:
            raise AnalysisError(
                f"{path}: reading .zst needs `pip install zstandard` or the program zstd"
            ) from None
        return _Program([program, "--decompress", "--stdout"], file, path)
    reader = zstandard.ZstdDecompressor().stream_reader(
        file, read_across_frames=True, closefd=False
    )
    return _Decompressed(reader, path)


class _Decompressed(io.RawIOBase):
    """What a module decompresses; a file that is cut short ends there."""

    def __init__(self, stream: Any, path: Path):
        self._inner, self._path = stream, path

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._inner.read1(len(buffer))
        except EOFError:
            return 0
        except (gzip.BadGzipFile, lzma.LZMAError, zlib.error) as problem:
            raise self._error(problem) from None
        except Exception as problem:
            if type(problem).__name__ != "ZstdError":  # its module is optional
                raise
            raise self._error(problem) from None
        buffer[: len(data)] = data
        return len(data)

    def _error(self, problem: Exception) -> AnalysisError:
        return AnalysisError(f"{self._path}: cannot be decompressed: {problem}")


class _Program(io.RawIOBase):
    """Output of a program that decompresses a file."""

    def __init__(self, command: list[str], file: IO[bytes], path: Path):
        self._path = path
        self._messages = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        self._process = subprocess.Popen(
            command, stdin=file, stdout=subprocess.PIPE, stderr=self._messages
        )

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        assert self._process.stdout is not None
        data = self._process.stdout.read(len(buffer))
        if not data and self._process.wait():
            self._messages.seek(0)
            said = self._messages.read().decode(errors="replace").strip()
            if "premature" not in said:  # what it says of a file that is cut short
                raise AnalysisError(f"{self._path}: cannot be decompressed: {said[-200:]}")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process.terminate()
            self._process.wait()
            self._messages.close()
        super().close()

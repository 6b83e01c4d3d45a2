"""Labelled frames as extended XYZ: reading, writing, checking, and splitting by group.

A labelled frame is an `ase.Atoms` without calculator that carries

======================  =====================================================================================
``info["energy"]``      total energy, eV
``info["stress"]``      (6,) Voigt xx yy zz yz xz xy, eV/A^3, dE/dstrain / V (absent if not periodic)
``info["origin"]``      class of the frame, for example ``li2zrcl6_p-3m1`` or ``interface_contact``
``info["group"]``       unit of splitting: all frames of one parent or of one trajectory share it
``info["kind"]``        how it was made: ``rattle``, ``strain``, ``relax``, ``md``, ``dimer``, ``isolated``, ...
``info["temperature"]`` K, for ``md`` only
``info["engine"]``      what made the label, with its version
``arrays["forces"]``    (n, 3), eV/A
======================  =====================================================================================

In the file the stress stands as a 3x3 matrix, so that any reader of extended XYZ understands it.
This module knows nothing of engines or sampling.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import lzma
import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple, cast

import numpy as np
from ase import Atoms
from ase.io.extxyz import key_val_dict_to_str, read_xyz
from ase.stress import full_3x3_to_voigt_6_stress, voigt_6_to_full_3x3_stress

from sswnn.errors import DataError

REQUIRED_INFO = ("energy", "origin", "group", "kind")
_UNWRITTEN = ("stress", "virial")
_REMEDY = "label the frames with `sswnn label`, or name the fields `energy` and `forces`"

STATES = ("initial_magmoms", "initial_charges")
"""Arrays of a frame that say from which electronic state a calculation starts."""


def open_text(path: str | Path, mode: str = "r") -> IO[str]:
    """Text stream of a file that is plain, ``.gz`` or ``.xz``, chosen by its name.

    Parameters
    ----------
    path
        File name.
    mode
        ``"r"``, ``"w"`` or ``"a"``.
    """
    path = Path(path)
    if path.suffix == ".gz":
        return cast(IO[str], gzip.open(path, mode + "t", encoding="utf-8"))
    if path.suffix == ".xz":
        preset = None if mode == "r" else 9 | lzma.PRESET_EXTREME
        return cast(IO[str], lzma.open(path, mode + "t", preset=preset, encoding="utf-8"))
    return open(path, mode, encoding="utf-8")


def iter_frames(path: str | Path, *, labelled: bool = False) -> Iterator[Atoms]:
    """Frames of a file, one after the other, in constant memory.

    Parameters
    ----------
    path
        Extended XYZ file, plain or compressed.
    labelled
        Also require a complete label, see `check_labelled`.

    Raises
    ------
    DataError
        With file, frame number and line, if the file is truncated or malformed, and with the file
        if it cannot be read or is not text.
    """
    try:
        stream = open_text(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be opened: {error}") from error
    with stream:
        for number, line, text in _readable(_iter_blocks(stream, path), path):
            where = f"{path}: frame {number} (line {line})"
            frame = parse_frame(text, where)
            if labelled:
                check_labelled(frame, where)
            yield frame


def read_frames(path: str | Path, *, labelled: bool = False) -> list[Atoms]:
    """All frames of a file as a list; arguments and errors as in `iter_frames`."""
    return list(iter_frames(path, labelled=labelled))


def _readable(
    blocks: Iterator[tuple[int, int, str]], path: str | Path
) -> Iterator[tuple[int, int, str]]:
    """The same blocks; errors of decoding and decompression become a DataError."""
    try:
        yield from blocks
    except (OSError, EOFError, UnicodeDecodeError, lzma.LZMAError, zlib.error) as error:
        raise DataError(f"{path}: not extended XYZ, or damaged: {error}") from error


def _iter_blocks(stream: IO[str], path: str | Path) -> Iterator[tuple[int, int, str]]:
    """Frame number (from 0), first line number (from 1) and text of every frame."""
    line_number = 0
    number = 0
    while True:
        head = stream.readline()
        if not head:
            return
        line_number += 1
        if not head.strip():
            continue
        where = f"{path}: frame {number} (line {line_number})"
        try:
            n_atoms = int(head)
        except ValueError:
            raise DataError(
                f"{where}: expected the number of atoms, got {head.strip()[:60]!r}"
            ) from None
        if n_atoms < 1:
            raise DataError(f"{where}: the number of atoms is {n_atoms}, expected at least 1")
        lines = [head] + [stream.readline() for _ in range(n_atoms + 1)]
        if not lines[-1].endswith("\n"):
            raise DataError(
                f"{where}: the file ends inside the frame, expected {n_atoms + 2} complete lines"
            )
        yield number, line_number, "".join(lines)
        line_number += n_atoms + 1
        number += 1


def parse_frame(text: str, where: str = "frame") -> Atoms:
    """Frame from its extended-XYZ text, its results moved to ``info`` and ``arrays``.

    Parameters
    ----------
    text
        All lines of one frame.
    where
        Prefix of error messages.
    """
    try:
        frame = next(read_xyz(io.StringIO(text), index=slice(0, 1)))
    except Exception as error:  # ASE raises half a dozen types for malformed text
        raise DataError(f"{where}: not extended XYZ: {type(error).__name__}: {error}") from error
    results = dict(frame.calc.results) if frame.calc is not None else {}
    frame.calc = None
    if "energy" in results:
        frame.info["energy"] = float(results["energy"])
    stress = results.get("stress", frame.info.get("stress"))
    if stress is not None:
        frame.info["stress"] = _as_voigt(stress, where)
    if "forces" in results:
        frame.arrays["forces"] = np.array(results["forces"], dtype=float)
    return frame


def _as_voigt(stress: object, where: str) -> np.ndarray:
    values = np.asarray(stress, dtype=float)
    if values.size == 6:
        return values.reshape(6)
    if values.size == 9:
        return full_3x3_to_voigt_6_stress(values.reshape(3, 3))
    raise DataError(f"{where}: stress has {values.size} components, expected 6 (Voigt) or 9")


def check_labelled(frame: Atoms, where: str = "frame") -> None:
    """Nothing, if the frame has a complete and finite label.

    Raises
    ------
    DataError
        Naming the missing key, the wrong shape or the first atom with a force that is not finite.
    """
    missing = [key for key in REQUIRED_INFO if key not in frame.info]
    if missing:
        raise DataError(f"{where}: info lacks {', '.join(missing)}")
    check_targets(frame, where)


def check_targets(frame: Atoms, where: str = "frame") -> None:
    """Nothing, if the frame has an energy and forces, and these and a stress are finite.

    Raises
    ------
    DataError
        As `check_labelled`, which also asks for where the frame comes from.
    """
    if "energy" not in frame.info:
        raise DataError(f"{where}: no energy; {_REMEDY}")
    if not np.isfinite(frame.info["energy"]):
        raise DataError(f"{where}: energy is {frame.info['energy']}")
    forces = frame.arrays.get("forces")
    if forces is None:
        raise DataError(f"{where}: no forces; {_REMEDY}")
    if forces.shape != (len(frame), 3):
        raise DataError(f"{where}: forces have shape {forces.shape}, expected {(len(frame), 3)}")
    bad = np.flatnonzero(~np.isfinite(forces).all(axis=1))
    if bad.size:
        raise DataError(f"{where}: force on atom {bad[0]} is {forces[bad[0]].tolist()}")
    stress = frame.info.get("stress")
    if stress is not None and not (np.shape(stress) == (6,) and np.isfinite(stress).all()):
        raise DataError(f"{where}: stress is {stress}, expected 6 finite numbers")


def format_frame(frame: Atoms, *, position_decimals: int = 8, force_decimals: int = 8) -> str:
    """Extended-XYZ text of a frame, with positions, and forces if there are any.

    Parameters
    ----------
    frame
        The frame; of its arrays ``forces`` and `STATES` are written.
    position_decimals, force_decimals
        Digits after the point, of A and of eV/A.
    """
    forces = frame.arrays.get("forces")
    info = {
        key: value
        for key, value in frame.info.items()
        if key not in _UNWRITTEN and not key.startswith("_")
    }
    for key in ("energy",):
        if key in info:
            info[key] = round(float(info[key]), 8)
    if "stress" in frame.info:
        full = voigt_6_to_full_3x3_stress(np.asarray(frame.info["stress"], dtype=float))
        info["stress"] = np.round(full, force_decimals + 2)
    lattice = " ".join(f"{x:.8f}" for x in np.asarray(frame.cell).ravel())
    properties = "species:S:1:pos:R:3" + (":forces:R:3" if forces is not None else "")
    states = [frame.arrays[name] for name in STATES if name in frame.arrays]
    properties += "".join(f":{name}:R:1" for name in STATES if name in frame.arrays)
    pbc = " ".join("T" if p else "F" for p in frame.pbc)
    header = f'Lattice="{lattice}" Properties={properties} {key_val_dict_to_str(info)} pbc="{pbc}"'
    rows = [str(len(frame)), header]
    p, f = position_decimals, force_decimals
    for i, (symbol, r) in enumerate(
        zip(frame.get_chemical_symbols(), frame.positions, strict=True)
    ):
        row = f"{symbol:2s} {r[0]:.{p}f} {r[1]:.{p}f} {r[2]:.{p}f}"
        if forces is not None:
            row += f" {forces[i, 0]:.{f}f} {forces[i, 1]:.{f}f} {forces[i, 2]:.{f}f}"
        row += "".join(f" {state[i]:.4f}" for state in states)
        rows.append(row)
    return "\n".join(rows) + "\n"


def write_frames(
    path: str | Path,
    frames: Iterable[Atoms],
    *,
    position_decimals: int = 8,
    force_decimals: int = 8,
) -> int:
    """Number of frames written; the file appears complete or not at all.

    Parameters
    ----------
    path
        Target; ``.gz`` and ``.xz`` are compressed.
    frames
        What to write.
    position_decimals, force_decimals
        As in `format_frame`.
    """
    path = Path(path)
    partial = path.with_name(f".partial-{os.getpid()}-{path.name}")
    count = 0
    try:
        with open_text(partial, "w") as stream:
            for frame in frames:
                stream.write(
                    format_frame(
                        frame, position_decimals=position_decimals, force_decimals=force_decimals
                    )
                )
                count += 1
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return count


def frame_key(frame: Atoms) -> str:
    """Hash of the content that a label depends on: elements, positions, cell, periodicity, initial moments and charges.

    Positions and cell count to 1e-6 A, moments and charges to 1e-3 where they are not zero. Returns 16 hexadecimal digits.
    """
    digest = hashlib.sha256()
    digest.update(np.asarray(frame.numbers, dtype="<i4").tobytes())
    for values in (frame.positions, np.asarray(frame.cell)):
        digest.update(np.round(np.asarray(values) * 1e6).astype("<i8").tobytes())
    digest.update(np.asarray(frame.pbc, dtype="u1").tobytes())
    for name in STATES:
        if name in frame.arrays and (state := np.round(frame.arrays[name] * 1e3).astype("<i8")).any():
            digest.update(name.encode() + state.tobytes())
    return digest.hexdigest()[:16]


class Split(NamedTuple):
    """Indices of the frames for training, for validation and for the final test."""

    train: list[int]
    validation: list[int]
    test: list[int]


def split_by_group(
    frames: Sequence[Atoms], fractions: tuple[float, float, float] = (0.8, 0.1, 0.1), seed: int = 0
) -> Split:
    """Whole groups given to training, validation and test by a seeded hash of their names.

    Each group's place depends on its name and the seed alone: neither on the order of the frames
    nor on what else is in the data set, so a group that was held out stays held out when data are
    added, and a model can be trained further without having seen its test.

    Parameters
    ----------
    frames
        Frames with ``info["origin"]`` and ``info["group"]``.
    fractions
        Shares of training, validation and test, of the groups on average; they sum to one.
    seed
        Another seed gives another split.

    Raises
    ------
    DataError
        If the fractions are not shares of one or a frame has no group or origin.
    """
    if min(fractions) < 0 or abs(sum(fractions) - 1) > 1e-9:
        raise DataError(f"fractions are {fractions}, expected three numbers >= 0 that sum to 1")
    parts: tuple[list[int], list[int], list[int]] = ([], [], [])
    for i, frame in enumerate(frames):
        for key in ("group", "origin"):
            if key not in frame.info:
                raise DataError(f"frame {i}: info lacks {key}")
        parts[part_of_group(str(frame.info["group"]), fractions, seed)].append(i)
    return Split(*parts)


def part_of_group(group: str, fractions: tuple[float, float, float], seed: int) -> int:
    """The part that a group belongs to, as in `split_by_group`: 0 training, 1 validation, 2 test."""
    digest = hashlib.sha256(f"{seed}:{group}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    return int(np.searchsorted(np.cumsum(fractions)[:2], place, side="right"))

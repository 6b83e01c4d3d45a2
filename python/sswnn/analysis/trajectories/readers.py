"""Frames of trajectories that are not LAMMPS' or extended XYZ: VASP's XDATCAR, whatever ASE reads, MDAnalysis universes.

Knows formats and nothing of what is computed from the frames; `read_any` chooses by the name of the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols

from sswnn.analysis.trajectories.frame import Frame
from sswnn.analysis.trajectories.streams import COMPRESSED, text_lines
from sswnn.analysis.trajectories.trajectory import Selection, check_timestep, read_trajectory
from sswnn.errors import AnalysisError

_ASE = (".traj", ".nc", ".cif", ".db", ".json", ".xml", ".out")


def by_another_reader(path: str | Path) -> bool:
    """Whether a name tells a format that `read_any` does not hand to `read_trajectory`."""
    path = Path(path)
    plain = path.with_suffix("") if path.suffix in COMPRESSED else path
    return plain.suffix in _ASE or plain.name.startswith(("XDATCAR", "OUTCAR"))


def read_any(
    path: str | Path,
    *,
    start: int = 0,
    stop: int | None = None,
    every: int = 1,
    timestep_fs: float | None = None,
    elements: tuple[str, ...] | None = None,
) -> Iterator[Frame]:
    """Frames of a trajectory; arguments as for `read_trajectory`.

    Names that begin with XDATCAR are VASP's; `.traj`, OUTCAR and other files of ASE are read by ASE; all else by
    `read_trajectory`. For the first two `timestep_fs` is the time from one stored configuration to the next.
    """
    path = Path(path)
    if path.name.startswith("XDATCAR"):
        frames: Iterator[Frame] = read_xdatcar(path, interval_fs=timestep_fs)
    elif by_another_reader(path):
        frames = from_ase(_ase_frames(path), interval_fs=timestep_fs)
    else:
        yield from read_trajectory(
            path, start=start, stop=stop, every=every, timestep_fs=timestep_fs, elements=elements
        )
        return
    wanted = Selection(start, stop, every, timestep_fs).frames
    for frame in frames:
        if frame.index >= wanted.stop:
            return
        if frame.index in wanted:
            yield frame


def from_ase(images: Iterable[Atoms], *, interval_fs: float | None = None) -> Iterator[Frame]:
    """Frames of ASE structures, wrapped or not.

    Parameters
    ----------
    images
        In the order of time.
    interval_fs
        From one to the next, fs; None: the time is in `info["time"]` (ps), or unknown.
    """
    check_timestep(interval_fs)
    for index, atoms in enumerate(images):
        if atoms.cell.rank < 3:
            raise AnalysisError(f"frame {index} has no cell, expected three cell vectors")
        time = atoms.info.get("time") if interval_fs is None else index * interval_fs / 1000
        yield Frame(
            index,
            index,
            None if time is None else float(time),
            np.array(atoms.get_chemical_symbols()),
            atoms.get_positions(),
            atoms.cell.array.copy(),
            pbc=atoms.pbc.copy(),
        )


def from_universe(
    universe: Any, *, symbols: Sequence[str] | None = None, unwrapped: bool = False
) -> Iterator[Frame]:
    """Frames of an MDAnalysis universe; its times (ps) and lengths (A) are taken as they are.

    Parameters
    ----------
    universe
        `MDAnalysis.Universe` with a periodic cell.
    symbols
        (n,) chemical symbols; None: the attribute `elements`, or else `names` without their digits.
    unwrapped
        True if the positions follow the atoms across the boundaries.

    Raises
    ------
    AnalysisError
        No cell, or atoms whose elements are not known.
    """
    kinds = np.array(symbols if symbols is not None else _universe_symbols(universe))
    for index, step in enumerate(universe.trajectory):
        if step.dimensions is None:
            raise AnalysisError(f"frame {index} has no cell, expected three cell vectors")
        cell = np.array(step.triclinic_dimensions, dtype=float)
        positions = np.array(step.positions, dtype=float)
        yield Frame(index, int(step.frame), float(step.time), kinds, positions, cell, unwrapped=unwrapped)


def _universe_symbols(universe: Any) -> list[str]:
    attributes = universe.atoms
    words = list(getattr(attributes, "elements", getattr(attributes, "names", [])))
    found = [str(word).strip("0123456789+- ").capitalize() for word in words]
    unknown = sorted({x for x in found if x not in chemical_symbols[1:]})
    if unknown or not found:
        raise AnalysisError(
            f"elements of the universe are not known ({', '.join(unknown) or 'no names'}): give symbols, one for each atom"
        )
    return found


def _ase_frames(path: Path) -> Iterator[Atoms]:
    if not path.is_file():
        raise AnalysisError(f"{path}: no such file")
    if path.suffix in COMPRESSED:
        raise AnalysisError(f"{path}: files that ASE reads are not decompressed here; decompress it first")
    from ase.io import iread

    try:
        yield from iread(path, index=":")
    except Exception as problem:  # ASE's readers raise whatever they meet
        raise AnalysisError(f"{path}: ASE cannot read it: {problem}") from None


def read_xdatcar(path: str | Path, *, interval_fs: float | None = None) -> Iterator[Frame]:
    """Frames of VASP's XDATCAR, of a fixed cell or with the cell before every configuration.

    A last configuration that is cut short is left out.

    Parameters
    ----------
    interval_fs
        From one configuration to the next, POTIM x NBLOCK, fs.
    """
    path = Path(path)
    if not path.is_file():
        raise AnalysisError(f"{path}: no such file")
    check_timestep(interval_fs)
    with text_lines(path) as lines:
        yield from _xdatcar(_numbered(lines), path, interval_fs)


def _numbered(stream: Iterable[str]) -> Iterator[tuple[int, str]]:
    return enumerate(stream, 1)


def _xdatcar(lines: Iterator[tuple[int, str]], path: Path, interval_fs: float | None) -> Iterator[Frame]:
    cell, symbols, index = np.empty(0), np.empty(0), 0
    for number, line in lines:
        try:
            if not line.startswith("Direct configuration"):
                cell, symbols = _header(lines)
                continue
            if not len(symbols):
                raise ValueError("a configuration before the cell")
            rows = [next(lines)[1].split()[:3] for _ in symbols]
            if len(rows[-1]) < 3:
                return
            fraction = np.array(rows, dtype=float)
        except StopIteration:
            break
        except ValueError as problem:
            raise AnalysisError(f"{path}, line {number}: no XDATCAR: {problem}") from None
        time = None if interval_fs is None else index * interval_fs / 1000
        yield Frame(index, index, time, symbols, fraction @ cell, cell)
        index += 1
    if not index:
        raise AnalysisError(f"{path}: no complete frame")


def _header(lines: Iterator[tuple[int, str]]) -> tuple[np.ndarray, np.ndarray]:
    """Cell and symbols from the lines after the title."""
    scale = float(next(lines)[1])
    cell = np.array([[float(x) for x in next(lines)[1].split()] for _ in range(3)])
    names = next(lines)[1].split()
    counts = [int(x) for x in next(lines)[1].split()]
    if cell.shape != (3, 3) or len(names) != len(counts):
        raise ValueError(f"elements {' '.join(names)} with {len(counts)} counts")
    unknown = [x for x in names if x not in chemical_symbols[1:]]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no element")
    size = scale if scale > 0 else (-scale / abs(np.linalg.det(cell))) ** (1 / 3)  # negative: the volume
    return cell * size, np.repeat(names, counts)

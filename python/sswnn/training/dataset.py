"""Labelled frames as flat arrays, with neighbour lists made once, and the batches of an epoch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from ase import Atoms
from ase.stress import voigt_6_to_full_3x3_stress

from sswnn.data.frames import check_targets, iter_frames, part_of_group, split_by_group
from sswnn.errors import DataError
from sswnn.training.config import DataConfig
from sswnn.twin.batch import Batch
from sswnn.twin.model import Potential, element_indices
from sswnn.twin.neighbours import neighbour_list

CALM_FORCE = 10.0  # eV/Å, of a label; atoms and frames with stronger forces are told apart


@dataclass
class Frame:
    """One frame: geometry with neighbours, targets and where it comes from."""

    species: np.ndarray  # [n]
    first: np.ndarray  # [pairs]
    second: np.ndarray  # [pairs]
    displacement: np.ndarray  # [pairs, 3], Å
    volume: float  # Å³
    energy: float  # eV; the trained part only, once training/reference.py has taken the rest out
    forces: np.ndarray  # [n, 3], eV/Å
    stress: np.ndarray  # [3, 3], eV/Å³; NaN where there is none
    info: dict

    @property
    def atoms(self) -> int:
        return len(self.species)

    @property
    def largest_force(self) -> float:
        return float(np.abs(self.forces).max())


@dataclass
class Labelled:
    """A batch with its labels, in the batch's order of atoms."""

    batch: Batch
    sizes: torch.Tensor  # [frames]
    volumes: torch.Tensor  # [frames]
    energy: torch.Tensor  # [frames]
    forces: torch.Tensor  # [atoms, 3]
    stress: torch.Tensor  # [frames, 3, 3], 0 where there is none
    has_stress: torch.Tensor  # [frames]
    weight: torch.Tensor  # [frames], in the loss


def read_dataset(config: DataConfig) -> list[Atoms]:
    """All labelled frames of a configuration's files whose forces are within its limit.

    A frame needs energy and forces. Where it comes from may be absent: then `origin` is the name
    of its file without endings (the stem), `kind` is ``other``, and `group` is ``<stem>_<k // 10>``
    for the k-th frame of the file: blocks of ten consecutive frames are held out together, which
    keeps most but not all siblings of one parent or trajectory on one side of the split.

    Raises
    ------
    DataError
        For a missing energy or forces, for files without frames, or if nothing is left.
    """
    if not config.frames:
        raise DataError("data.frames is missing; name the files with labelled frames")
    frames = [frame for path in config.frames for frame in _with_origin(path)]
    if not frames:
        raise DataError(f"data.frames: the files {', '.join(config.frames)} hold no frames")
    kept = [f for f in frames if np.abs(f.arrays["forces"]).max() <= config.max_force]
    if not kept:
        raise DataError(
            f"{config.frames}: none of {len(frames)} frames has all forces within {config.max_force} eV/A"
        )
    return kept


def _with_origin(path: str) -> Iterator[Atoms]:
    """Frames of a file with their labels checked and origin, group and kind filled in."""
    stem = Path(path).name.split(".")[0]
    for k, frame in enumerate(iter_frames(path)):
        check_targets(frame, f"{path}: frame {k}")
        for key, value in (("origin", stem), ("group", f"{stem}_{k // 10}"), ("kind", "other")):
            frame.info.setdefault(key, value)
        yield frame


def data_hash(paths: list[str]) -> str:
    """SHA-256 over the bytes of the files, in order."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(Path(path).read_bytes())
    return digest.hexdigest()


def split(atoms: list[Atoms], config: DataConfig) -> dict[str, list[int]]:
    """Frame numbers of the parts train, validation and test; frames of one group stay together."""
    return split_by_group(atoms, _fractions(config), config.split_seed)._asdict()


def is_held_out(group: str, config: DataConfig) -> bool:
    """Whether `split` keeps a group from training."""
    return part_of_group(group, _fractions(config), config.split_seed) > 0


def _fractions(config: DataConfig) -> tuple[float, float, float]:
    return 1 - config.validation - config.test, config.validation, config.test


def prepare(atoms: Atoms, potential: Potential) -> Frame:
    """Neighbours and labels of one frame as arrays."""
    first, second, displacement = neighbour_list(
        atoms.positions, atoms.cell[:], atoms.pbc, potential.cutoff
    )
    stress = np.full((3, 3), np.nan)
    if atoms.pbc.all() and "stress" in atoms.info:
        stress = voigt_6_to_full_3x3_stress(np.asarray(atoms.info["stress"], dtype=float))
    return Frame(
        species=element_indices(potential, atoms.get_chemical_symbols()),
        first=np.asarray(first, dtype=np.int32),
        second=np.asarray(second, dtype=np.int32),
        displacement=np.asarray(displacement, dtype=np.float32),
        volume=abs(atoms.cell.volume) if atoms.pbc.all() else np.inf,
        energy=float(atoms.info["energy"]),
        forces=np.asarray(atoms.arrays["forces"], dtype=float),
        stress=stress,
        info={
            key: atoms.info[key]
            for key in ("origin", "group", "kind", "engine", "temperature")
            if key in atoms.info
        },
    )


def make_batch(potential: Potential, frames: list[Frame]) -> Labelled:
    """Several frames as one batch with labels, in the potential's number type."""
    sizes = np.array([f.atoms for f in frames])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    pairs = np.array([len(f.first) for f in frames])
    shift = np.repeat(starts, pairs)
    batch = potential.make_batch(
        np.concatenate([f.species for f in frames]),
        np.repeat(np.arange(len(frames)), sizes),
        np.concatenate([f.first for f in frames]) + shift,
        np.concatenate([f.second for f in frames]) + shift,
        np.concatenate([f.displacement for f in frames]),
    )
    dtype = potential.radial_basis.dtype

    def real(values) -> torch.Tensor:
        return torch.as_tensor(np.asarray(values), dtype=dtype)

    stress = np.stack([f.stress for f in frames])
    has_stress = np.isfinite(stress).all(axis=(1, 2))
    return Labelled(
        batch=batch,
        sizes=real(sizes),
        volumes=real([f.volume for f in frames]),
        energy=real([f.energy for f in frames]),
        forces=real(np.concatenate([f.forces for f in frames])[batch.order.numpy()]),
        stress=real(np.where(has_stress[:, None, None], stress, 0)),
        has_stress=torch.from_numpy(has_stress),
        weight=real([f.info["weight"] for f in frames]),
    )


def group_by_atoms(sizes: list[int], order: np.ndarray, batch_atoms: int) -> list[np.ndarray]:
    """Consecutive runs of `order` with at least `batch_atoms` atoms each (the last may have fewer)."""
    out, current, count = [], [], 0
    for k in order:
        current.append(k)
        count += sizes[k]
        if count >= batch_atoms:
            out.append(np.array(current))
            current, count = [], 0
    if current:
        out.append(np.array(current))
    return out


def batches(
    potential: Potential, frames: list[Frame], batch_atoms: int
) -> Iterator[tuple[np.ndarray, Labelled]]:
    """All frames once, in order: (frame numbers, batch)."""
    for members in group_by_atoms([f.atoms for f in frames], np.arange(len(frames)), batch_atoms):
        yield members, make_batch(potential, [frames[k] for k in members])

"""Frames of the shipped data that several potentials are fitted to and judged on, and how a subset is drawn."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from accuracy import DATA
from ase import Atoms

from sswnn.data.frames import iter_frames, split_by_group
from sswnn.errors import DataError
from sswnn.training.dataset import CALM_FORCE

SOURCE = DATA / "lizrcl_l3i5.extxyz.xz"
LARGEST = 20  # atoms
HELD_OUT = 0.25  # share of the groups
VALIDATION = 0.08  # share of the groups that are not held out
SEED = 7
UNUSUAL = ("dimer", "isolated")
"""Kinds that are no bulk: atoms in vacuum."""


@dataclass(frozen=True)
class Parts:
    """Frames for fitting, for the choice of what a fit leaves free, and for judging; no group is in two parts."""

    train: list[Atoms]
    validation: list[Atoms]
    test: list[Atoms]


def calm(frame: Atoms) -> bool:
    """Whether no component of a label's force reaches `CALM_FORCE`."""
    return bool(np.abs(frame.arrays["forces"]).max() < CALM_FORCE)


def stratified(frames: list[Atoms], count: int, seed: int) -> list[Atoms]:
    """`count` of the frames, of each origin its share (largest remainders), drawn without replacement; in the old order.

    All frames if there are no more than `count`.
    """
    if count >= len(frames):
        return list(frames)
    members: dict[str, list[int]] = defaultdict(list)
    for number, frame in enumerate(frames):
        members[str(frame.info["origin"])].append(number)
    names = sorted(members)
    exact = np.array([len(members[name]) for name in names]) * count / len(frames)
    quota = np.floor(exact).astype(int)
    quota[np.argsort(quota - exact, kind="stable")[: count - quota.sum()]] += 1
    random = np.random.default_rng(seed)
    chosen = np.concatenate(
        [random.choice(members[x], k, replace=False) for x, k in zip(names, quota, strict=True)]
    )
    return [frames[k] for k in np.sort(chosen).astype(int)]


def parts(training: int, test: int) -> Parts:
    """Calm periodic frames of at most `LARGEST` atoms: about `training` for fit and validation, `test` for judging.

    Raises
    ------
    DataError
        If the shipped data do not hold that many.
    """
    usable = [
        frame
        for frame in iter_frames(SOURCE)
        if len(frame) <= LARGEST
        and frame.pbc.all()
        and frame.info["kind"] not in UNUSUAL
        and calm(frame)
    ]
    validation = VALIDATION * (1 - HELD_OUT)
    split = split_by_group(usable, (1 - HELD_OUT - validation, validation, HELD_OUT), SEED)
    wanted = (round(training * (1 - VALIDATION)), round(training * VALIDATION), test)
    found = []
    for members, count, name in zip(split, wanted, split._fields, strict=True):
        if len(members) < count:
            raise DataError(
                f"{SOURCE.name} has {len(members)} frames for {name}, {count} are wanted"
            )
        found.append(stratified([usable[k] for k in members], count, SEED))
    return Parts(*found)

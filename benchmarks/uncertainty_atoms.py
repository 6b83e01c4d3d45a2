"""Atoms of labelled frames with their predicted uncertainties and true force errors; shared by the scripts on uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from ase import Atoms
from pareto_frames import calm

from sswnn import SSWNN


@dataclass(frozen=True)
class Predicted:
    """Atoms of frames: predicted uncertainty (eV/Å), force errors (n, 3) (eV/Å), and what they belong to."""

    predicted: np.ndarray
    errors: np.ndarray
    elements: np.ndarray  # (n,) atomic numbers
    frame: np.ndarray  # (n,) number of the frame, from 0
    classes: np.ndarray  # (n,) names
    groups: np.ndarray  # (n,) names

    @property
    def error(self) -> np.ndarray:
        """(n,) root mean squares of the components of each atom, eV/Å."""
        return np.sqrt(np.mean(self.errors**2, axis=1))

    def __getitem__(self, chosen: np.ndarray) -> Predicted:
        return Predicted(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def with_prediction(self, values: np.ndarray) -> Predicted:
        """The same atoms with other predictions."""
        return Predicted(values, self.errors, self.elements, self.frame, self.classes, self.groups)


def predict(frames: Sequence[Atoms], calculator: SSWNN) -> Predicted:
    """Uncertainties and errors of all atoms of frames."""
    columns: list[list[Any]] = [[] for _ in range(6)]
    for number, frame in enumerate(frames):
        atoms = Atoms(frame.numbers, frame.positions, cell=frame.cell, pbc=frame.pbc)
        atoms.calc = calculator
        predicted = calculator.get_property("uncertainty", atoms)  # and with it the forces
        name = (
            "random"
            if str(frame.info["origin"]).startswith("random")
            else "calm"
            if calm(frame)
            else "hot"
        )
        values = (
            predicted,
            atoms.get_forces() - frame.arrays["forces"],
            frame.numbers,
            np.full(len(frame), number),
            np.full(len(frame), name),
            np.full(len(frame), str(frame.info["group"])),
        )
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    return Predicted(*(np.concatenate(column) for column in columns))


def joined(one: Predicted, two: Predicted) -> Predicted:
    """Atoms of both; frames of the second are numbered on."""
    columns = {
        x: np.concatenate([getattr(one, x), getattr(two, x)]) for x in one.__dataclass_fields__
    }
    columns["frame"] = np.concatenate([one.frame, two.frame + one.frame.max() + 1])
    return Predicted(**columns)

"""Frames that are known already: by key, by fingerprint, and the group that a new frame inherits from its likeness."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from ase import Atoms

from sswnn.data.frames import frame_key
from sswnn.ssw.archive import DEFAULTS
from sswnn.ssw.fingerprint import Fingerprint, distances, fingerprint

LIKENESS = DEFAULTS["fingerprint_tolerance"]
"""Distance of fingerprints up to which a structure belongs to the group of a known frame."""
FARTHEST = 2.0
"""Distance to a frame with other elements: the largest that fingerprints can have."""


class Known:
    """A growing set of frames with groups.

    Parameters
    ----------
    frames
        The first ones.
    """

    def __init__(self, frames: Iterable[Atoms] = ()):
        self.keys: set[str] = set()
        self._rows: dict[tuple[int, ...], list[np.ndarray]] = {}
        self._groups: dict[tuple[int, ...], list[str]] = {}
        self._matrices: dict[tuple[int, ...], np.ndarray] = {}
        for frame in frames:
            self.add(frame)

    def add(self, frame: Atoms) -> None:
        """One more frame; it must have a group."""
        seen = fingerprint(frame)
        self.keys.add(frame_key(frame))
        self._rows.setdefault(seen.elements, []).append(seen.values)
        self._groups.setdefault(seen.elements, []).append(str(frame.info["group"]))
        self._matrices.pop(seen.elements, None)

    def copy(self) -> Known:
        """Another set of the same frames, which grows on its own."""
        new = Known()
        new.keys = set(self.keys)
        new._rows = {elements: list(rows) for elements, rows in self._rows.items()}
        new._groups = {elements: list(groups) for elements, groups in self._groups.items()}
        return new

    def nearest(self, seen: Fingerprint) -> tuple[float, str | None]:
        """Distance to the most similar frame, and its group; `FARTHEST` and None if there is none of these elements."""
        if seen.elements not in self._rows:
            return FARTHEST, None
        if seen.elements not in self._matrices:
            self._matrices[seen.elements] = np.stack(self._rows[seen.elements])
        gaps = distances(seen.values, self._matrices[seen.elements])
        k = int(gaps.argmin())
        return float(gaps[k]), self._groups[seen.elements][k]

    def group(self, atoms: Atoms) -> str | None:
        """Group of the known frame that a structure resembles; None if it resembles none."""
        gap, group = self.nearest(fingerprint(atoms))
        return group if gap <= LIKENESS else None

"""Which entry of an archive a structure is, if any: by energy, by fingerprint, and by comparison of the structures."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from ase import Atoms

from sswnn.ssw.comparison import Cluster, Crystal, comparable
from sswnn.ssw.entries import structure
from sswnn.ssw.fingerprint import Fingerprint, distances
from sswnn.ssw.store import Store

_KEPT = 1024  # entries that stay ready for comparisons


class KnownMinima:
    """The entries of a store, ready for comparisons.

    Parameters
    ----------
    store
        With a table of minima; entries never change.
    energy_tolerance, fingerprint_tolerance, length_unit
        As of the archive.
    """

    def __init__(
        self,
        store: Store,
        energy_tolerance: float,
        fingerprint_tolerance: float,
        length_unit: float,
    ):
        self._store = store
        self.energy_tolerance, self.fingerprint_tolerance = energy_tolerance, fingerprint_tolerance
        self._length_unit = length_unit
        self._entry = lru_cache(_KEPT)(self._read)

    def newest(self) -> int:
        """Largest id; 0 if there is none."""
        return self._store.select("SELECT coalesce(max(id), 0) FROM minima")[0][0]

    def near(self, row: dict, values: Fingerprint, after: int = 0) -> list[int]:
        """Ids beyond `after` of the entries with energies and fingerprints within the tolerances, nearest first.

        Parameters
        ----------
        row
            With composition, pbc and energy_per_atom of the structure.
        values
            Its fingerprint.
        """
        energy, width = row["energy_per_atom"], self.energy_tolerance
        found = self._store.select(
            "SELECT id, fingerprint FROM minima WHERE composition = ? AND pbc = ?"
            " AND energy_per_atom BETWEEN ? AND ? AND id > ?",
            (row["composition"], row["pbc"], energy - width, energy + width, after),
        )
        if not found:
            return []
        others = np.frombuffer(b"".join(f["fingerprint"] for f in found), "<f4")
        gaps = distances(values.values, others.reshape(len(found), -1))
        order = np.argsort(gaps, kind="stable")
        return [found[k]["id"] for k in order if gaps[k] <= self.fingerprint_tolerance]

    def first_same(self, candidate: Crystal | Cluster, ids: list[int]) -> int | None:
        """The first of some entries that is the candidate; None if none is."""
        for identity in ids:
            if candidate.same(self._entry(identity)):  # type: ignore[arg-type]  # of one periodicity
                return identity
        return None

    def _read(self, identity: int) -> Crystal | Cluster:
        raw = self._store.select("SELECT * FROM minima WHERE id = ?", (identity,))[0]
        return comparable(Atoms(**structure(raw)), self._length_unit)

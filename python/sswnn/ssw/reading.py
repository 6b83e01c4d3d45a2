"""What can be read from an archive of minima: entries in any order, rejections, settings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from ase.formula import Formula

from sswnn.errors import DataError
from sswnn.ssw.entries import Entry, Rejection, entry_of, rejection
from sswnn.ssw.store import Store

_ORDERS = {
    "enthalpy": "enthalpy_per_atom, id",
    "energy": "energy_per_atom, id",
    "id": "id",
    "visits": "visits DESC, id",
}


class ArchiveReader:
    """Entries and rejections of a store."""

    path: Path
    _store: Store

    def count(self, composition: str | None = None) -> int:
        """Number of distinct minima, of one composition or of all."""
        where, values = _of_composition(composition)
        return self._store.select(f"SELECT count(*) FROM minima WHERE {where}", values)[0][0]

    def __len__(self) -> int:
        return self.count()

    def __iter__(self) -> Iterator[Entry]:
        """Entries in the order in which they were found."""
        return self.entries(order_by="id")

    def __getitem__(self, identity: int) -> Entry:
        """Entry of an id.

        Raises
        ------
        KeyError
            If there is none.
        """
        found = self._store.select("SELECT * FROM minima WHERE id = ?", (int(identity),))
        if not found:
            raise KeyError(f"{self.path}: no minimum {identity}, there are {self.count()}")
        return entry_of(found[0])

    def best(self, composition: str | None = None) -> Entry | None:
        """Entry with the lowest enthalpy per atom; None if there is none.

        Parameters
        ----------
        composition
            Formula, in any order and multiple, for example ``"Li2ZrCl6"``. Enthalpies of different
            compositions are hardly comparable, so give one if the archive has several.
        """
        return next(self.entries(limit=1, composition=composition), None)

    def entries(
        self,
        order_by: str = "enthalpy",
        limit: int | None = None,
        composition: str | None = None,
        max_above_best: float | None = None,
    ) -> Iterator[Entry]:
        """Entries in order, read while iterating.

        Parameters
        ----------
        order_by
            ``enthalpy`` or ``energy`` (per atom), ``id``, or ``visits`` (most first).
        limit
            Largest number.
        composition
            As in `best`.
        max_above_best
            Largest enthalpy above the best entry of the same composition, eV per atom.

        Raises
        ------
        DataError
            If the order is unknown.
        """
        if order_by not in _ORDERS:
            raise DataError(f"order is {order_by!r}, expected one of {', '.join(_ORDERS)}")
        where, values = _of_composition(composition)
        if max_above_best is not None:
            where += (
                " AND enthalpy_per_atom <= ? + (SELECT min(b.enthalpy_per_atom) FROM minima b"
                " WHERE b.composition = minima.composition)"
            )
            values += (max_above_best,)
        chosen = self._store.select(
            f"SELECT id FROM minima WHERE {where} ORDER BY {_ORDERS[order_by]} LIMIT ?",
            (*values, -1 if limit is None else limit),
        )
        return map(entry_of, self._store.rows("minima", [row["id"] for row in chosen]))

    def compositions(self) -> dict[str, int]:
        """Composition -> number of distinct minima."""
        found = self._store.select(
            "SELECT composition, count(*) FROM minima GROUP BY composition ORDER BY composition"
        )
        return {row[0]: row[1] for row in found}

    def rejections(self, limit: int | None = None) -> Iterator[Rejection]:
        """What was refused, the latest first."""
        chosen = self._store.select(
            "SELECT id FROM rejections ORDER BY id DESC LIMIT ?", (-1 if limit is None else limit,)
        )
        return map(rejection, self._store.rows("rejections", [row["id"] for row in chosen]))

    def count_rejections(self) -> int:
        """Number of structures that were refused."""
        return self._store.select("SELECT count(*) FROM rejections")[0][0]

    @property
    def settings(self) -> dict[str, object]:
        """What was recorded as settings."""
        return json.loads(self.get_meta("settings") or "{}")

    def get_meta(self, key: str) -> str | None:
        """Value of a key of the table of metadata; None if there is none."""
        return self._store.get_meta(key)


def _of_composition(composition: str | None) -> tuple[str, tuple[object, ...]]:
    """Condition and its values for the formula of a composition, as written or reduced."""
    if composition is None:
        return "1", ()
    try:
        whole = Formula(composition)
        reduced = whole.reduce()[0]
    except ValueError as error:
        raise DataError(
            f"composition is {composition!r}, expected a formula such as Li2ZrCl6"
        ) from error
    return (
        "((composition = ? AND pbc > 0) OR (composition = ? AND pbc = 0))",
        (reduced.format("metal"), whole.format("metal")),
    )

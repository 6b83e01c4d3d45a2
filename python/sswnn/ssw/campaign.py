"""A campaign: walkers shared out over processes or MPI ranks, every step recorded, resumed after any kill.

A walker is a folder of its own files and a lock. Whoever holds the lock moves it; the operating system frees the lock of a
process that dies, so that another one goes on with its walker, and nobody needs to be told. A walker's state is replaced after
each step, when the minimum is in the archive: a kill costs the step in flight, and the walk goes on bit for bit.
"""

from __future__ import annotations

import csv
import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from ase import Atoms

from sswnn.errors import DataError
from sswnn.files import replace_file, replace_table
from sswnn.potential import models
from sswnn.ssw.archive import Archive
from sswnn.ssw.config import SearchConfig, with_files
from sswnn.ssw.entries import Minimum
from sswnn.ssw.starts import make_start
from sswnn.ssw.surface import Surface
from sswnn.ssw.surfaces import make_surface
from sswnn.ssw.walker import Step, Walker

COLUMNS = ("step", "calls", "energy", "enthalpy", "accepted", "minimum", "reason")
CLUSTER_UNIT = 0.4  # of reduced units: the length that plays the part of 1 Å in fingerprints


@dataclass(frozen=True)
class Task:
    """One walker of a campaign."""

    number: int
    start: int  # index of its kind of start
    seed: tuple[int, int, int]


class Campaign:
    """The walkers of a configuration in a folder.

    Parameters
    ----------
    config
        The search.

    Raises
    ------
    DataError
        If the folder belongs to a search with other settings.
    """

    def __init__(self, config: SearchConfig):
        self.config = config
        self.folder = Path(config.run)
        self.walkers = self.folder / "walkers"
        self.walkers.mkdir(parents=True, exist_ok=True)
        self._check_settings()
        self.tasks = [
            Task(s * config.walkers + w, s, (config.seed, s, w))
            for w in range(config.walkers)
            for s in range(len(config.starts))
        ]

    def _check_settings(self) -> None:
        """Write the settings, or compare: a longer search is the same search, any other change is not."""
        path = self.folder / "settings.json"
        settings = json.loads(json.dumps(asdict(self.config)))
        for name in ("run", "steps"):
            settings.pop(name)

        def seen(name: str) -> str:  # the same files, from wherever the command is called
            return os.path.relpath(name, self.folder) if os.path.isfile(name) else ""

        for start in settings["starts"]:
            start["files"] = [os.path.relpath(name, self.folder) for name in start["files"]]
        surface = settings["surface"]
        if surface["kind"] == "model":  # a name may stand for another model after an update
            surface["fingerprint"] = models.fingerprint(models.path(surface["model"]))
        surface["model"] = seen(surface["model"]) or surface["model"]
        surface["commands"] = [with_files(line, seen) for line in surface["commands"]]
        if path.exists():
            known = json.loads(path.read_text(encoding="utf-8"))
            if "fingerprint" not in known["surface"]:  # made before these were kept
                surface.pop("fingerprint", None)
            if known != settings:
                changed = _differences(settings, known)
                raise DataError(
                    f"{self.folder} holds a search with another {', '.join(changed)}; give this one another folder"
                )
            return
        replace_file(path, json.dumps(settings, indent=1))

    def archive(self, readonly: bool = False) -> Archive:
        """The archive of all walkers."""
        path = self.folder / "minima.sqlite"
        if readonly:
            return Archive(path, readonly=True)
        return Archive(
            path,
            pressure=self.config.walk.pressure,
            energy_tolerance=self.config.energy_tolerance,
            length_unit=CLUSTER_UNIT if self.config.surface.reduced else 1.0,
        )

    # -- the work ---------------------------------------------------------------------------------

    def work(self, until: Callable[[], bool] = lambda: False, after: Callable[[], None] = lambda: None) -> None:
        """Move walkers, one after another, until none is left that is unfinished and free.

        Parameters
        ----------
        until
            Asked after every step; True ends the work.
        after
            Called after every step, for progress.
        """
        with self.archive() as archive:
            for task in self.tasks:
                if until():
                    return
                with self._claim(task) as free:
                    if free and not self.finished(task):
                        self._walk(task, archive, until, after)

    def _walk(self, task: Task, archive: Archive, until: Callable, after: Callable) -> None:
        walker, parent = self._walker(task)
        rows = _Rows(self.walkers / f"{task.number}.csv", walker.number)
        while walker.number < self.config.steps:
            if walker.stuck:
                self._restart(walker, task)
                parent = None
            step = walker.step()
            identity = self._record(archive, walker, task, step, parent)
            if step.accepted:
                parent = identity
            rows.append(step, identity)
            numbers = walker.surface.numbers.tolist()
            state = walker.state() | {"parent": parent, "numbers": numbers, "periodic": walker.crystal}
            replace_file(self.walkers / f"{task.number}.json", json.dumps(state))
            after()
            if until():
                return

    def _record(
        self, archive: Archive, walker: Walker, task: Task, step: Step, parent: int | None
    ) -> int | None:
        """Id of the step's minimum in the archive, None if it was rejected."""
        minimum = Minimum(
            walker.surface.numbers, step.positions, step.cell, (walker.crystal,) * 3,
            energy=step.energy, enthalpy=step.enthalpy, uncertainty=step.uncertainty, parent=parent,
            walker=task.number, step=step.number, seed=self.config.seed, force_calls=step.calls,
        )  # fmt: skip
        if step.reason is None:
            return archive.add(minimum)[0]
        if np.isfinite(step.positions).all() and np.isfinite(step.cell).all():
            archive.reject(minimum, step.reason)
        return None

    def _walker(self, task: Task) -> tuple[Walker, int | None]:
        """A walker at its start or where it was left, and the id of the minimum it stands in."""
        path = self.walkers / f"{task.number}.json"
        rng = np.random.default_rng(task.seed)
        if path.exists():
            state = json.loads(path.read_text(encoding="utf-8"))
            surface = make_surface(self.config.surface, state["numbers"], state["periodic"])
            walker = Walker(surface, self.config.walk, rng, np.array(state["positions"]), np.array(state["cell"]))
            walker.restore(state)
            return walker, state["parent"]
        atoms = self._start(task, rng)
        return Walker(self._surface(atoms), self.config.walk, rng, atoms.positions, atoms.cell.array), None

    def _start(self, task: Task, rng: np.random.Generator) -> Atoms:
        """A starting structure with its atoms in the order of their numbers."""
        atoms = make_start(self.config.starts[task.start], rng)
        if atoms.pbc.any() and not atoms.pbc.all():
            raise DataError(
                f"walker {task.number}: {atoms.get_chemical_formula()} is periodic along {atoms.pbc.tolist()}; "
                "a search takes crystals and clusters, periodic along all axes or none"
            )
        return atoms[np.argsort(atoms.numbers, kind="stable")]

    def _surface(self, atoms: Atoms) -> Surface:
        return make_surface(self.config.surface, atoms.numbers, bool(atoms.pbc.all()))

    def _restart(self, walker: Walker, task: Task) -> None:
        atoms = self._start(task, walker.rng)
        if not np.array_equal(atoms.numbers, walker.surface.numbers):
            raise DataError(
                f"walker {task.number} cannot start anew as {atoms.get_chemical_formula()}: "
                "give structures of different composition starts of their own"
            )
        walker.restart(atoms.positions, atoms.cell.array)

    @contextmanager
    def _claim(self, task: Task) -> Iterator[bool]:
        """Whether the walker was free; it is ours inside."""
        with open(self.walkers / f"{task.number}.lock", "w", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                yield False
                return
            yield True

    # -- what has been done -----------------------------------------------------------------------

    def steps_done(self, task: Task) -> int:
        """Steps that a walker has made."""
        try:
            return json.loads((self.walkers / f"{task.number}.json").read_text(encoding="utf-8"))["number"]
        except FileNotFoundError:
            return 0

    def finished(self, task: Task) -> bool:
        """Whether a walker has made all its steps."""
        return self.steps_done(task) >= self.config.steps

    def traces(self) -> dict[int, dict[str, np.ndarray]]:
        """Calls, energy and enthalpy (eV) of every recorded minimum of each walker, by walker."""
        out = {}
        for task in self.tasks:
            path = self.walkers / f"{task.number}.csv"
            if not path.exists():
                continue
            with path.open(newline="", encoding="utf-8") as stream:
                rows = [row for row in csv.DictReader(stream) if row["minimum"]]
            out[task.number] = {
                name: np.array([float(row[name]) for row in rows]) for name in ("calls", "energy", "enthalpy")
            }
        return out


def _differences(a: object, b: object, name: str = "") -> list[str]:
    """Names of what differs in nested dictionaries and lists, such as ``walk.climb.width`` and ``starts[0].number``."""
    if isinstance(a, dict) and isinstance(b, dict):
        pairs = [(f"{name}.{key}".lstrip("."), a.get(key), b.get(key)) for key in sorted({*a, *b})]
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        pairs = [(f"{name}[{k}]", *pair) for k, pair in enumerate(zip(a, b, strict=True))]
    else:
        return [] if a == b else [name]
    return [found for key, x, y in pairs for found in _differences(x, y, key)]


class _Rows:
    """The steps of one walker as CSV; what a killed process wrote beyond the state is cut off."""

    def __init__(self, path: Path, steps: int):
        self.path = path
        rows = []
        if path.exists():
            with path.open(newline="", encoding="utf-8") as stream:
                rows = list(csv.DictReader(stream))[:steps]
        replace_table(path, COLUMNS, rows)

    def append(self, step: Step, identity: int | None) -> None:
        row = (
            step.number, step.calls, repr(step.energy), repr(step.enthalpy), int(step.accepted),
            "" if identity is None else identity, step.reason or "",
        )  # fmt: skip
        with self.path.open("a", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerow(row)


class Progress:
    """Lines about a campaign as a whole, at most one in `interval` seconds."""

    def __init__(self, campaign: Campaign, report: Callable[[str], None], interval: float):
        self.campaign, self.report, self.interval = campaign, report, interval
        self.began = self.last = time.monotonic()
        self.first = self._done()

    def _done(self) -> int:
        return sum(min(self.campaign.steps_done(t), self.campaign.config.steps) for t in self.campaign.tasks)

    def __call__(self, now: bool = False) -> None:
        """Report if it is time."""
        clock = time.monotonic()
        if not now and clock - self.last < self.interval:
            return
        self.last = clock
        done, total = self._done(), len(self.campaign.tasks) * self.campaign.config.steps
        rate = (done - self.first) / max(clock - self.began, 1e-9)
        left = f"{(total - done) / rate / 60:.1f} min left" if rate > 0 else "no step yet"
        with self.campaign.archive(readonly=True) as archive:
            best, count = archive.best(), archive.count()
        found = ""
        if best is not None:
            unit = self.campaign.config.surface.energy_unit
            kind = best.space_group() or "cluster"
            found = f"best {best.enthalpy_per_atom:.4f} {unit}/atom ({best.composition}, {kind}), "
        self.report(f"{done}/{total} steps, {found}{count} distinct minima, {rate:.2f} steps/s, {left}")

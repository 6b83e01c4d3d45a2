"""The searches of a cycle, and the frames that their archives give: minima, what was rejected, and who descends from whom."""

from __future__ import annotations

import csv
import os
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from itertools import chain, groupby, zip_longest
from multiprocessing import get_context
from pathlib import Path

from ase import Atoms

from sswnn.data.processes import end_with
from sswnn.data.sampling import tag
from sswnn.learning.known import Known
from sswnn.ssw.archive import Archive
from sswnn.ssw.campaign import Campaign, Progress
from sswnn.ssw.config import SearchConfig
from sswnn.ssw.entries import Entry, Rejection


def configured(config: SearchConfig, folder: Path, model: Path, seed: int, uncertainty: float) -> SearchConfig:
    """A search of the loop: with its model, in its folder, and guarded.

    Parameters
    ----------
    config
        What the user asked for.
    folder, model
        Of this cycle.
    seed
        Added to that of the search, so that each cycle walks elsewhere.
    uncertainty
        Limit of the guard where the user set none, eV/Å.
    """
    new = deepcopy(config)
    new.run, new.seed = str(folder), config.seed + seed
    new.surface.model = str(model)
    if new.walk.guard.uncertainty == 0:
        new.walk = replace(new.walk, guard=replace(new.walk.guard, uncertainty=uncertainty))
    return new


def run_search(config: SearchConfig, processes: int, show: Callable[[str], None], interval: float) -> None:
    """All steps of a search, in this process and `processes - 1` further ones; goes on where it was left."""
    campaign = Campaign(config)
    progress = Progress(campaign, show, interval)
    with _helpers(config, processes - 1):
        while not all(map(campaign.finished, campaign.tasks)):
            campaign.work(after=progress)  # also what a process that died has left
            time.sleep(0.05)


@contextmanager
def _helpers(config: SearchConfig, count: int):
    workers = [
        get_context("spawn").Process(target=_help, args=(config, os.getpid()), daemon=True) for _ in range(count)
    ]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()


def _help(config: SearchConfig, parent: int) -> None:
    """Walk until nothing is left to do, or the process that asked for it is gone: a kill costs the step in flight."""
    end_with(parent)
    Campaign(config).work()


class Families:
    """Groups of the structures of a search.

    A minimum that resembles a known frame belongs to that frame's group, any other one to the group of its parent, and the
    first minimum of a walk to a group of its own. So all children of a minimum stay on one side of the split, and a walk that
    began in a known structure stays on the side of that structure.

    Parameters
    ----------
    folder
        Of the search.
    name
        Beginning of the names of new groups.
    known
        Frames with groups.
    """

    def __init__(self, folder: Path, name: str, known: Known):
        self.folder, self.name = folder, name
        with Archive(folder / "minima.sqlite", readonly=True) as archive:
            self.entries = {entry.id: entry for entry in archive.entries(order_by="id")}
            once = {(r.walker, r.step): r for r in archive.rejections()}  # a step that was killed is recorded again
        self.rejections = [once[key] for key in sorted(once)]
        self.groups: dict[int, str] = {}
        for number, entry in self.entries.items():  # parents come before their children
            inherited = f"{name}_m{number}" if entry.parent is None else self.groups[entry.parent]
            self.groups[number] = known.group(bare(entry)) or inherited

    def _parents(self, walker: int | None) -> dict[int, int | None]:
        """The minimum in which a walker stood before each step."""
        stood: int | None = None
        parents: dict[int, int | None] = {}
        with (self.folder / "walkers" / f"{walker}.csv").open(newline="", encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                parents[int(row["step"])] = stood
                if row["accepted"] == "1":
                    stood = int(row["minimum"])
        return parents

    def minima(self) -> list[Atoms]:
        """Distinct minima, tagged."""
        return [
            tag(bare(entry), f"search_{entry.composition}", self.groups[number], "minimum")
            for number, entry in self.entries.items()
        ]

    def frames(self) -> list[Atoms]:
        """Distinct minima and rejected structures, tagged."""
        out = self.minima()
        for walker, rejections in groupby(self.rejections, key=lambda r: r.walker):
            stood = self._parents(walker)
            for one in rejections:
                parent = None if one.step is None else stood.get(one.step)
                group = f"{self.name}_w{walker}" if parent is None else self.groups[parent]
                out.append(tag(bare(one), f"search_{one.composition}", group, "rejected", reason=one.reason))
        return out

    def chosen(self, count: int) -> list[Entry]:
        """So many minima, the lowest of each composition in turn."""
        by_composition: dict[str, list[Entry]] = defaultdict(list)
        for entry in sorted(self.entries.values(), key=lambda e: (e.enthalpy_per_atom, e.id)):
            by_composition[entry.composition].append(entry)
        turns = zip_longest(*(by_composition[c] for c in sorted(by_composition)))
        return [entry for entry in chain.from_iterable(turns) if entry is not None][:count]


def bare(entry: Entry | Rejection) -> Atoms:
    """The structure alone."""
    return Atoms(entry.numbers, entry.positions, cell=entry.cell, pbc=entry.pbc)

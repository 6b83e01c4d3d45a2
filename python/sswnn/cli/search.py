"""`sswnn search`: minima of clusters and crystals by stochastic surface walking."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sswnn.errors import DataError

if TYPE_CHECKING:
    from sswnn.ssw.campaign import Campaign
    from sswnn.ssw.entries import Entry


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Describe the command's arguments."""
    parser = subparsers.add_parser(
        "search",
        help="search for minima of clusters and crystals by stochastic surface walking",
        description="Search for minima by stochastic surface walking. The same call goes on where a search was left, "
        "whatever ended it; `mpirun -np N sswnn search CONFIG` and --processes share the walkers out.",
    )
    parser.add_argument("config", help="YAML file, see docs/search.md for the keys")
    parser.add_argument("--processes", type=int, default=1, help="worker processes (default 1)")
    parser.add_argument("--max-minutes", type=float, help="end after that time; call again to go on")
    parser.add_argument("--export", type=Path, metavar="FILE",
                        help="write the minima found so far to FILE (.extxyz, .cif, .db or .arc) and end")  # fmt: skip
    parser.add_argument("--limit", type=int, default=100, help="so many lowest minima of each composition (default 100)")
    parser.add_argument("--interval", type=float, default=10.0, help="seconds between lines of progress")


def run(args: argparse.Namespace) -> int:
    """Search, report, draw; returns the exit code."""
    from sswnn.ssw.campaign import Campaign, Progress
    from sswnn.ssw.config import read_config

    config = read_config(args.config)
    if args.export and not Path(config.run, "minima.sqlite").is_file():
        raise DataError(f"{config.run}: this search has not begun, there is nothing to export")
    campaign = Campaign(config)
    if args.export:
        return _export(campaign, args.export, args.limit)
    rank, parent = _rank(), os.getpid()
    workers = _fork(args.processes - 1)
    first = rank == 0 and workers is not None
    progress = Progress(campaign, lambda line: print(line, flush=True), args.interval) if first else None
    end = time.monotonic() + 60 * args.max_minutes if args.max_minutes else float("inf")

    def late() -> bool:
        orphaned = workers is None and os.getppid() != parent
        return time.monotonic() > end or orphaned

    campaign.work(late, progress or (lambda: None))
    if workers is None:
        os._exit(0)
    failed = sum(os.waitpid(worker, 0)[1] != 0 for worker in workers)
    if not first:
        return 0
    assert progress is not None
    while not (done := all(map(campaign.finished, campaign.tasks))) and not late():
        campaign.work(late, progress)  # what a process that died has left
        time.sleep(0.5)
        progress()
    progress(now=True)
    _summary(campaign)
    return 1 if failed and not done else 0


def _rank() -> int:
    """Rank of ``mpirun``, 0 without it."""
    from sswnn.data.label import world_communicator

    comm = world_communicator()
    return 0 if comm is None else comm.rank


def _fork(count: int) -> list[int] | None:
    """Process ids of `count` copies of this process; None in a copy."""
    workers = []
    for _ in range(count):
        child = os.fork()
        if child == 0:
            return None
        workers.append(child)
    return workers


def _lowest(campaign: Campaign, limit: int) -> list[Entry]:
    """The lowest minima of each composition."""
    with campaign.archive(readonly=True) as archive:
        return [
            entry
            for composition in archive.compositions()
            for entry in archive.entries(composition=composition, limit=limit)
        ]


def _export(campaign: Campaign, path: Path, limit: int) -> int:
    from sswnn.ssw.export import export

    entries = _lowest(campaign, limit)
    if not entries:
        raise DataError(f"{campaign.folder}: no minimum has been found yet")
    print(f"{path}: {export(path, entries)} minima")
    return 0


def _summary(campaign: Campaign) -> None:
    """Tell the lowest minima; draw progress and spectrum; write them to files."""
    import numpy as np

    from sswnn.plotting.search import plot_progress, plot_spectrum
    from sswnn.ssw.export import export

    entries = _lowest(campaign, 100)
    if not entries:
        print("no minimum was found; the archive says why each structure was rejected")
        return
    by_composition: dict[str, list[Entry]] = {}
    for entry in entries:
        by_composition.setdefault(entry.composition, []).append(entry)
    unit = campaign.config.surface.energy_unit
    for composition, members in by_composition.items():
        print(f"{composition}: lowest minima")
        for entry in members[:5]:
            above = 1000 * (entry.enthalpy_per_atom - members[0].enthalpy_per_atom)
            uncertainty = "" if entry.uncertainty is None else f", uncertainty {entry.uncertainty:.2f} eV/A"
            print(
                f"  {entry.enthalpy_per_atom:.5f} {unit}/atom (+{above:.2f} m{unit}), {entry.space_group() or 'cluster'}, "
                f"found {entry.visits} times{uncertainty}"
            )
    export(campaign.folder / "lowest.extxyz", entries)
    traces = {k: t for k, t in campaign.traces().items() if len(t["calls"])}
    counts = {k: len(_numbers(campaign, k)) for k in traces}
    plot_progress(
        [t["calls"] for t in traces.values()],
        [t["enthalpy"] / counts[k] for k, t in traces.items()],
        campaign.folder / "progress.png",
        unit=f"{unit}/atom",
        labels=[f"walker {k}" for k in traces],
    )
    lowest = {c: members[0].enthalpy_per_atom for c, members in by_composition.items()}
    plot_spectrum(
        1000 * np.array([e.enthalpy_per_atom - lowest[e.composition] for e in entries]),
        campaign.folder / "spectrum.png",
        composition=[e.composition for e in entries],
        space_group=[e.space_group() or "" for e in entries],
        unit=f"m{unit}/atom",
    )
    print(f"written: {campaign.folder}/minima.sqlite, lowest.extxyz, progress.png, spectrum.png")


def _numbers(campaign: Campaign, walker: int) -> list[int]:
    import json

    return json.loads((campaign.walkers / f"{walker}.json").read_text(encoding="utf-8"))["numbers"]

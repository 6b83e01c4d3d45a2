"""Minima per hour that a search on two cores archives, and what the search itself costs beside the potential.

A campaign of `sswnn search` (two processes, one walker each, archive, symmetry, rows and states on disk) on 18 atoms of
Li2ZrCl6 from random starts: steps whose quench was reported, and distinct minima, in a given time by the clock, the
spread from five equal parts of it. `..._by_processor_time` takes the processor time of the two processes for the clock;
on a quiet machine they agree.

Overhead: processor time outside the surface's evaluations over the time inside them, five stretches of steps each for
the walk alone and for the walk with all that a campaign adds; the headline is the latter. Then the functions in which
the walk with archive spends its own time, by cProfile, whose own cost inflates those that are called often.

Usage: python benchmarks/ssw_rate.py [--json] [--quick] [--model NAME_OR_PATH] [--minutes M] [--steps N]
"""

import argparse
import cProfile
import multiprocessing
import pstats
import statistics
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
from ase import Atoms
from common import REPEATS, parser, run_script, spread

from sswnn.errors import WorkflowError
from sswnn.ssw.campaign import Campaign
from sswnn.ssw.config import SearchConfig, from_dict
from sswnn.ssw.presets import crystal_settings
from sswnn.ssw.starts import make_start
from sswnn.ssw.surface import Evaluation, PotentialSurface, Surface
from sswnn.ssw.walker import Walker

COMPOSITION = {"Li": 4, "Zr": 2, "Cl": 12}
PROCESSES = 2
SHOWN = 12  # functions of the profile
UNLIMITED = 10**9  # steps


def search(folder: str, model: str, walkers: int, seed: int = 0) -> SearchConfig:
    """The campaign: one walker for each process."""
    config = from_dict({
        "run": folder, "seed": seed, "walkers": walkers, "steps": UNLIMITED,
        "surface": {"kind": "model", "model": model},
        "starts": [{"kind": "random", "composition": COMPOSITION}],
    })  # fmt: skip
    config.walk = crystal_settings()
    return config


# ------------------------------------------------------------------------------- rate


def _work(folder: str, model: str, end: float, queue: multiprocessing.Queue) -> None:
    """Walk until `end` by the clock; the times of the steps and the processor time go to the queue."""
    times: list[float] = []
    began = time.process_time()
    campaign = Campaign(search(folder, model, PROCESSES))
    campaign.work(until=lambda: time.monotonic() > end, after=lambda: times.append(time.monotonic()))
    queue.put((times, time.process_time() - began))


def rate(model: str, minutes: float) -> dict:
    """Reported minima per hour of two processes that share a campaign."""
    with tempfile.TemporaryDirectory() as folder:
        campaign = Campaign(search(folder, model, PROCESSES))  # one process writes the settings
        with campaign.archive():
            pass
        queue: multiprocessing.Queue = multiprocessing.Queue()
        began = time.monotonic()
        workers = [
            multiprocessing.Process(target=_work, args=(folder, model, began + 60 * minutes, queue))
            for _ in range(PROCESSES)
        ]
        for worker in workers:
            worker.start()
        results = [queue.get() for _ in workers]
        for worker in workers:
            worker.join()
        if any(worker.exitcode for worker in workers):
            raise WorkflowError("a process of the campaign failed")
        reported = sum(len(trace["calls"]) for trace in campaign.traces().values())
        calls = sum(int(trace["calls"][-1]) for trace in campaign.traces().values() if len(trace["calls"]))
        with campaign.archive(readonly=True) as archive:
            distinct, best = archive.count(), archive.best()
    ends = np.sort(np.concatenate([times for times, _ in results])) - began
    seconds, processor = float(ends[-1]), sum(used for _, used in results)
    share = reported / len(ends)
    parts = np.histogram(ends, bins=REPEATS, range=(0, seconds))[0] * share * 3600 * REPEATS / seconds
    return {
        "minima_per_hour_two_cores": reported * 3600 / seconds,
        "minima_per_hour_two_cores_by_processor_time": reported * 3600 * PROCESSES / processor,
        "distinct_minima_per_hour_two_cores": distinct * 3600 / seconds,
        "spread_minima_per_hour": spread(parts.tolist()),
        "minutes": seconds / 60,
        "processor_share": processor / (PROCESSES * seconds),
        "steps": len(ends),
        "reported": reported,
        "distinct": distinct,
        "force_calls_per_step": calls / max(1, len(ends)),
        "best_energy_per_atom": best.energy_per_atom if best else np.inf,
        "processes": PROCESSES,
        "atoms": sum(COMPOSITION.values()),
    }


# ------------------------------------------------------------------------------- overhead


class TimedSurface:
    """A surface that adds up the processor time of its evaluations."""

    def __init__(self, surface: Surface):
        self.surface, self.seconds = surface, 0.0
        self.numbers, self.pbc = surface.numbers, surface.pbc

    @property
    def calls(self) -> int:
        """Evaluations so far."""
        return self.surface.calls

    def __call__(self, positions: np.ndarray, cell: np.ndarray) -> Evaluation:
        began = time.process_time()
        found = self.surface(positions, cell)
        self.seconds += time.process_time() - began
        return found

    def uncertainty(self, positions: np.ndarray, cell: np.ndarray) -> float | None:
        """As of the surface."""
        began = time.process_time()
        found = self.surface.uncertainty(positions, cell)
        self.seconds += time.process_time() - began
        return found


class TimedCampaign(Campaign):
    """A campaign whose evaluations are timed."""

    timed: TimedSurface

    def _surface(self, atoms: Atoms) -> TimedSurface:
        self.timed = TimedSurface(super()._surface(atoms))
        return self.timed


def of_walk(model: str, steps: int) -> list[tuple[float, float]]:
    """Processor seconds outside and inside the surface, for each of five stretches of steps of a walk."""
    rng = np.random.default_rng(0)
    atoms = make_start({"kind": "random", "composition": COMPOSITION}, rng)
    surface = TimedSurface(PotentialSurface(model, atoms.numbers))
    walker = Walker(surface, crystal_settings(), rng, atoms.positions, atoms.cell.array)
    walker.step()
    found = []
    for _ in range(REPEATS):
        began, inside = time.process_time(), surface.seconds
        for _ in range(steps):
            walker.step()
        inside = surface.seconds - inside
        found.append((time.process_time() - began - inside, inside))
    return found


def of_campaign(model: str, steps: int) -> tuple[list[tuple[float, float]], dict[str, str]]:
    """The same with archive, rows and states; and the profile of another stretch."""
    with tempfile.TemporaryDirectory() as folder:
        campaign = TimedCampaign(search(folder, model, 1, seed=1))
        marks: list[tuple[float, float]] = []

        def mark() -> None:
            marks.append((time.process_time(), campaign.timed.seconds))

        campaign.work(until=lambda: len(marks) > REPEATS * steps, after=mark)
        ends = marks[::steps]
        found = [(b[0] - a[0] - (b[1] - a[1]), b[1] - a[1]) for a, b in pairwise(ends)]
        marks.clear()
        profile = cProfile.Profile(time.process_time)
        profile.runcall(campaign.work, until=lambda: len(marks) >= steps, after=mark)
    return found, top(profile)


def top(profile: cProfile.Profile) -> dict[str, str]:
    """The functions with the most time of their own: share of all, and calls."""
    table = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    total = sum(row[2] for row in table.values())
    rows = sorted(table.items(), key=lambda item: -item[1][2])[:SHOWN]
    return {
        f"{number:2d} {Path(file).name}:{name}"[:44]: f"{100 * row[2] / total:.1f} %, {row[0]} calls"
        for number, ((file, _, name), row) in enumerate(rows, 1)
    }


def overhead(model: str, steps: int) -> dict:
    """Overheads of the walk and of the campaign, and the profile."""
    alone = of_walk(model, steps)
    whole, profile = of_campaign(model, steps)
    fractions = {name: [a / b for a, b in rows] for name, rows in (("walk", alone), ("walk_and_archive", whole))}
    return {
        "driver_overhead_fraction": statistics.median(fractions["walk_and_archive"]),
        "driver_overhead_fraction_walk": statistics.median(fractions["walk"]),
        "spread_driver_overhead_fraction": {name: spread(values) for name, values in fractions.items()},
        "overhead_steps": steps,
        "evaluation_seconds": sum(b for _, b in alone + whole),
        "profile": profile,
    }


def measure(args: argparse.Namespace) -> dict:
    """Both measurements."""
    minutes = args.minutes or (1.0 if args.quick else 15.0)
    steps = args.steps or (4 if args.quick else 40)
    return overhead(args.model, steps) | rate(args.model, minutes)


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--minutes", type=float, help="of the campaign (default 15, quick 1)")
    options.add_argument("--steps", type=int, help="of each stretch for the overhead (default 40, quick 4)")
    run_script(measure, options)


if __name__ == "__main__":
    main()

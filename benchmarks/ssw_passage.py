"""First passages: runs that look for a known minimum until a cap of force calls, kept in a file, and what they say of the mean.

Shared by the scripts `ssw_clusters.py` and `ssw_crystals.py`; nothing here knows a surface or a method.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sswnn.errors import DataError

RESAMPLES = 4000
CENSORING = "exponential maximum likelihood: total force calls / successes, runs that hit the cap included"


@dataclass(frozen=True)
class Passage:
    """One run: whether it found its target, and after how many force calls and steps it ended.

    A run that did not is censored at its calls. `extra` is what else a script wants to keep.
    """

    seed: int
    found: bool
    calls: int
    steps: int
    cpu_seconds: float
    extra: dict[str, Any] = field(default_factory=dict)


# ------------------------------------------------------------------------------- estimates


def mean_of(values: np.ndarray, found: np.ndarray) -> float:
    """Mean first passage by maximum likelihood for exponential times; the plain mean if no run is censored."""
    return float(values.sum() / found.sum()) if found.any() else np.inf


def interval(values: np.ndarray, found: np.ndarray) -> list[float]:
    """95 % interval of `mean_of` by bootstrap over the runs; infinite where a resample has no success."""
    rng = np.random.default_rng(0)
    picks = rng.integers(len(values), size=(RESAMPLES, len(values)))
    with np.errstate(divide="ignore"):
        means = values[picks].sum(axis=1) / found[picks].sum(axis=1)
    return [float(np.sort(means)[round(q * (RESAMPLES - 1))]) for q in (0.025, 0.975)]


def estimate(passages: Sequence[Passage]) -> dict[str, Any]:
    """Mean, interval, median and success of runs, in force calls and in steps; infinite if no run succeeded.

    The median counts a censored run as later than all others. `mean_mc_steps_fastest_half` is the mean of
    the faster half of the runs.
    """
    calls = np.array([p.calls for p in passages], float)
    steps = np.array([p.steps for p in passages], float)
    found = np.array([p.found for p in passages])
    late = np.where(found, calls, np.inf)
    half = np.sort(np.where(found, steps, np.inf))[: max(1, len(steps) // 2)]
    return {
        "mean_force_calls": mean_of(calls, found),
        "ci95": interval(calls, found),
        "mean_mc_steps": mean_of(steps, found),
        "mean_mc_steps_fastest_half": float(half.mean()),
        "median_force_calls": statistics.median(late.tolist()),
        "spread_force_calls": {
            "min": float(late.min()), "median": statistics.median(late.tolist()), "max": float(late.max()),
            "runs": len(late),
        },
        "force_calls_per_step": float(calls.sum() / max(1, steps.sum())),
        "success": float(found.mean()),
        "successes": int(found.sum()),
        "runs": len(passages),
        "total_force_calls": int(calls.sum()),
        "us_per_force_call": 1e6 * sum(p.cpu_seconds for p in passages) / max(1.0, calls.sum()),
    }  # fmt: skip


# ------------------------------------------------------------------------------- the runs


class Ledger:
    """Finished runs in a file of JSON lines, so that a long measurement can be stopped and continued.

    Figures are formed only when all runs are there: those that happen to be finished first are the short ones.

    Parameters
    ----------
    path
        File, made if it does not exist; None: nothing is kept.
    """

    def __init__(self, path: Path | None):
        self.path = path

    def runs(
        self,
        job: Callable[..., Passage],
        arguments: tuple,
        settings: object,
        seeds: Sequence[int],
        cap: int,
        processes: int,
    ) -> list[Passage]:
        """The runs `job(*arguments, seed, cap)` of all seeds, those of the file and the missing ones.

        Raises
        ------
        DataError
            If the file has runs of the same job with other settings.
        """
        name = ":".join([job.__name__, *map(str, arguments)])
        digest = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()[:12]
        done = {p.seed: p for p in self._read(name, digest, cap)}
        missing = [seed for seed in seeds if seed not in done]
        for passage in _parallel(job, [(*arguments, seed, cap) for seed in missing], processes):
            done[passage.seed] = passage
            self._append({"job": name, "settings": digest, "cap": cap} | asdict(passage))
            state = "found" if passage.found else "not found"
            print(f"{name} seed {passage.seed}: {state}, {passage.calls} force calls, {passage.steps} steps", flush=True)
        return [done[seed] for seed in seeds]

    def _read(self, name: str, digest: str, cap: int) -> Iterator[Passage]:
        if self.path is None or not self.path.exists():
            return
        for number, line in enumerate(self.path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                row = json.loads(line)
            except json.JSONDecodeError:  # cut off by a kill: this run is done again
                continue
            if row.pop("job") != name:
                continue
            if row.pop("settings") != digest:
                raise DataError(f"{self.path}:{number}: a run of {name} with other settings; give this one another file")
            if row.pop("cap") == cap or (row["found"] and row["calls"] <= cap):
                yield Passage(**row)

    def _append(self, row: dict) -> None:
        if self.path is None:
            return
        text = self.path.read_bytes() if self.path.exists() else b""
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(("\n" if text and not text.endswith(b"\n") else "") + json.dumps(row) + "\n")


def _parallel(job: Callable[..., Passage], calls: list[tuple], processes: int) -> Iterator[Passage]:
    """Results of the calls as they come, from so many processes."""
    if processes <= 1 or len(calls) <= 1:
        yield from (job(*call) for call in calls)
        return
    with multiprocessing.Pool(min(processes, len(calls)), maxtasksperchild=1) as pool:
        pending = [pool.apply_async(job, call) for call in calls]
        while pending:
            for result in [r for r in pending if r.ready()]:
                pending.remove(result)
                yield result.get()
            if pending:
                pending[0].wait(0.2)

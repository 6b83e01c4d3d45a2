"""How often the 95 % intervals of diffusion coefficients hold the true value, on synthetic walks.

Lattice hops with vibration, jumps back and forth besides, persistent motion and hops in pairs; 8 to 64 particles, 400 to 3200
frames, one hop in 2 to 50 frames; every fifth walk is given as two runs. Tracer and collective coefficients and the Haven
ratio; walks that are refused are counted and others drawn. Beside them the interval of the block bootstrap, and that of an
ordinary straight line through the same mean-square displacement.
"""

from __future__ import annotations

import argparse

import numpy as np
from common import parser, run_script

from sswnn.analysis.transport.diffusion import CM2_PER_S, Diffusion, charge_diffusion, diffusion
from sswnn.analysis.transport.displacements import Displacements, from_positions
from sswnn.analysis.transport.estimate import ratio
from sswnn.analysis.transport.walks import KINDS, Walk, walk
from sswnn.errors import AnalysisError

SEED = 20


def draw(number: int, random: np.random.Generator) -> tuple[str, list[Walk]]:
    """Kind and runs of a walk."""
    kind = KINDS[number % len(KINDS)]
    frames, particles = int(random.choice([400, 800, 1600, 3200])), int(random.choice([8, 16, 32, 64]))
    rate, memory = float(random.choice([0.02, 0.1, 0.5])), float(random.choice([3.0, 10.0, 30.0]))
    axes = ((1.0, 1.0, 1.0), (2.0, 2.0, 1.0), (1.0, 1.0, 5.0))[int(random.integers(3))]
    parts = [frames] if number % 5 else [frames, frames // 2]
    return kind, [walk(kind, t, particles, random, hops_per_frame=rate, memory=memory, axes=axes) for t in parts]


def runs_of(walks: list[Walk]) -> list[Displacements]:
    """One picosecond between frames."""
    return [from_positions(w.positions, ["Li"] * w.positions.shape[1], interval_ps=1.0) for w in walks]


def ordinary_interval(result: Diffusion) -> tuple[float, float]:
    """95 % interval of an unweighted line through the lags from the same start: what a plain fit reports."""
    inside = result.lag_ps >= result.start_ps
    x, y = result.lag_ps[inside], result.msd_A2[inside]
    coefficients, covariance = np.polyfit(x, y, 1, cov=True)
    reach = 1.96 * np.sqrt(covariance[0, 0])
    return tuple((coefficients[0] + sign * reach) / 6 * CM2_PER_S for sign in (-1, 1))  # type: ignore[return-value]


def measure(args: argparse.Namespace) -> dict:
    """Coverage of all intervals, by kind of walk."""
    random = np.random.default_rng(SEED)
    rows: list[tuple[str, str, bool]] = []
    refused = {"tracer": 0, "collective": 0}
    wanted = args.walks or (60 if args.quick else 500)
    for number in range(2 * wanted):
        if sum(what == "tracer" for _, what, _ in rows) == wanted:
            break
        kind, walks = draw(number, random)
        truth = walks[0].D_A2_per_frame * CM2_PER_S
        runs = runs_of(walks)
        try:
            found = diffusion(runs, "Li", hop_A=3.0)
        except AnalysisError:
            refused["tracer"] += 1
            continue
        low, high = found.coefficient_cm2_per_s.low, found.coefficient_cm2_per_s.high
        rows.append((kind, "tracer", low < truth < high))
        rows.append((kind, "bootstrap", found.bootstrap_cm2_per_s[0] < truth < found.bootstrap_cm2_per_s[1]))
        low, high = ordinary_interval(found)
        rows.append((kind, "ordinary", low < truth < high))
        for axis, along in zip(found.axes_cm2_per_s, walks[0].axes_A2_per_frame, strict=True):
            rows.append((kind, "axis", axis.low < along * CM2_PER_S < axis.high))
        try:
            whole = charge_diffusion(
                runs, {"Li": 1.0}, directions=found.directions, earliest_ps=found.earliest_ps
            ).coefficient_cm2_per_s
        except AnalysisError:
            refused["collective"] += 1
            continue
        particles = walks[0].positions.shape[1]
        truth *= particles / walks[0].haven
        rows.append((kind, "collective", whole.low < truth < whole.high))
        haven = ratio(found.coefficient_cm2_per_s.scaled(particles, whole.unit), whole)
        rows.append((kind, "haven", haven.low < walks[0].haven < haven.high))
    return _figures(rows, refused)


def _figures(rows: list[tuple[str, str, bool]], refused: dict[str, int]) -> dict:
    def share(what: str, kind: str | None = None) -> float:
        return round(float(np.mean([ok for k, w, ok in rows if w == what and kind in (None, k)])), 4)

    return {
        "coverage": share("tracer"),
        "walks": sum(1 for row in rows if row[1] == "tracer"),
        "refused": refused["tracer"],
        "coverage_axis": share("axis"),
        "coverage_collective": share("collective"),
        "coverage_haven": share("haven"),
        "refused_collective": refused["collective"],
        "coverage_bootstrap": share("bootstrap"),
        "coverage_ordinary_fit": share("ordinary"),
        "coverage_by_kind": {kind: share("tracer", kind) for kind in KINDS},
        "coverage_collective_by_kind": {kind: share("collective", kind) for kind in KINDS},
    }


if __name__ == "__main__":
    options = parser(__doc__, model=False)
    options.add_argument("--walks", type=int, help="how many (default 500, --quick 60)")
    run_script(measure, options)

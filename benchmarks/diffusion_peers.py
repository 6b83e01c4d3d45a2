"""Diffusion coefficients of the same walks by sswnn, kinisi and pymatgen-analysis-diffusion, side by side.

    python benchmarks/diffusion_peers.py --peer-python PYTHON

where PYTHON has `kinisi`, `pymatgen-analysis-diffusion` and `ase`. kinisi is told where the diffusive regime starts, where sswnn
finds it; it does not look for that. pymatgen fits from 1 ps on. Intervals are 95 %; pymatgen's come from its authors' formula for
a number of hops. A coefficient agrees where it differs from sswnn's by less than the two errors together.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from common import parser, run_script

from sswnn.analysis.transport.diffusion import CM2_PER_S, diffusion
from sswnn.analysis.transport.displacements import from_positions
from sswnn.analysis.transport.walks import KINDS, walk

INTERVAL_PS = 0.1
FRAMES, PARTICLES = 1500, 32


def measure(args: argparse.Namespace) -> dict:
    """One row for each kind of walk, and in how many of them the peers agree."""
    result: dict = {}
    agree: dict[str, list[bool]] = {"kinisi": [], "pymatgen": []}
    print(f"{'walk':12s} {'true':>9s} " + " ".join(f"{n:>30s}" for n in ("sswnn", "kinisi", "pymatgen")) + "   cm^2/s")
    for seed in range(1 if args.quick else 3):
        for kind in KINDS:
            row = _row(kind, seed, args.peer_python)
            cells = " ".join(f"{v:9.2e} ({a:8.2e}, {b:8.2e})" for v, a, b in row["found"].values())
            print(f"{kind:12s} {row['true']:9.2e} {cells}")
            ours = row["found"]["sswnn"]
            for peer in agree:
                theirs = row["found"][peer]
                together = 0.5 * np.hypot(ours[2] - ours[1], theirs[2] - theirs[1])
                agree[peer].append(bool(abs(ours[0] - theirs[0]) < together))
            row["holds_true"] = {n: bool(v[1] < row["true"] < v[2]) for n, v in row["found"].items()}
            result[f"{kind}_{seed}"] = row
    rows = list(result.values())
    figures = {f"agree_{peer}": float(np.mean(a)) for peer, a in agree.items()}
    figures |= {
        f"interval_holds_true_{n}": float(np.mean([r["holds_true"][n] for r in rows])) for n in rows[0]["holds_true"]
    }
    return figures | {"rows": result}


def _row(kind: str, seed: int, python: str) -> dict:
    made = walk(kind, FRAMES, PARTICLES, np.random.default_rng(seed), hops_per_frame=0.1, memory=5.0)
    run = from_positions(made.positions, ["Li"] * PARTICLES, interval_ps=INTERVAL_PS)
    ours = diffusion([run], "Li")
    estimate = ours.coefficient_cm2_per_s
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "positions.npy"
        np.save(path, made.positions)
        command = [python, str(Path(__file__).with_name("diffusion_worker.py")), str(path), str(INTERVAL_PS), str(ours.start_ps)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
        )
    found = {"sswnn": (estimate.value, estimate.low, estimate.high), **json.loads(done.stdout.splitlines()[-1])}
    return {"true": made.D_A2_per_frame / INTERVAL_PS * CM2_PER_S, "start_ps": ours.start_ps, "found": found}


if __name__ == "__main__":
    options = parser(__doc__, model=False)
    options.add_argument("--peer-python", default=sys.executable, help="interpreter that has the peers (default: this one)")
    run_script(measure, options)

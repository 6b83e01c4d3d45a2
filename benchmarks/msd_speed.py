"""Time and memory of the mean-square displacement of 10 000 mobile atoms over 10 000 frames, beside
pymatgen-analysis-diffusion and MDAnalysis' EinsteinMSD (fft).

    python benchmarks/msd_speed.py --peer-python PYTHON

where PYTHON has `pymatgen-analysis-diffusion`, `MDAnalysis` and `tidynamics`. All three read the same positions from one file and
must find the same numbers. The peers hold everything in memory and are given a tenth of the atoms at a time.
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

FULL, QUICK = (10_000, 10_000), (1_000, 2_000)
"""Atoms and frames."""
PARTS = 10
TOLERANCE = 1e-3  # single precision of the positions


def measure_msd(*, quick: bool = False, peer_python: str = sys.executable) -> dict:
    """Figures of this module: `msd_seconds`, `peak_gib`, and for each peer that is installed ratio, seconds and memory."""
    atoms, frames = QUICK if quick else FULL
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "positions.npy"
        _write_walk(path, atoms, frames)
        ours = _run("sswnn", sys.executable, path, 0)
        result = {"atoms": atoms, "frames": frames, "msd_seconds": ours["seconds"], "peak_gib": ours["peak_gib"]}
        for peer in ("pymatgen", "mdanalysis"):
            found = _run(peer, peer_python, path, atoms // PARTS)
            if "error" in found:
                result[f"msd_{peer}"] = found["error"]
                continue
            result[f"msd_ratio_{peer}"] = found["seconds"] / ours["seconds"]
            result[f"msd_seconds_{peer}"] = found["seconds"]
            result[f"peak_gib_{peer}_tenth"] = found["peak_gib"]
            result[f"msd_difference_{peer}"] = _difference(ours["msd"], found["msd"])
    return result


def _write_walk(path: Path, atoms: int, frames: int) -> None:
    random = np.random.default_rng(1)
    out = np.lib.format.open_memmap(path, "w+", np.float32, (frames, atoms, 3))
    last = np.zeros((atoms, 3), dtype=np.float32)
    for first in range(0, frames, 250):
        count = min(250, frames - first)
        steps = random.standard_normal((count, atoms, 3), dtype=np.float32) * np.float32(0.3)
        block = last + np.cumsum(steps, axis=0)
        out[first : first + count], last = block, block[-1]
    out.flush()


def _run(program: str, python: str, path: Path, batch: int) -> dict:
    command = [python, str(Path(__file__).with_name("msd_worker.py")), program, str(path), str(batch)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or ["failed"])[-1]}
    return json.loads(done.stdout.splitlines()[-1])


def _difference(ours: list[float], theirs: list[float]) -> float:
    """Largest relative difference; raises AssertionError above the tolerance."""
    a, b = np.array(ours)[1:], np.array(theirs, dtype=float)[1:]
    known = np.isfinite(b)
    away = float(np.abs(a[known] / b[known] - 1).max())
    if not known.any() or away > TOLERANCE:
        raise AssertionError(f"mean-square displacements differ by {away:g} of their value, at most {TOLERANCE:g} is allowed")
    return away


def measure(args: argparse.Namespace) -> dict:
    """As the options say."""
    return measure_msd(quick=args.quick, peer_python=args.peer_python)


if __name__ == "__main__":
    options = parser(__doc__, model=False)
    options.add_argument("--peer-python", default=sys.executable, help="interpreter that has the peers (default: this one)")
    run_script(measure, options)

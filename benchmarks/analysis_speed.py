"""Time and memory of the analysis of interface runs: dissolution of a large dump, and of 2 ns of a small one.

The large one has 99 648 atoms (the `demo` interface, repeated) and 1 000 frames, gzip compressed text as LAMMPS writes it;
the small one 692 atoms and 20 000 frames (2 ns, a frame each 0.1 ps), a tenth of them for the film (scaled up,
as are the fewer frames of --quick). Both are counted with two pairs of cutoffs at once, as `sswnn analyze dissolution` does.
Peak memory is that of the reading process and all others together (VmHWM, Linux). The
mean-square displacement beside pymatgen and MDAnalysis is measured by `msd_speed.py`; `--peer-python` adds its figures.

Usage: python benchmarks/analysis_speed.py [--json] [--quick] [--processes N] [--peer-python PYTHON]
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from ase import Atoms
from common import parser, run_script

from sswnn.analysis.interface.dissolution import LASTING_CUTOFF, DissolutionObserver
from sswnn.analysis.interface.film import FilmObserver
from sswnn.analysis.trajectories.passes import observe
from sswnn.interface import build
from sswnn.interface.presets import preset

LARGE = (12, 12, 1)
FRAMES = {False: (1000, 20_000), True: (20, 500)}
"""Of the large and the small dump, in full and with --quick."""
BODIES = 8
"""Different frames in a dump; the others repeat them, each compressed once."""
TARGET = 120.0  # s, of 20 000 frames of the small one


def measure(args: argparse.Namespace) -> dict:
    """Both dumps; with `--peer-python` the mean-square displacement too."""
    large, small = FRAMES[args.quick]
    with tempfile.TemporaryDirectory() as folder:
        atoms = build(preset("demo")).atoms
        big = analysed(Path(folder), atoms.repeat(LARGE), large, "dissolution", args.processes)
        long = analysed(Path(folder), atoms, small, "dissolution", args.processes)
        film = analysed(Path(folder), atoms, small // 10, "film", args.processes)
    result = {
        "dissolution_seconds_per_1000_frames_100k_atoms": 1000
        * big["seconds"]
        / large
        * 1e5
        / big["atoms"],
        "peak_gib": big["peak_gib"],
        "large_atoms": big["atoms"],
        "large_frames": large,
        "file_gib": big["file_gib"],
        "dissolution_seconds_20000_frames_692_atoms": 20_000 * long["seconds"] / small,
        "dissolution_cpu_seconds_20000_frames_692_atoms": 20_000 * long["cpu_seconds"] / small,
        "dissolution_cpu_seconds_per_1000_frames_100k_atoms": 1000
        * big["cpu_seconds"]
        / large
        * 1e5
        / big["atoms"],
        "dissolution_seconds_target": TARGET,
        "dissolution_peak_gib_692_atoms": long["peak_gib"],
        "film_seconds_20000_frames_692_atoms": 200_000 * film["seconds"] / small,
        "film_cpu_seconds_20000_frames_692_atoms": 200_000 * film["cpu_seconds"] / small,
        "small_frames": small,
        "processes": args.processes,
    }
    if args.peer_python:
        from msd_speed import measure_msd

        found = measure_msd(quick=args.quick, peer_python=args.peer_python)
        result |= {k if k.startswith("msd_") else f"msd_{k}": v for k, v in found.items()}
    return result


def analysed(folder: Path, atoms: Atoms, frames: int, kind: str, processes: int) -> dict:
    """Seconds and memory of one analysis of a dump in a process of its own."""
    path = folder / f"{len(atoms)}.dump.gz"
    write_dump(path, atoms, frames)
    command = [sys.executable, __file__, "--worker", kind, str(path), str(processes)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    if found["frames"] != frames:
        raise RuntimeError(f"{found['frames']} frames were analysed, expected {frames}")
    size = path.stat().st_size / 2**30
    path.unlink()
    return found | {"atoms": len(atoms), "file_gib": size}


def write_dump(path: Path, atoms: Atoms, frames: int) -> None:
    """Thermal frames 0.1 ps apart; each compressed on its own, which gzip readers take as one file."""
    random, symbols = np.random.default_rng(0), atoms.get_chemical_symbols()
    types = {"Li": 1, "Zr": 2, "Cl": 3}
    head = "ITEM: BOX BOUNDS pp pp pp\n" + "".join(f"0.0 {x:.16e}\n" for x in atoms.cell.lengths())
    head += "ITEM: ATOMS id type element xu yu zu\n"
    bodies = []
    for _ in range(min(BODIES, frames)):
        moved = atoms.positions + random.normal(0, 0.12, atoms.positions.shape)
        rows = (
            f"{i + 1} {types[s]} {s} {x:.5f} {y:.5f} {z:.5f}\n"
            for i, (s, (x, y, z)) in enumerate(zip(symbols, moved, strict=True))
        )
        bodies.append(gzip.compress((head + "".join(rows)).encode(), 1))
    with open(path, "wb") as stream:
        for t in range(frames):
            front = f"ITEM: TIME\n{0.1 * t:.10g}\nITEM: TIMESTEP\n{100 * t}\nITEM: NUMBER OF ATOMS\n{len(atoms)}\n"
            stream.write(gzip.compress(front.encode()) + bodies[t % len(bodies)])


def work(kind: str, path: str, processes: int) -> None:
    """Analyse a dump and print seconds, frames and peak memory."""
    observer = (
        DissolutionObserver(breaks=(None, LASTING_CUTOFF))
        if kind == "dissolution"
        else FilmObserver()
    )
    peaks: dict[str, int] = {}
    began, used = time.perf_counter(), os.times()
    frames = observe(
        [observer], path, processes=processes, progress=lambda n, _: peaks.update(memory())
    )
    observer.result()
    seconds = time.perf_counter() - began
    now = os.times()
    cpu = sum(now[:4]) - sum(used[:4])  # of this process and those it has started
    peaks |= memory()
    print(
        json.dumps(
            {
                "frames": frames,
                "seconds": seconds,
                "cpu_seconds": cpu,
                "peak_gib": sum(peaks.values()) / 2**20,
            }
        )
    )


def memory() -> dict[str, int]:
    """Peak resident memory of this process and those it has started, kB."""
    ours = Path("/proc/self/task")
    children = [p for task in ours.iterdir() for p in (task / "children").read_text().split()]
    found = {}
    for process in ("self", *children):
        try:
            match = re.search(r"VmHWM:\s*(\d+)", Path(f"/proc/{process}/status").read_text())
        except OSError:  # it has just ended
            continue
        if match:
            found[process] = int(match[1])
    return found


if __name__ == "__main__":
    if sys.argv[1:2] == ["--worker"]:
        work(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        options = parser(__doc__, model=False)
        options.add_argument(
            "--processes", type=int, default=1, help="that read frames (default: %(default)s)"
        )
        options.add_argument("--peer-python", help="as of msd_speed.py; adds its figures")
        run_script(measure, options)

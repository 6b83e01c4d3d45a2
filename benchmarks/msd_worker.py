"""One program's mean-square displacement of positions in a file, as a process of its own: time, memory, values.

    python msd_worker.py PROGRAM POSITIONS.npy BATCH

PROGRAM is sswnn, pymatgen or mdanalysis; the peers need not be installed beside sswnn. They hold whole trajectories in memory, so
they are given BATCH atoms at a time, 0 for all at once. Only the calculation is timed, for sswnn with the reading of the file.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path

import numpy as np

CELL = 100.0  # A
FEMTOSECONDS = 100.0  # between frames


class Memory(threading.Thread):
    """Watches the memory of this process that is not a mapped file, GiB."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0.0

    def run(self) -> None:
        while True:
            text = Path("/proc/self/status").read_text()
            now = int(text.split("RssAnon:")[1].split()[0]) / 2**20
            self.peak = max(self.peak, now)
            time.sleep(0.02)


def sswnn(positions: np.ndarray) -> tuple[float, np.ndarray]:
    """Seconds and mean-square displacement against lag."""
    from sswnn.analysis.transport.correlation import lag_products
    from sswnn.analysis.transport.displacements import from_positions

    began = time.perf_counter()
    frames, atoms, _ = positions.shape
    moved = from_positions(positions, ["Li"] * atoms, interval_ps=FEMTOSECONDS / 1000)
    found = lag_products(moved, np.arange(atoms), frames // 2 + 1, cross=False).total
    return time.perf_counter() - began, found


def mdanalysis(positions: np.ndarray) -> tuple[float, np.ndarray]:
    """As `sswnn`, by EinsteinMSD with fft."""
    import MDAnalysis
    from MDAnalysis.analysis.msd import EinsteinMSD

    _, atoms, _ = positions.shape
    universe = MDAnalysis.Universe.empty(atoms, trajectory=True)
    universe.load_new(positions, order="fac", dt=FEMTOSECONDS / 1000)
    began = time.perf_counter()
    found = EinsteinMSD(universe, select="all", msd_type="xyz", fft=True)
    found.run()
    return time.perf_counter() - began, found.results.timeseries


def pymatgen(positions: np.ndarray) -> tuple[float, np.ndarray]:
    """As `sswnn`, by DiffusionAnalyzer; it takes about 200 lags from its own grid, others are left not-a-number."""
    from pymatgen.analysis.diffusion.analyzer import DiffusionAnalyzer
    from pymatgen.core import Lattice, Structure

    frames, atoms, _ = positions.shape
    places = np.random.default_rng(0).random((atoms + 1, 3))
    structure = Structure(Lattice.cubic(CELL), ["Li"] * atoms + ["Cl"], places)
    moved = np.zeros((atoms + 1, frames, 3))
    moved[:atoms] = (positions - positions[0]).transpose(1, 0, 2)
    began = time.perf_counter()
    found = DiffusionAnalyzer(structure, moved, "Li", 300, FEMTOSECONDS, 1)
    seconds = time.perf_counter() - began
    values = np.full(frames, np.nan)
    values[np.round(found.dt / FEMTOSECONDS).astype(int)] = found.msd
    return seconds, values


def main() -> None:
    """Run one program; one line of JSON."""
    program, path, batch = sys.argv[1], sys.argv[2], int(sys.argv[3])
    positions = np.load(path, mmap_mode="r")
    atoms = positions.shape[1]
    function = {"sswnn": sswnn, "mdanalysis": mdanalysis, "pymatgen": pymatgen}[program]
    memory = Memory()
    memory.start()
    seconds, total = 0.0, np.zeros(1)
    for first in range(0, atoms, batch or atoms):
        part = positions[:, first : first + (batch or atoms)]
        took, values = function(np.array(part) if batch else part)
        seconds, total = seconds + took, total + values * part.shape[1]
    size = len(positions) // 4
    print(json.dumps({"seconds": seconds, "peak_gib": memory.peak, "msd": (total / atoms)[:size].tolist()}))


if __name__ == "__main__":
    main()

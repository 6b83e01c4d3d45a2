"""Drift of the total energy at constant energy: Li2ZrCl6 at 600 K, 1 fs, 20 ps, after 5 ps with a
thermostat.

A line is fitted to the total energy per atom; the drift is the absolute change of the fit over the
run. Five runs differ in their starting velocities; the figure is the largest of the five.

Usage: python benchmarks/nve_drift.py [--json] [--quick] [--model NAME_OR_PATH]
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from common import (
    REPEATS,
    electrolyte,
    lammps_head,
    parser,
    run_lammps,
    run_script,
    spread,
    sswnn_style,
    write_data,
)

from sswnn.analysis.trajectories.lammps_log import tables

REPEAT = (2, 2, 3)
TEMPERATURE = 600.0  # K
PICOSECONDS = {False: (5.0, 20.0), True: (2.0, 5.0)}
"""Of equilibration and measurement, in full and with --quick."""
EVERY = 10  # steps between energies


def energies(
    model: str, folder: Path, seed: int, picoseconds: tuple[float, float]
) -> dict[str, np.ndarray]:
    """The thermodynamic table of one run at constant energy: ps, K, eV/atom."""
    before, during = (round(1000 * time) for time in picoseconds)
    script = (
        lammps_head("cold.data", sswnn_style(model))
        + f"""
velocity all create {2 * TEMPERATURE} {seed} mom yes rot no dist gaussian
fix heat all nvt temp {TEMPERATURE} {TEMPERATURE} 0.05
thermo {before}
run {before}
unfix heat
reset_timestep 0
fix move all nve
variable per_atom equal etotal/atoms
thermo_style custom step temp etotal v_per_atom
thermo_modify format float %.12g
thermo {EVERY}
run {during}
"""
    )
    return tables(run_lammps(script, folder))[-1]


def drift(table: dict[str, np.ndarray]) -> tuple[float, float]:
    """Absolute change of the fitted line over the run, and the largest distance from it, eV/atom."""
    step, energy = table["Step"], table["v_per_atom"]
    slope, offset = np.polyfit(step, energy, 1)
    away = np.abs(energy - (slope * step + offset)).max()
    return float(abs(slope) * (step[-1] - step[0])), float(away)


def measure(args: argparse.Namespace) -> dict:
    """Five runs."""
    times = PICOSECONDS[args.quick]
    with tempfile.TemporaryDirectory() as folder:
        atoms = electrolyte(REPEAT)
        write_data(Path(folder, "cold.data"), atoms)
        runs = [energies(args.model, Path(folder), 1000 + k, times) for k in range(REPEATS)]
    drifts, away = zip(*map(drift, runs), strict=True)
    return {
        "drift_ev_per_atom": max(drifts),
        "picoseconds": times[1],
        "spread_drift_ev_per_atom": spread(drifts),
        "largest_deviation_ev_per_atom": max(away),
        "mean_temperature_kelvin": float(np.mean([table["Temp"].mean() for table in runs])),
        "timestep_fs": 1.0,
        "atoms": len(atoms),
        "ranks": 1,
    }


if __name__ == "__main__":
    run_script(measure, parser(__doc__))

"""Whether the potential holds where it is driven hard: 100 ps of bulk and interface at 1000 K, and the minima of searches.

Bulk: Li2ZrCl6, P-3m1, 324 atoms; interface: the demo, four layers of Li2ZrCl6 on five of Li without vacuum; each relaxed
at fixed cell, then 1 fs steps with a Langevin thermostat (0.1 ps). Every 0.1 ps the closest pair over the sum of its
covalent radii, and every 50 steps the largest uncertainty of an atom's force (`fix pair`). `survived`: all steps were made,
no pair came below its limit, the temperature stayed within 1.5 times the set one. The limit is 0.7 of the sum, but
2.07 Å for Zr-Zr, as the molecule Zr2 of the label engine has its minimum at 2.43 Å, just below 0.7 of the sum, and its energy
at 2.07 Å is 0.9 eV above (frames of kind `dimer` in data/lizrhfcl_omat.extxyz.xz).

`--frames DIR` writes at most 20 frames of each run, evenly spaced, to DIR/bulk.extxyz and DIR/interface.extxyz: when labelled
(`sswnn label DIR/interface.extxyz --engine nequix -o labelled.extxyz`), `accuracy.py --frames labelled.extxyz` has
the errors on what the potential itself drove.

With `--archive DIR ...` also the closest pair of all distinct minima in archives of `sswnn search`, `minima.sqlite` or its
folder: how many are below 0.7.

Usage: python benchmarks/robustness.py [--json] [--quick] [--model NAME_OR_PATH] [--frames DIR] [--archive DIR ...]
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
from ase import Atoms
from common import electrolyte, lammps_head, parser, run_script, sswnn_style, try_lammps, write_data

from sswnn.analysis.trajectories.lammps_log import tables
from sswnn.analysis.trajectories.trajectory import read_trajectory
from sswnn.data.distances import smallest_ratio
from sswnn.data.frames import write_frames
from sswnn.data.sampling import covalent_sum
from sswnn.data.trajectories import closest_contact
from sswnn.interface import build
from sswnn.interface.files import TYPE_ORDER
from sswnn.ssw.archive import Archive

TEMPERATURE = 1000.0  # K
PICOSECONDS = {False: 100.0, True: 2.0}
EVERY = 100  # steps between distances
LEAST = 0.7  # of the sum of the covalent radii
LEAST_ZR_ZR = 2.07  # A
SAVED = 20  # frames of each run, at most
HOTTEST = 1.5  # of the set temperature


def run(model: str, folder: Path, data: str, picoseconds: float) -> tuple[dict, list[Atoms]]:
    """One trajectory from a data file: what it showed, and at most `SAVED` of its frames."""
    steps = round(1000 * picoseconds)
    script = (
        lammps_head(data, sswnn_style(model))
        + f"""
min_style cg
min_modify norm max
minimize 0 0.05 200 2000
reset_timestep 0
velocity all create {2 * TEMPERATURE} 4711 mom yes rot no dist gaussian
fix move all nve
fix heat all langevin {TEMPERATURE} {TEMPERATURE} 0.1 4711 zero yes
fix uncertainty all pair 50 sswnn uncertainty 1
compute worst all reduce max f_uncertainty
fix worst all ave/time 50 1 50 c_worst
thermo_style custom step temp pe f_worst
thermo 50
dump frames all custom {EVERY} frames.dump id type element xu yu zu
dump_modify frames element {" ".join(TYPE_ORDER)} sort id
run {steps}
"""
    )
    code, output = try_lammps(script, folder, timeout=36000)
    made = [table for table in tables(output) if "f_worst" in table]
    table = made[-1] if made else {"Step": np.zeros(1), "Temp": np.zeros(1), "f_worst": np.zeros(1)}
    frames = [
        Atoms(frame.symbols, frame.positions, cell=frame.cell, pbc=frame.pbc)
        for frame in read_trajectory(folder / "frames.dump", timestep_fs=1.0)
    ]
    closest = np.array([closest_contact(frame) for frame in frames])
    least = limits()
    over_limit = min((smallest_ratio(frame, least) for frame in frames), default=np.inf)
    done, settled = int(table["Step"][-1]), table["Step"] > steps / 10
    whole = code == 0 and done == steps
    figures = {
        "survived": whole and over_limit > 1 and table["Temp"][settled].max(initial=0) < HOTTEST * TEMPERATURE,
        "picoseconds": done / 1000,
        "closest": float(closest.min(initial=np.inf)),
        "closest_over_limit": over_limit,
        "frames_below_0.7": int((closest < LEAST).sum()),
        "frames": len(frames),
        "largest_uncertainty_ev_per_a": float(table["f_worst"].max()),
        "mean_largest_uncertainty_ev_per_a": float(table["f_worst"].mean()),
        "mean_temperature_kelvin": float(table["Temp"][settled].mean()) if settled.any() else 0.0,
        "hottest_kelvin": float(table["Temp"].max()),
        "atoms": len(frames[0]) if frames else 0,
    }  # fmt: skip
    return figures, frames[:: -(-len(frames) // SAVED)] if frames else []


def limits() -> dict[frozenset[str], float]:
    """Distance in A below which a pair of elements has collapsed."""
    least = {frozenset({a, b}): LEAST * covalent_sum(a, b) for a in TYPE_ORDER for b in TYPE_ORDER}
    return least | {frozenset({"Zr"}): LEAST_ZR_ZR}


def minima(path: Path) -> dict:
    """Closest pairs of the distinct minima of an archive."""
    with Archive(path / "minima.sqlite" if path.is_dir() else path, readonly=True) as archive:
        ratios = np.array([closest_contact(entry.to_atoms()) for entry in archive])
    return {
        "minima": len(ratios),
        "below_0.7": int((ratios < LEAST).sum()),
        "closest": float(ratios.min(initial=np.inf)),
    }


def measure(args: argparse.Namespace) -> dict:
    """Two runs, and what the archives hold."""
    result: dict = {"temperature_kelvin": TEMPERATURE, "timestep_fs": 1.0}
    for name in ("bulk", "interface"):
        with tempfile.TemporaryDirectory() as folder:
            if name == "bulk":
                write_data(Path(folder, "bulk.data"), electrolyte((2, 2, 3)))
            else:
                build("demo").write(Path(folder))
            result[name], frames = run(args.model, Path(folder), f"{name}.data", PICOSECONDS[args.quick])
        if args.frames:
            args.frames.mkdir(parents=True, exist_ok=True)
            write_frames(args.frames / f"{name}.extxyz", frames)
    for path in args.archive:
        result[path.name] = minima(path)
    return result


if __name__ == "__main__":
    options = parser(__doc__)
    options.add_argument("--frames", type=Path, metavar="DIR", help="where frames of the runs are written")
    options.add_argument("--archive", type=Path, nargs="+", default=[], metavar="DIR", help="folders of searches")
    run_script(measure, options)

"""Speed of `pair_style sswnn` in LAMMPS, beside POD and SNAP in the same run, and its efficiency on
two ranks.

Li2ZrCl6 (P-3m1, 1944 atoms) at 300 K, 1 fs, one rank, double precision: microseconds of the whole
step for each atom and step. All three pair styles start from the same equilibrated positions and
velocities and take turns, five times; ratios are those of medians. Then an interface Li(111) |
Li2ZrCl6(001) of 1038 atoms at 300 K, one rank and two ranks in turns.

Usage: python benchmarks/pair_speed.py [--json] [--quick] [--model NAME_OR_PATH] [--steps N]
"""

import argparse
import statistics
import tempfile
from pathlib import Path

import peers
from common import (
    REPEATS,
    Timing,
    electrolyte,
    lammps_head,
    parser,
    run_lammps,
    run_script,
    spread,
    sswnn_style,
    timings,
    write_data,
)

from sswnn.analysis.trajectories.lammps_log import tables
from sswnn.errors import WorkflowError
from sswnn.interface import build

REPEAT = (6, 6, 2)
TEMPERATURE = 300.0  # K
EQUILIBRATION = 300  # steps
RELATIVE_STEPS = {"sswnn": 1.0, "pod": 0.2, "snap": 0.05}
"""Steps of each style, so that a run of each takes about as long."""


def equilibrate(atoms_file: str, model: str, folder: Path, minimise: int) -> str:
    """Bring a structure to 300 K with our potential; positions and velocities go to hot.data. Returns the output."""
    return run_lammps(
        lammps_head(atoms_file, sswnn_style(model))
        + f"""
min_style cg
minimize 0 0.05 {minimise} {20 * minimise}
reset_timestep 0
velocity all create {2 * TEMPERATURE} 4711 mom yes rot no dist gaussian
fix move all nvt temp {TEMPERATURE} {TEMPERATURE} 0.05
compute near all coord/atom cutoff 6.0
compute mean all reduce ave c_near
thermo_style custom step temp c_mean
thermo {EQUILIBRATION}
run {EQUILIBRATION}
write_data hot.data nocoeff
""",
        folder,
    )


def timed(style: str, folder: Path, steps: int, ranks: int = 1, name: str = "") -> Timing:
    """One run of `steps` steps at constant energy from hot.data, after a short one that warms up."""
    script = lammps_head("hot.data", style) + "fix move all nve\nthermo 1000000\n"
    if ranks > 1:
        script = script.replace("read_data", "processors * * 1\nread_data")
        script += "balance 1.0 shift xy 20 1.01\n"
    output = run_lammps(f"{script}run {max(2, steps // 20)}\nrun {steps}\n", folder, ranks=ranks)
    peers.check_output(name, output)
    return timings(output)[-1]


def bulk(model: str, folder: Path, steps: int) -> dict:
    """Our style and its peers in turns, on the crystal."""
    write_data(folder / "cold.data", electrolyte(REPEAT))
    cold = tables(equilibrate("cold.data", model, folder, 20))
    styles = {
        "sswnn": sswnn_style(model),
        "pod": peers.write_pod(folder),
        "snap": peers.write_snap(folder),
    }
    runs: dict[str, list[Timing]] = {name: [] for name in styles}
    for _ in range(REPEATS):
        for name, style in styles.items():
            count = max(3, round(RELATIVE_STEPS[name] * steps))
            runs[name].append(timed(style, folder, count, name=name))
    times = {name: [run.us_per_atom_step for run in found] for name, found in runs.items()}
    ours = statistics.median(times["sswnn"])
    return {
        "us_per_atom_step": ours,
        "neighbours_per_atom": float(cold[-1]["c_mean"][-1]),
        "temperature_kelvin": float(cold[-1]["Temp"][-1]),
        "ratio_pod": statistics.median(times["pod"]) / ours,
        "ratio_snap8": statistics.median(times["snap"]) / ours,
        "pair_share": statistics.median(run.pair_share for run in runs["sswnn"]),
        "pair_us_per_atom_step": statistics.median(
            run.pair_share * run.us_per_atom_step for run in runs["sswnn"]
        ),
        "spread_us_per_atom_step": {name: spread(values) for name, values in times.items()},
        "steps": {name: found[0].steps for name, found in runs.items()},
        "atoms": runs["sswnn"][0].atoms,
        "ranks": 1,
        "pod_descriptors": peers.pod_descriptors(),
        "snap_descriptors": peers.snap_descriptors(),
        "cutoff_of_peers": peers.CUTOFF,
    }


def interface(model: str, folder: Path, steps: int) -> dict:
    """One rank and two ranks in turns, on the interface."""
    build("demo", repeat=(3, 2)).write(folder)
    equilibrate("interface.data", model, folder, 100)
    runs: dict[int, list[Timing]] = {1: [], 2: []}
    for _ in range(REPEATS):
        for ranks in runs:
            runs[ranks].append(timed(sswnn_style(model), folder, steps, ranks))
    one, two = (statistics.median(run.seconds for run in runs[ranks]) for ranks in (1, 2))
    if runs[2][0].ranks != 2:
        raise WorkflowError("mpirun -np 2 did not give two ranks: `sswnn doctor` says why")
    return {
        "efficiency_2_ranks": one / (2 * two),
        "interface_atoms": runs[1][0].atoms,
        "interface_us_per_atom_step": runs[1][0].us_per_atom_step * one / runs[1][0].seconds,
        "spread_efficiency_2_ranks": spread(
            [a.seconds / (2 * b.seconds) for a, b in zip(runs[1], runs[2], strict=True)]
        ),
        "interface_pair_share_2_ranks": statistics.median(run.pair_share for run in runs[2]),
    }


def measure(args: argparse.Namespace) -> dict:
    """Both measurements."""
    steps = args.steps or (100 if args.quick else 400)
    result = {}
    for part in (bulk, interface):
        with tempfile.TemporaryDirectory() as folder:
            result |= part(args.model, Path(folder), steps)
    return result


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument(
        "--steps", type=int, help="steps of a run with our style (default 400, quick 100)"
    )
    run_script(measure, options)


if __name__ == "__main__":
    main()

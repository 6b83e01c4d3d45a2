"""Interface runs from small to large: time of a step, memory, two ranks, load balance, and what many ranks must exchange.

Time: the demo interface (692 atoms, one rank) and 99 600 atoms on two ranks, whole LAMMPS steps at 300 K, double precision;
memory: peak resident memory (VmHWM, Linux) of both ranks together. Efficiency: 9688 atoms on one rank and on two, in turns.
Load: atoms of the fullest rank over the mean, for the same layers with vacuum, cut along all axes without and with `balance`,
and cut along x and y only. Exchange: ghost atoms of each rank from the positions (`ghost_shells.py`), checked against LAMMPS' own
counts on 1 to 8 ranks, times 48 bytes, for 8 to 512 ranks. The last two need no potential and may share cores.

Usage: python benchmarks/interface_scaling.py [--json] [--quick] [--model NAME_OR_PATH] [--steps N]
"""

import argparse
import os
import re
import statistics
import tempfile
from pathlib import Path
from unittest.mock import patch

import numpy as np
from common import (
    REPEATS,
    Timing,
    lammps_head,
    parser,
    run_lammps,
    run_script,
    spread,
    sswnn_style,
    timings,
)
from ghost_shells import BYTES_PER_GHOST_STEP, counts, processor_grid
from pair_speed import equilibrate, timed

from sswnn import SSWNN
from sswnn.errors import WorkflowError
from sswnn.interface import build

SKIN = 1.0
"""Of `lammps_head`, A."""
CHECKED, COMPUTED = (1, 2, 4, 8), (8, 16, 32, 64, 128, 256, 512)
"""Ranks that LAMMPS runs on, and ranks that are computed."""
MEMORY = """exe=$(readlink /proc/$1/exe) folder=$(readlink /proc/$1/cwd)
for rank in /proc/[0-9]*; do
  if [ "$(readlink $rank/exe)" = "$exe" ] && [ "$(readlink $rank/cwd)" = "$folder" ]; then grep -hs VmHWM $rank/status; fi
done
"""
"""Peak memory of all ranks: the processes that run the same program in the same folder. The `lmp` of the wheel starts
the real one, so ranks need not have one parent."""


def small(model: str, folder: Path, steps: int) -> dict:
    """The demo interface on one rank."""
    build("demo").write(folder)
    equilibrate("interface.data", model, folder, 100)
    runs = [timed(sswnn_style(model), folder, steps) for _ in range(REPEATS)]
    times = [run.us_per_atom_step for run in runs]
    return {
        "us_per_atom_step_small": statistics.median(times),
        "atoms_small": runs[0].atoms,
        "ranks_small": 1,
        "steps_small": steps,
        "spread_us_per_atom_step_small": spread(times),
    }


def large(model: str, folder: Path, steps: int, quick: bool) -> dict:
    """The thick interface on two ranks: time and memory."""
    build("large100k", repeat=(3, 3) if quick else None).write(folder)
    (folder / "memory.sh").write_text(MEMORY)
    head = lammps_head("interface.data", sswnn_style(model)).replace(
        "read_data", "processors * * 1\nread_data"
    )
    script = f"""{head}
balance 1.0 shift xy 20 1.01
min_style cg
minimize 0 0.1 5 50
velocity all create 600 4711 mom yes rot no dist gaussian
fix move all nvt temp 300 300 0.1
thermo 1000000
run {steps}
"""
    script += f"run {steps}\n" * REPEATS + "shell 'sh memory.sh $PPID'\n"
    output = run_lammps(script, folder, ranks=2)
    sizes = [1024 * int(x) for x in re.findall(r"^VmHWM:\s*(\d+) kB", output, re.M)]
    if len(sizes) != 2:
        raise WorkflowError(
            f"{len(sizes)} values of VmHWM for 2 ranks: this measurement needs Linux and an mpirun that gives two ranks"
        )
    runs = timings(output)[-REPEATS:]
    times = [run.us_per_atom_step for run in runs]
    return {
        "us_per_atom_step_large": statistics.median(times),
        "gib_large": sum(sizes) / 2**30,
        "atoms_large": runs[0].atoms,
        "ranks_large": runs[0].ranks,
        "steps_large": steps,
        "spread_us_per_atom_step_large": spread(times),
    }


def efficiency(model: str, folder: Path, steps: int, quick: bool) -> dict:
    """One rank and two in turns, on the wide interface."""
    build("large10k", repeat=(4, 4) if quick else None).write(folder)
    equilibrate("interface.data", model, folder, 20)
    runs: dict[int, list[Timing]] = {1: [], 2: []}
    for _ in range(REPEATS):
        for ranks in runs:
            runs[ranks].append(timed(sswnn_style(model), folder, steps, ranks))
    if runs[2][0].ranks != 2:
        raise WorkflowError("mpirun -np 2 did not give two ranks: `sswnn doctor` says why")
    one, two = (statistics.median(run.seconds for run in runs[ranks]) for ranks in (1, 2))
    return {
        "efficiency_2_ranks": one / (2 * two),
        "atoms_efficiency": runs[1][0].atoms,
        "steps_efficiency": steps,
        "spread_efficiency_2_ranks": spread(
            [a.seconds / (2 * b.seconds) for a, b in zip(runs[1], runs[2], strict=True)]
        ),
    }


def geometry(
    folder: Path, cutoff: float, ranks: int, grid: str, balance: str = ""
) -> dict[str, float]:
    """LAMMPS' own counts after a setup without forces: grid, atoms and ghosts of a rank, mean and largest."""
    head = lammps_head("interface.data", f"pair_style zero {cutoff} full\npair_coeff * *").replace(
        "read_data", f"processors {grid}\nread_data"
    )
    with patch.dict(
        os.environ, MPIR_CVAR_CH4_PROGRESS_THROTTLE="1"
    ):  # more ranks than cores: those that wait give way (MPICH)
        output = run_lammps(f"{head}{balance}\nfix move all nve\nrun 0\n", folder, ranks=ranks)
    chosen = re.findall(r"(\d+) by (\d+) by (\d+) MPI processor grid", output)[-1]
    found: dict = {"grid": tuple(map(int, chosen))}
    for name in ("Nlocal", "Nghost"):
        mean, most = re.findall(rf"^{name}:\s+(\S+) ave\s+(\S+) max", output, re.M)[-1]
        found |= {name: float(mean), f"{name}_max": float(most)}
    return found


def load(folder: Path, cutoff: float, ranks: int, quick: bool) -> dict:
    """Fullest rank over the mean, of layers with vacuum."""
    atoms = build("paper", repeat=(4, 4) if quick else (8, 7), rectangular=True, vacuum=30.0)
    atoms.write(folder)
    ways = {
        "equal_bricks": ("* * *", ""),
        "balance_shift_xyz": ("* * *", "balance 1.0 shift xyz 20 1.01"),
        "xy_only_shift_xy": ("* * 1", "balance 1.0 shift xy 20 1.01"),
    }
    made: dict = {"atoms": len(atoms.atoms), "ranks": ranks}
    for name, (grid, balance) in ways.items():
        seen = geometry(folder, cutoff, ranks, grid, balance)
        made[name] = seen["Nlocal_max"] / seen["Nlocal"]
    return {"load_max_over_mean_with_vacuum": made}


def exchange(folder: Path, cutoff: float, quick: bool) -> dict:
    """Ghosts and bytes of a rank and step from the geometry, and how far LAMMPS' own counts differ."""
    made = build("large10k" if quick else "large100k")
    made.write(folder)
    lengths, positions = np.diag(made.atoms.cell.array), made.atoms.positions
    table: dict[str, dict] = {}
    worst = 0.0
    for ranks in sorted({*CHECKED, *COMPUTED}):
        grid = processor_grid(ranks, lengths)
        own, ghosts = counts(positions, lengths, grid, cutoff + SKIN)
        row = {
            "grid": list(grid),
            "atoms_mean": float(own.mean()),
            "ghosts_mean": float(ghosts.mean()),
            "ghosts_max": float(ghosts.max()),
            "kib_per_rank_step": float(ghosts.mean()) * BYTES_PER_GHOST_STEP / 1024,
        }
        if ranks in CHECKED:
            seen = geometry(folder, cutoff, ranks, "* * *")
            if seen["grid"] != grid:
                raise WorkflowError(
                    f"LAMMPS cuts {ranks} ranks as {seen['grid']}, the rule gives {grid}"
                )
            row["ghosts_mean_lammps"] = seen["Nghost"]
            worst = max(worst, abs(seen["Nghost"] / row["ghosts_mean"] - 1))
        table[str(ranks)] = row
    return {
        "exchange_atoms": len(made.atoms),
        "exchange_largest_relative_difference": worst,
        "exchange_per_ranks": table,
    }


def measure(args: argparse.Namespace) -> dict:
    """All of it, each part in a folder of its own."""
    steps = args.steps or (20 if args.quick else 200)
    cutoff = SSWNN(args.model).cutoff
    result: dict = {}
    parts = (
        lambda folder: exchange(folder, cutoff, args.quick),
        lambda folder: load(folder, cutoff, 8, args.quick),
        lambda folder: small(args.model, folder, 10 * steps),
        lambda folder: efficiency(args.model, folder, steps, args.quick),
        lambda folder: large(args.model, folder, max(5, steps // 10), args.quick),
    )
    for part in parts:
        with tempfile.TemporaryDirectory() as folder:
            result |= part(Path(folder))
    return result


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument(
        "--steps",
        type=int,
        help="steps of a run of 9688 atoms (default 200, quick 20); ten times as many of the "
        "small cell, a tenth of the large one",
    )
    run_script(measure, options)


if __name__ == "__main__":
    main()

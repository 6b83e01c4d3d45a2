"""Memory of `pair_style sswnn` for each atom, beyond LAMMPS' own.

Two runs on the same 103 680 atoms of Li2ZrCl6: our style, and `pair_style zero 6.0 full`, which
asks for the same full neighbour list of the same cutoff and does nothing with it. The figure is the
difference of the peak resident memory (VmHWM of the running `lmp`, Linux), divided by the number of
atoms.

Usage: python benchmarks/pair_memory.py [--json] [--quick] [--model NAME_OR_PATH]
"""

import argparse
import re
import statistics
import tempfile
from pathlib import Path

from common import (
    REPEATS,
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

from sswnn import SSWNN
from sswnn.errors import WorkflowError

REPEAT, REPEAT_QUICK = (16, 16, 15), (8, 8, 8)
STEPS = 2


def peak(style: str, folder: Path, repeat: tuple[int, int, int]) -> tuple[int, int]:
    """Peak resident bytes of one run, and its number of atoms."""
    head = lammps_head("cell.data", style).replace(
        style, f"replicate {' '.join(map(str, repeat))}\n{style}"
    )
    script = head + "velocity all create 300 4711\nfix move all nve\n" + f"run {STEPS}\n"
    script += "shell 'grep VmHWM /proc/$PPID/status'\n"
    output = run_lammps(script, folder)
    found = re.search(r"^VmHWM:\s*(\d+) kB", output, re.M)
    if not found:
        raise WorkflowError("no VmHWM in /proc: this measurement needs Linux")
    return 1024 * int(found[1]), timings(output)[-1].atoms


def measure(args: argparse.Namespace) -> dict:
    """Alternate the two styles."""
    repeat = REPEAT_QUICK if args.quick else REPEAT
    cutoff = SSWNN(args.model).cutoff
    styles = {
        "sswnn": sswnn_style(args.model),
        "zero": f"pair_style zero {cutoff} full\npair_coeff * *",
    }
    peaks: dict[str, list[int]] = {name: [] for name in styles}
    atoms = 0
    with tempfile.TemporaryDirectory() as folder:
        write_data(Path(folder, "cell.data"), electrolyte((1, 1, 1)))
        for _ in range(REPEATS):
            for name, style in styles.items():
                size, atoms = peak(style, Path(folder), repeat)
                peaks[name].append(size)
    extra = [(ours - own) / atoms for ours, own in zip(peaks["sswnn"], peaks["zero"], strict=True)]
    return {
        "bytes_per_atom": statistics.median(extra),
        "atoms": atoms,
        "ranks": 1,
        "spread_bytes_per_atom": spread(extra),
        "peak_mib": {name: statistics.median(sizes) / 2**20 for name, sizes in peaks.items()},
        "lammps_own_bytes_per_atom": statistics.median(peaks["zero"]) / atoms,
    }


if __name__ == "__main__":
    run_script(measure, parser(__doc__))

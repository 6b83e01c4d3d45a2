"""What the benchmark scripts share: options, the hardware line, spreads, the JSON line, and runs of
LAMMPS.

A figure is measured by the script that imports this; nothing here knows what is measured.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import math
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.build import make_supercell

import sswnn
from sswnn import _core
from sswnn.data.prototypes import prototype
from sswnn.errors import SSWNNError, WorkflowError
from sswnn.interface.files import TYPE_ORDER, write_lammps_data
from sswnn.potential import models
from sswnn.workflow.inputs import environment, program

REPEATS = 5
ROOT = Path(__file__).resolve().parent.parent


# ------------------------------------------------------------------------------- options and result


def parser(description: str | None, *, model: bool = True) -> argparse.ArgumentParser:
    """The options that every script takes; without `--model` for one that evaluates no model."""
    made = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument("--json", action="store_true", help="one JSON object on the last line")
    made.add_argument("--quick", action="store_true", help="the same measurement, smaller")
    if model:
        made.add_argument("--model", default="LiZrCl", help="name or path (default: %(default)s)")
    return made


def run_script(
    measure: Callable[[argparse.Namespace], dict], options: argparse.ArgumentParser
) -> None:
    """Parse, measure, print the figures, and the JSON line where it is asked for.

    `measure` returns the figures; machine, versions and, where there is a `--model`, that are added here.
    A `SSWNNError` becomes one line.
    """
    args = options.parse_args()
    one_thread()
    try:
        evaluated = potential(args.model) if "model" in args else {}
        began = time.monotonic()
        result = measure(args)
        result |= machine() | evaluated
        result |= {"quick": args.quick, "seconds": round(time.monotonic() - began, 1)}
    except SSWNNError as error:
        sys.exit(f"error: {error}")
    show(result)
    if args.json:
        print(json.dumps(_plain(result)))


def one_thread() -> None:
    """Start this program again with one thread for linear algebra, unless the environment names a number.

    The libraries read the variable when they are loaded; threads that wait for each other spoil every time measured here.
    """
    if "OMP_NUM_THREADS" not in os.environ:
        os.environ["OMP_NUM_THREADS"] = "1"
        os.execv(sys.executable, [sys.executable, *sys.argv])


def show(result: dict, indent: str = "") -> None:
    """Print a nested dictionary as aligned lines."""
    for key, value in result.items():
        if isinstance(value, dict):
            print(f"{indent}{key}")
            show(value, indent + "  ")
        else:
            print(f"{indent}{key:{44 - len(indent)}s} {_plain(value)}")


def _plain(value: Any) -> Any:
    """The same value in types that JSON knows; a number that is not finite becomes null."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value


def spread(values: Sequence[float]) -> dict[str, float | int]:
    """Smallest, median and largest of repeated measurements, and how many there were."""
    return {
        "min": min(values),
        "median": statistics.median(values),
        "max": max(values),
        "runs": len(values),
    }


# ------------------------------------------------------------------------------- machine


def processor() -> str:
    """Name of the processor as the operating system gives it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def machine() -> dict[str, Any]:
    """Processor, cores that this process may use, how busy they are, and the versions that matter."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "processor": processor(),
        "cores": cores,
        "load": round(os.getloadavg()[0], 2),
        "sswnn": sswnn.__version__,
        "lammps": importlib.metadata.version("lammps"),
        "ase": importlib.metadata.version("ase"),
        "numpy": np.__version__,
        "python": platform.python_version(),
    }


def potential(name: str) -> dict[str, str]:
    """File, precision and instruction set (the kernels that `auto` chooses on this machine) of a model."""
    file = models.path(name).resolve()
    isa = str(_core.Potential(str(file)).isa)
    return {"model": file.name, "precision": "double", "instruction_set": isa}


# ------------------------------------------------------------------------------- structures


def electrolyte(repeat: tuple[int, int, int]) -> Atoms:
    """Li2ZrCl6, P-3m1, 27 atoms times `repeat`."""
    return make_supercell(prototype("li2zrcl6_p-3m1_6g"), np.diag(repeat))


def write_data(path: Path, atoms: Atoms) -> None:
    """LAMMPS data file with types 1 2 3 = Li Zr Cl."""
    write_lammps_data(path, atoms, TYPE_ORDER)


# ------------------------------------------------------------------------------- LAMMPS


@dataclass
class Timing:
    """One `run` of LAMMPS: seconds of the loop, its steps and atoms, and the seconds of each part of the step."""

    seconds: float
    steps: int
    atoms: int
    ranks: int
    parts: dict[str, float]

    @property
    def us_per_atom_step(self) -> float:
        """Microseconds of the whole step for each atom, whatever the number of ranks."""
        return 1e6 * self.seconds / (self.steps * self.atoms)

    @property
    def pair_share(self) -> float:
        """Part of the step that the pair style takes."""
        return self.parts["Pair"] / self.seconds


def timings(output: str) -> list[Timing]:
    """All runs in LAMMPS' output, in order."""
    head = re.compile(r"Loop time of (\S+) on (\d+) procs for (\d+) steps with (\d+) atoms")
    part = re.compile(r"^(Pair|Neigh|Comm|Output|Modify|Other)\s*\|[^|]*\|\s*(\S+)\s*\|", re.M)
    found = []
    for section in re.split(r"(?=^Loop time)", output, flags=re.M)[1:]:
        match = head.match(section)
        if match and int(match[3]) > 0:
            parts = {name: float(value) for name, value in part.findall(section)}
            found.append(
                Timing(float(match[1]), int(match[3]), int(match[4]), int(match[2]), parts)
            )
    return found


def try_lammps(
    script: str, folder: Path, *, ranks: int = 1, timeout: float = 3600
) -> tuple[int, str]:
    """Exit code and output of `lmp` on a script, in `folder`; under `mpirun` for more than one rank."""
    (folder / "in.benchmark").write_text(script)
    command = [str(program("lmp")), "-in", "in.benchmark", "-log", "none"]
    if ranks > 1:
        command = [str(program("mpirun")), "-np", str(ranks), *command]
    done = subprocess.run(
        command, cwd=folder, env=environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", timeout=timeout,
    )  # fmt: skip
    return done.returncode, done.stdout


def run_lammps(script: str, folder: Path, *, ranks: int = 1) -> str:
    """Output of `lmp` on a script.

    Raises
    ------
    WorkflowError
        If it ends with an error; with the last lines of the output.
    """
    code, output = try_lammps(script, folder, ranks=ranks)
    if code:
        tail = "\n  ".join(output.splitlines()[-8:])
        raise WorkflowError(f"LAMMPS ended with code {code} on {ranks} rank(s):\n  {tail}")
    return output


def lammps_head(data: str, style: str) -> str:
    """Script up to and including the pair style, for a data file of types Li Zr Cl; 1 fs, skin 1 Å."""
    return f"""
units metal
atom_style atomic
atom_modify map yes
newton on
read_data {data}
{style}
neighbor 1.0 bin
neigh_modify every 1 delay 0 check yes
timestep 0.001
"""


def sswnn_style(model: str) -> str:
    """`pair_style` and `pair_coeff` of our potential."""
    return f"pair_style sswnn\npair_coeff * * {models.path(model).resolve()} {' '.join(TYPE_ORDER)}"

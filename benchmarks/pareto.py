"""Held-out errors against microseconds per atom and step: variants of our potential and peers, fitted to the same
frames and judged on the same others.

Frames: of data/lizrcl_l3i5.extxyz.xz those of at most 20 atoms, periodic, forces below 10 eV/Å; 2500 to fit to (8 % of
their groups choose what a fit leaves free and the best epoch), 500 of other groups to judge, each origin with its share.
Ours: `sswnn train` from scratch with its defaults but for what the name says, each `--minutes` of processor time.
Peers: POD by `fitpod`, linear and quadratic SNAP by least squares, until converged; energies and forces weighted as in our
loss where the fit allows it. With `--peer-python PYTHON`, an interpreter that has them (`pareto_network_peers.py`), NEP and
MACE as well, trained for the epochs of `ELSEWHERE`, of more than 2500 frames for as many steps. `fit_weights` in the output says
what was chosen. Only ours and NEP see stresses.

Errors of all: root mean squares over frames and components, and medians over frames, of `run 0` of LAMMPS with the files that a
user would use; a frame unlike all others may rule the former. Times of all: Li2ZrCl6 of 1944 atoms at 300 K as in
`pair_speed.py`, from the same positions and velocities, in turns, whole step, double precision, one rank; NEP and MACE by
ASE, for neither has a pair style in the wheel.

With `--resume FILE` every finished fit is appended to FILE, its files go to the folder FILE without suffix, and neither is
done again; a training that was stopped goes on. Times are measured anew by every call, of all fits together.

Usage: python benchmarks/pareto.py [--json] [--quick] [--minutes M] [--resume FILE] [--only NAME,NAME] [--plot FILE]
    [--frames N] [--steps N] [--model NAME_OR_PATH] [--peer-python PYTHON]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import statistics
import tempfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
from accuracy import with_spread
from common import REPEATS, electrolyte, parser, run_script, spread, write_data
from pair_speed import REPEAT, equilibrate, timed
from pareto_frames import HELD_OUT, SEED, VALIDATION, Parts, parts
from pareto_network_peers import fit_mace, fit_nep, judged_elsewhere, us_per_atom_step
from pareto_peers import Fit, fit_pod, fit_snap, judged
from pareto_training import train_for

from sswnn.data.frames import write_frames
from sswnn.errors import ConfigError, DataError
from sswnn.interface.files import TYPE_ORDER
from sswnn.plotting.pareto import front, plot_pareto
from sswnn.training.config import from_dict

VARIANTS: dict[str, dict] = {
    "small": {"channels": 4, "lmax": 2, "couplings": [[1, 1, 2], [2, 2, 2]], "hidden": [16, 16], "cutoff": 5.0},
    "4 channels": {"channels": 4},
    "l to 2": {"lmax": 2, "couplings": [[1, 1, 2], [2, 2, 2]]},
    "no 4-body": {"couplings": []},
    "width 24": {"hidden": [24, 24]},
    "cutoff 5": {"cutoff": 5.0},
    "default": {},
    "cutoff 7": {"cutoff": 7.0},
    "width 96": {"hidden": [96, 96]},
    "12 channels": {"channels": 12},
}  # fmt: skip
PEERS = {
    "POD 3-body": (fit_pod, {"parameters": {}}),
    "POD 4-body": (fit_pod, {"parameters": {"fourbody_number_radial_basis_functions": 2, "fourbody_angular_degree": 3}}),
    "SNAP 2J=6": (fit_snap, {"twojmax": 6, "quadratic": False}),
    "SNAP 2J=8": (fit_snap, {"twojmax": 8, "quadratic": False}),
    "qSNAP 2J=6": (fit_snap, {"twojmax": 6, "quadratic": True}),
}  # fmt: skip
ELSEWHERE = {
    "NEP": (fit_nep, {"epochs": 200, "settings": {"n_max": "6 6", "basis_size": "8 8", "l_max": "4 2 0", "neuron": "50"}}),
    "MACE": (fit_mace, {"epochs": 40, "settings": {"num_channels": 16, "max_L": 0, "correlation": 3, "max_ell": 3}}),
}  # fmt: skip
"""Peers in an interpreter of their own."""
QUICK = ("small", "default", "SNAP 2J=6")
ATOMS = 27 * int(np.prod(REPEAT))
FRAMES, QUICK_FRAMES = (2500, 500), (300, 100)
MINUTES, QUICK_MINUTES = 12.0, 0.5
RELATIVE_STEPS = {"SNAP": 0.05, "qSNAP": 0.05, "POD": 0.2, "NEP": 0.2, "MACE": 0.02}
"""Steps of each kind of peer, so that a run of each takes about as long."""


class Results:
    """Finished fits in a file of JSON lines; None: nothing is kept.

    Raises
    ------
    DataError
        From `get`, if the file has the potential with other settings.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.rows: dict[str, dict] = {}
        for line in path.read_text().splitlines() if path and path.exists() else ():
            try:
                row = json.loads(line)
            except json.JSONDecodeError:  # cut off by a kill: this fit is done again
                continue
            self.rows[row["name"]] = row

    def get(self, name: str, settings: str) -> dict | None:
        """The row of a potential, if it is there."""
        row = self.rows.get(name)
        if row and row["settings"] != settings:
            raise DataError(
                f"{self.path}: {name} is there with other settings; give this run another file"
            )
        return row

    def add(self, row: dict) -> None:
        """Keep a row."""
        self.rows[row["name"]] = row
        if self.path:
            cut = self.path.exists() and not self.path.read_bytes().endswith(b"\n")
            with self.path.open("a") as stream:
                stream.write("\n" * cut + json.dumps(row) + "\n")


# ------------------------------------------------------------------------------- ours


def train(name: str, frames: Parts, folder: Path, minutes: float) -> Fit:
    """One of `VARIANTS`, trained from scratch, or on from where it was stopped, for so much processor time."""
    data = folder / "frames.extxyz"
    if not data.exists():
        write_frames(data, [*frames.train, *frames.validation])
    share = HELD_OUT + VALIDATION * (
        1 - HELD_OUT
    )  # the same hash of the group's name decides, see `parts`
    config = from_dict({
        "run": str(folder / "run"),
        "data": {"frames": [str(data)], "validation": share, "test": 0.0, "split_seed": SEED},
        "model": VARIANTS[name] | {"name": name},
    })  # fmt: skip
    trainer = train_for(config, minutes, lambda line: print(f"  {name}: {line}", flush=True))
    counts = {part: len(members) for part, members in trainer.frames.items()}
    if counts != {"train": len(frames.train), "validation": len(frames.validation), "test": 0}:
        raise AssertionError(f"training splits its frames otherwise: {counts}")
    count = sum(parameter.numel() for parameter in trainer.potential.parameters())
    style = f"pair_style sswnn\npair_coeff * * run/model.safetensors {' '.join(TYPE_ORDER)}"
    return Fit(style, count, {"epochs": trainer.progress.epoch})


# ------------------------------------------------------------------------------- all


def fitted(name: str, frames: Parts, folder: Path, minutes: float, python: str | None) -> dict:
    """Fit a potential and judge it."""
    folder.mkdir(parents=True, exist_ok=True)
    began = sum(os.times()[:4])  # of this process and of those that it starts
    if name in VARIANTS:
        fit = train(name, frames, folder, minutes)
    elif name in PEERS:
        function, options = PEERS[name]
        fit = function(frames.train, frames.validation, folder, **options)
    else:
        function, options = ELSEWHERE[name]
        fitted_to = len(frames.train) + len(frames.validation)
        epochs = options["epochs"] * min(1.0, FRAMES[0] / fitted_to)
        options = options | {"epochs": max(1, round(epochs))}
        fit = function(frames.train, frames.validation, folder, python=python, **options)
    seconds = sum(os.times()[:4]) - began
    if fit.worker:
        errors, _ = judged_elsewhere(python, fit.worker, folder, frames.test)
    else:
        errors = judged(fit.style, folder, frames.test)
    return with_spread(errors) | asdict(fit) | {
        "name": name,
        "peer": name not in VARIANTS,
        "fit_cpu_seconds": seconds,
        "energy_median_mev_per_atom": 1000 * float(np.median([abs(e.energy) for e in errors])),
        "force_median_ev_per_a": float(np.median([np.sqrt(e.force_squares.mean()) for e in errors])),
    }  # fmt: skip


def folder_of(name: str, home: Path) -> Path:
    """Where the files of a potential are."""
    return home / name.replace(" ", "_").replace("=", "")


def speeds(
    rows: list[dict], home: Path, model: str, steps: int, python: str | None
) -> dict[str, list[float]]:
    """Microseconds per atom and step of all potentials, in turns, `REPEATS` times."""
    times: dict[str, list[float]] = {row["name"]: [] for row in rows}
    with tempfile.TemporaryDirectory() as scratch:
        write_data(Path(scratch, "cold.data"), electrolyte(REPEAT))
        equilibrate("cold.data", model, Path(scratch), 20)
        hot = Path(scratch, "hot.data").read_bytes()
        for _ in range(REPEATS):
            for row in rows:
                place = folder_of(row["name"], home)
                (place / "hot.data").write_bytes(hot)
                share = RELATIVE_STEPS.get(row["name"].split()[0], 1.0) if row["peer"] else 1.0
                count = max(3, round(share * steps))
                if kind := row.get("worker"):
                    time = us_per_atom_step(python, kind, place, ATOMS, count)
                else:
                    time = timed(row["style"], place, count).us_per_atom_step
                times[row["name"]].append(time)
    return times


def interpreter(name: str) -> str:
    """Absolute path of an interpreter, links not followed: they tell it where its packages are.

    Raises
    ------
    ConfigError
        If there is none.
    """
    found = shutil.which(name)
    if not found:
        raise ConfigError(f"--peer-python: {name} is no program")
    return os.path.abspath(found)


def measure(args: argparse.Namespace) -> dict:
    """Fit and judge what is missing, then time all."""
    python = interpreter(args.peer_python) if args.peer_python else None
    known = [*VARIANTS, *PEERS, *(ELSEWHERE if python else ())]
    names = args.only.split(",") if args.only else list(QUICK) if args.quick else known
    if not python and (elsewhere := set(names) & set(ELSEWHERE)):
        raise ConfigError(f"--only: {min(elsewhere)} needs --peer-python")
    if unknown := set(names) - set(known):
        raise ConfigError(f"--only: {min(unknown)!r} is none of {', '.join(known)}")
    if args.resume and not args.resume.suffix:
        raise ConfigError(
            f"--resume: {args.resume} needs a suffix such as .jsonl; without it, it is the folder"
        )
    counts = QUICK_FRAMES if args.quick else FRAMES
    counts = (args.frames or counts[0], counts[1])
    minutes = args.minutes or (QUICK_MINUTES if args.quick else MINUTES)
    results = Results(args.resume)
    with tempfile.TemporaryDirectory() as scratch:
        home = args.resume.resolve().with_suffix("") if args.resume else Path(scratch)
        frames = None
        for name in names:
            recipe = (
                {"minutes": minutes, "model": VARIANTS[name]}
                if name in VARIANTS
                else {"peer": (PEERS | ELSEWHERE)[name][1]}
            )
            text = json.dumps([counts, SEED, recipe], sort_keys=True)
            settings = hashlib.sha256(text.encode()).hexdigest()[:12]
            if results.get(name, settings) is None:
                frames = frames or parts(*counts)
                row = fitted(name, frames, folder_of(name, home), minutes, python)
                results.add(row | {"settings": settings})
                print(
                    f"{name}: {row['energy_mev_per_atom']:.1f} meV/atom, {row['force_ev_per_a']:.3f} eV/Å, "
                    f"{row['fit_cpu_seconds']:.0f} s of processor time",
                    flush=True,
                )
        rows = [results.rows[name] for name in known if name in results.rows]
        steps = args.steps or (40 if args.quick else 200)
        times = speeds(rows, home, args.model, steps, python)
    points = [_point(row, times[row["name"]]) for row in rows]
    if args.plot:
        plot_pareto(
            [p["name"] for p in points],
            [p["us_per_atom"] for p in points],
            [p["energy_mev_per_atom"] for p in points],
            [p["force_ev_per_a"] for p in points],
            [p["peer"] for p in points],
            args.plot,
        )
    print(table(points), end="\n\n")
    edge = front([p["us_per_atom"] for p in points], [p["force_ev_per_a"] for p in points])
    return {
        "pareto": points,
        "front_force": [points[k]["name"] for k in edge],
        "frames_fit": counts[0], "frames_judged": counts[1], "minutes": minutes, "atoms": ATOMS, "ranks": 1,
        "steps": steps,
    }  # fmt: skip


def _point(row: dict, times: list[float]) -> dict:
    keys = (
        "name", "peer", "energy_mev_per_atom", "force_ev_per_a", "stress_gpa", "energy_median_mev_per_atom",
        "force_median_ev_per_a", "parameters", "fit_cpu_seconds",
    )  # fmt: skip
    return {key: row[key] for key in keys} | {
        "us_per_atom": statistics.median(times),
        "fit_weights": row["chosen"],
        "spread": row["spread"] | {"us_per_atom": spread(times)},
    }


def table(points: list[dict]) -> str:
    """Markdown: a row for each potential, cheapest first."""
    lines = [
        "| potential | µs per atom and step | force, eV/Å | its median | energy, meV/atom | its median | coefficients "
        "| fit, s of processor time |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {p['name']} | {p['us_per_atom']:.2f} | {p['force_ev_per_a']:.3f} | {p['force_median_ev_per_a']:.3f} "
        f"| {p['energy_mev_per_atom']:.1f} | {p['energy_median_mev_per_atom']:.1f} | {p['parameters']} "
        f"| {p['fit_cpu_seconds']:.0f} |"
        for p in sorted(points, key=lambda p: p["us_per_atom"])
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument(
        "--minutes", type=float, help=f"of processor time for each of ours (default {MINUTES:g})"
    )
    options.add_argument(
        "--resume", type=Path, metavar="FILE", help="keep finished fits here and go on from them"
    )
    options.add_argument("--only", help="names of potentials, separated by commas (default: all)")
    options.add_argument("--plot", type=Path, metavar="FILE", help="draw errors against times")
    options.add_argument("--frames", type=int, metavar="N", help="to fit to (default 2500, quick 300)")
    options.add_argument("--peer-python", metavar="PYTHON", help="interpreter that has NEP and MACE")
    options.add_argument("--steps", type=int, help="of a timed run of ours (default 200, quick 40)")
    run_script(measure, options)


if __name__ == "__main__":
    main()

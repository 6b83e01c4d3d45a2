"""Errors against real density functional theory (PBE), of the shipped models and of the ready-made label engines.

Frames: the held-out groups of the PBE frames of data/ (`data/split_LiZrCl.json`, made by the training of that
model), or all frames of `--frames FILE`. Each model and engine counts energies from its own zero: one offset per element
is fitted to its energies over all frames of the table. Forces: root mean square over components; `margin` is how much
lower the force error of `--model` is than that of the best engine, 1 - ours / theirs.

`--engines` names engines of `sswnn label` (need the extra `label`); `--engines none` leaves them out.
With `--resume FILE` the engines' predictions are kept there and not made again.

Usage: python benchmarks/dft_accuracy.py [--json] [--quick] [--model NAME] [--also NAME ...] [--engines NAME ...]
    [--frames FILE] [--resume FILE] [--plot FILE]
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from accuracy import recorded_groups, recorded_split
from ase import Atoms
from ase.calculators.calculator import Calculator
from common import ROOT, parser, run_script

from sswnn import SSWNN
from sswnn.data.classes import class_of
from sswnn.data.frames import check_targets, iter_frames
from sswnn.data.offsets import element_offsets
from sswnn.errors import DataError
from sswnn.files import replace_file
from sswnn.plotting.by_class import plot_by_class

SPLIT = recorded_split(Path("LiZrCl"))
FILES = ("pbe_gpaw_600eV.extxyz.xz", "lizrcl_pbe.extxyz.xz")
ENGINES = ["sevennet0", "sevennet", "chgnet"]
QUICK = 3  # with --quick every third frame, and no engines

Prediction = tuple[float, np.ndarray]


# ------------------------------------------------------------------------------- frames and predictions


def frames_of(args: argparse.Namespace, known: set[str]) -> list[Atoms]:
    """The frames to judge on. Raises DataError if there are none."""
    if args.frames:
        frames = list(iter_frames(args.frames))
    else:
        held = recorded_groups(SPLIT)
        frames = [
            frame
            for name in FILES
            for frame in iter_frames(ROOT / "data" / name)
            if str(frame.info["group"]) in held
        ]
    frames = [frame for frame in frames if set(frame.get_chemical_symbols()) <= known]
    if not frames:
        raise DataError(f"no frames of {', '.join(sorted(known))} in {args.frames or SPLIT}")
    for number, frame in enumerate(frames):
        check_targets(frame, f"frame {number}")
    return frames[::QUICK] if args.quick and len(frames) > 10 * QUICK else frames


def predictions(frames: list[Atoms], calculator: Calculator) -> list[Prediction]:
    """Energy (eV) and forces [n, 3] (eV/Å) of each frame."""
    found = []
    for frame in frames:
        atoms = Atoms(frame.numbers, frame.positions, cell=frame.cell, pbc=frame.pbc)
        atoms.calc = calculator
        found.append((float(atoms.get_potential_energy()), atoms.get_forces()))
    return found


def kept(
    name: str, path: Path | None, make: Callable[[], list[Prediction]], frames: list[Atoms]
) -> list[Prediction]:
    """Predictions from the file if it has them for these frames, else made and added to it."""
    key = f"{name} {sum(len(frame) for frame in frames)} {sum(float(frame.info['energy']) for frame in frames):.6f}"
    stored = json.loads(path.read_text()) if path and path.exists() else {}
    if key not in stored:
        stored[key] = [(energy, forces.tolist()) for energy, forces in make()]
        if path:
            replace_file(path, json.dumps(stored))
    return [(energy, np.array(forces)) for energy, forces in stored[key]]


# ------------------------------------------------------------------------------- the table


def errors(frames: list[Atoms], found: list[Prediction]) -> dict[str, dict]:
    """By class and for `all`: force error (eV/Å), energy error (meV/atom, offsets taken off), frames."""
    energy = np.array(
        [(e - float(f.info["energy"])) / len(f) for f, (e, _) in zip(frames, found, strict=True)]
    )
    _, energy = element_offsets(frames, energy)
    squares = [
        ((force - f.arrays["forces"]) ** 2).ravel()
        for f, (_, force) in zip(frames, found, strict=True)
    ]
    rows = [class_of(frame) for frame in frames]
    table = {}
    for row in [*sorted(set(rows)), "all"]:
        chosen = [k for k, name in enumerate(rows) if row in (name, "all")]
        table[row] = {
            "force_ev_per_a": float(np.sqrt(np.concatenate([squares[k] for k in chosen]).mean())),
            "energy_mev_per_atom": 1e3 * float(np.sqrt((energy[chosen] ** 2).mean())),
            "frames": len(chosen),
        }
    return table


def measure(args: argparse.Namespace) -> dict:
    """Errors of all models and engines by class."""
    models = {name: SSWNN(name) for name in dict.fromkeys([args.model, *args.also])}
    known = set.intersection(*(set(model.elements) for model in models.values()))
    frames = frames_of(args, known)
    result: dict = {}
    for name, model in models.items():
        result[name] = errors(frames, predictions(frames, model))
    engines = [] if args.quick or args.engines == ["none"] else args.engines
    for name in engines:
        result[name] = errors(
            frames, kept(name, args.resume, lambda n=name: _engine(n, frames), frames)
        )
    show_table(result)
    own = result[args.model]["all"]
    figures = {
        f"dft_{key}": own[key] for key in ("force_ev_per_a", "energy_mev_per_atom", "frames")
    }
    if engines:
        rows = [row for row in result[args.model] if row != "all"]
        better = [
            r
            for r in rows
            if all(_force(result, args.model, r) < _force(result, e, r) for e in engines)
        ]
        best = min(_force(result, e, "all") for e in engines)
        figures |= {
            "margin": 1 - own["force_ev_per_a"] / best,
            "classes": len(rows),
            "classes_better_than_all": len(better),
        }
        for engine in engines:
            figures[f"classes_better_than_{engine}"] = sum(
                _force(result, args.model, r) < _force(result, engine, r) for r in rows
            )
    if args.plot:
        forces = {
            name: {row: _force(result, name, row) for row in table}
            for name, table in result.items()
        }
        plot_by_class(forces, "force error against PBE / eV/Å", args.plot)
    return figures | {"tables": result, "functional": "PBE", "precision": "double"}


def _engine(name: str, frames: list[Atoms]) -> list[Prediction]:
    from sswnn.data.engines import make_engine

    return predictions(frames, make_engine(name))


def _force(result: dict, name: str, row: str) -> float:
    return result[name][row]["force_ev_per_a"]


def show_table(result: dict) -> None:
    """A Markdown table: a row by class, a column by model or engine."""
    names = list(result)
    print("| class | frames | " + " | ".join(names) + " |")
    print("|---|---:|" + "---:|" * len(names))
    for row, first in result[names[0]].items():
        cells = [f"{_force(result, name, row):.3f}" for name in names]
        print(f"| {row}, force, eV/Å | {first['frames']} | " + " | ".join(cells) + " |")
    cells = [f"{result[name]['all']['energy_mev_per_atom']:.0f}" for name in names]
    print(
        f"| all, energy, meV/atom | {result[names[0]]['all']['frames']} | "
        + " | ".join(cells)
        + " |"
    )


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument(
        "--also", nargs="*", default=["LiZrCl-l3i5"], help="more models (default: %(default)s)"
    )
    options.add_argument("--engines", nargs="+", default=ENGINES, help="default: %(default)s")
    options.add_argument("--frames", type=Path, help="labelled frames of your own")
    options.add_argument(
        "--resume", type=Path, metavar="FILE", help="keep the engines' predictions here"
    )
    options.add_argument("--plot", type=Path, metavar="FILE", help="a picture of the table")
    run_script(measure, options)


if __name__ == "__main__":
    main()

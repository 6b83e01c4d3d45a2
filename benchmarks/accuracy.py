"""Root-mean-square errors of energies, forces and stresses on frames that training never saw, or on
frames of your own.

Without `--frames`: the test groups of the shipped data, data/*.extxyz.xz, of the label engine that
the model was trained on; `--engine NAME` keeps one engine's if there were several, whose energies may
have different zeros. Which groups these are stands in the run's split.json (`--split`, by default
data/split_MODEL.json); without one the split is made again as `sswnn train` does by default (needs the
extra `train`) and must give at least the numbers of frames that the model records.
The molecular dynamics that the label engine itself drove (data/lizrcl_l3i5_md.extxyz.xz) is held
out as well: no training reads that file.

Split `all` is every such frame, `below_10` those without a force component of 10 eV/Å or more,
`md_300_600` the engine's own molecular dynamics of crystals and of the interface at 300 to 600 K,
`md_300_600_potential` the dynamics that early versions of the potential drove at these
temperatures, random mixtures and alloys included. The spread is over five parts of the groups.

Without `--frames` the model is by default LiZrCl-l3i5. `dft_accuracy.py` judges models on real density functional theory.

With `--frames FILE`: all frames of any extended XYZ file with energies, forces and, if there are
any, stresses, and with elements that the model knows; `--fit-offsets` first fits one energy for
each element, for labels that count energies from other references. The model is by default LiZrCl; errors of the other
shipped models that know the elements stand beside it.

`--plot FILE` draws predicted against labelled energies and forces, and the errors against the root mean square force of the
label, which is zero in every minimum: the distance from equilibrium.

Usage: python benchmarks/accuracy.py [--json] [--quick] [--model NAME_OR_PATH] [--split FILE] [--engine NAME]
    [--frames FILE [--fit-offsets]] [--plot FILE]
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms, units
from common import REPEATS, ROOT, parser, run_script, spread

from sswnn import SSWNN
from sswnn.data.dispersion import Dispersion, unmarked, with_dispersion
from sswnn.data.frames import check_labelled, iter_frames, split_by_group
from sswnn.data.offsets import element_offsets
from sswnn.errors import DataError
from sswnn.plotting.accuracy import plot_accuracy
from sswnn.potential import model_file, models

DATA = ROOT / "data"
MAX_FORCE = 50.0  # eV/Å, as `data.max_force` of training
FUNCTIONAL = "pbe"  # of all labels, and so of their dispersion
OF_THE_ENGINE = "LiZrCl-l3i5"  # the shipped model that learned the label engine alone
ENGINE_DRIVEN = "engine_md_"  # groups of data/drive_engine.py
QUICK = 4  # with --quick every fourth frame


@dataclass
class Errors:
    """Labels and errors, prediction less label, of one frame.

    Energies in eV/atom, forces (atoms, 3) in eV/Å, stress (6,) in eV/Å³ or None, `temperature` in K, nan without.
    """

    origin: str
    kind: str
    group: str
    temperature: float
    label: float
    forces: np.ndarray
    energy: float
    force_errors: np.ndarray
    stress: np.ndarray | None

    @property
    def force_squares(self) -> np.ndarray:
        """Squared errors of the force components, eV²/Å²."""
        return self.force_errors**2

    @property
    def largest_force(self) -> float:
        """Largest component of the label, eV/Å."""
        return float(np.abs(self.forces).max())


# ------------------------------------------------------------------------------- which frames


def held_out(model: Path, split: Path | None, engine: str | None = None) -> list[Atoms]:
    """The frames of the shipped data, labelled by `engine` or by any of the model's, that it was not trained on.

    Raises
    ------
    DataError
        If there are none, or the split of the training cannot be told with certainty.
    """
    training = model_file.read(model).metadata.get("training", {})
    files = sorted(DATA.glob("*.extxyz.xz"))
    engines = {engine} if engine else set(training.get("engines", ()))
    added: dict[str, Dispersion | None] = {}  # the data hold the labels without
    for name in engines:
        bare, without = unmarked(name)
        added[bare] = None if without is None else Dispersion(FUNCTIONAL, without)
    frames = [
        frame
        for path in files
        for frame in iter_frames(path)
        if frame.info.get("engine") in added
    ]
    for number, frame in enumerate(frames):
        check_labelled(frame, f"frame {number} of {', '.join(sorted(engines))}")
    frames = [frame for frame in frames if np.abs(frame.arrays["forces"]).max() <= MAX_FORCE]
    if not frames:
        raise DataError(
            f"no frames of engine {sorted(engines)} in {len(files)} files data/*.extxyz.xz; use --frames"
        )
    if split is None and (recorded := recorded_split(model)).exists():
        split = recorded
    driven = [f for f in frames if str(f.info["group"]).startswith(ENGINE_DRIVEN)]
    frames = [f for f in frames if not str(f.info["group"]).startswith(ENGINE_DRIVEN)]
    groups = recorded_groups(split) if split else _repeated_groups(frames, training)
    found = driven + [f for f in frames if str(f.info["group"]) in groups]
    if not found:
        raise DataError(
            f"none of the {len(groups)} test groups is in {len(files)} files data/*.extxyz.xz"
        )
    return [with_dispersion(f, d) if (d := added[f.info["engine"]]) else f for f in found]


def recorded_split(model: Path) -> Path:
    """Where the split of a shipped model's training stands."""
    return DATA / f"split_{model.stem}.json"


def recorded_groups(path: Path) -> set[str]:
    """Test groups of a training's split.json, none of which may be in its other parts."""
    parts = json.loads(path.read_text())
    groups = {name: {str(entry["group"]) for entry in members} for name, members in parts.items()}
    trained = groups["train"] | groups["validation"]
    seen = groups["test"] & trained | {g for g in trained if g.startswith(ENGINE_DRIVEN)}
    if seen:
        raise DataError(f"{path.name}: group {min(seen)!r} of the test is also used in training")
    return groups["test"]


def _repeated_groups(frames: list[Atoms], training: dict) -> set[str]:
    """Test groups of a split made again with the defaults of training; a group's part depends on its name alone.

    With other settings, or without some of the frames, a part would have fewer frames than the model records.
    """
    from sswnn.training.config import DataConfig

    data = DataConfig()
    fractions = (1 - data.validation - data.test, data.validation, data.test)
    parts = split_by_group(frames, fractions, data.split_seed)
    counts = {name: len(members) for name, members in parts._asdict().items()}
    recorded = training.get("frames") or {}
    if not recorded or any(counts[name] < number for name, number in recorded.items()):
        raise DataError(
            f"a split of the shipped data gives {counts} frames, the model records {recorded}: "
            "pass the training's split.json by --split"
        )
    return {str(frames[k].info["group"]) for k in parts.test}


# ------------------------------------------------------------------------------- their errors


def errors_of(frames: Iterable[Atoms], calculator: SSWNN) -> list[Errors]:
    """Prediction less label of every frame. Raises DataError, naming the frame, without energy or forces."""
    found = []
    for number, frame in enumerate(frames):
        info = frame.info
        if "energy" not in info or "forces" not in frame.arrays:
            raise DataError(f"frame {number} has no energy or no forces")
        atoms = Atoms(frame.numbers, frame.positions, cell=frame.cell, pbc=frame.pbc)
        atoms.calc = calculator
        stress = None
        if "stress" in info and atoms.pbc.all():
            stress = atoms.get_stress() - np.asarray(info["stress"], dtype=float)
        found.append(
            Errors(
                origin=str(info.get("origin", "")),
                kind=str(info.get("kind", "")),
                group=str(info.get("group", number)),
                temperature=float(info.get("temperature", np.nan)),
                label=float(info["energy"]) / len(atoms),
                forces=frame.arrays["forces"],
                energy=(atoms.get_potential_energy() - float(info["energy"])) / len(atoms),
                force_errors=atoms.get_forces() - frame.arrays["forces"],
                stress=stress,
            )
        )
    return found


def take_off_offsets(frames: list[Atoms], errors: list[Errors]) -> dict[str, float]:
    """Fit one energy per element (eV) to the energy errors, take it off them, and return it."""
    offsets, left = element_offsets(frames, np.array([error.energy for error in errors]))
    for error, rest in zip(errors, left, strict=True):
        error.energy = float(rest)
    return offsets


def summary(errors: list[Errors]) -> dict:
    """Root mean squares: meV/atom over frames, eV/Å over components, GPa over components."""
    forces = np.concatenate([error.force_squares.ravel() for error in errors])
    stresses = [error.stress for error in errors if error.stress is not None]
    return {
        "energy_mev_per_atom": 1000
        * float(np.sqrt(np.mean([error.energy**2 for error in errors]))),
        "force_ev_per_a": float(np.sqrt(forces.mean())),
        "stress_gpa": float(np.sqrt(np.mean(np.square(stresses)))) / units.GPa
        if stresses
        else float("nan"),
        "frames": len(errors),
    }


def with_spread(errors: list[Errors]) -> dict:
    """Summary, and its spread over five parts of the groups."""
    groups = sorted({error.group for error in errors})
    parts = [[e for e in errors if e.group in set(groups[k::REPEATS])] for k in range(REPEATS)]
    found = [summary(part) for part in parts if part]
    names = ("energy_mev_per_atom", "force_ev_per_a", "stress_gpa")
    return summary(errors) | {
        "spread": {name: spread([part[name] for part in found]) for name in names}
    }


def table(errors: list[Errors]) -> str:
    """Markdown: a row for each origin and kind, largest force error first."""
    classes: dict[tuple[str, str], list[Errors]] = defaultdict(list)
    for error in errors:
        classes[error.origin, error.kind].append(error)
    rows = [(name, summary(members)) for name, members in classes.items()]
    rows.sort(key=lambda row: -row[1]["force_ev_per_a"])
    lines = [
        "| origin | kind | frames | energy, meV/atom | force, eV/Å | stress, GPa |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for (origin, kind), row in rows:
        lines.append(
            f"| {origin} | {kind} | {row['frames']} | {row['energy_mev_per_atom']:.2f} "
            f"| {row['force_ev_per_a']:.4f} | {row['stress_gpa']:.3f} |"
        )
    return "\n".join(lines)


def draw(frames: list[Atoms], errors: list[Errors], path: Path) -> None:
    """Parity, and errors against the distance from equilibrium, random cells and interfaces apart."""
    _, label = element_offsets(frames, np.array([error.label for error in errors]))
    forces = np.concatenate([error.forces.ravel() for error in errors])
    origins = np.array([error.origin for error in errors])
    random = np.char.startswith(origins, "random")
    interface = np.char.startswith(origins, "interface")
    plot_accuracy(
        np.array([label, label + [error.energy for error in errors]]),
        np.array([forces, forces + np.concatenate([error.force_errors.ravel() for error in errors])]),
        np.array([np.sqrt(np.mean(error.forces**2)) for error in errors]),
        np.array([np.sqrt(error.force_squares.mean()) for error in errors]),
        path,
        classes={"random cells": random, "interfaces": interface, "all others": ~(random | interface)},
    )


def measure(args: argparse.Namespace) -> dict:
    """Errors on the held-out frames or on those of a file."""
    frames = (
        list(iter_frames(args.frames))
        if args.frames
        else held_out(models.path(args.model), args.split, args.engine)
    )
    calculator = SSWNN(args.model)
    known = [f for f in frames if set(f.get_chemical_symbols()) <= set(calculator.elements)]
    foreign, frames = len(frames) - len(known), known[:: QUICK if args.quick else 1]
    if not frames:
        raise DataError(
            f"none of {foreign} frames consists of {', '.join(calculator.elements)} alone"
        )
    errors = errors_of(frames, calculator)
    result: dict = {}
    if args.fit_offsets:
        result["offsets_ev"] = take_off_offsets(frames, errors)
    print(table(errors), end="\n\n")
    if args.plot:
        draw(frames, errors, args.plot)
    if args.frames:
        result[args.frames.name] = with_spread(errors)
        for name in models.shipped():
            other = SSWNN(name)
            if name != args.model and set(calculator.elements) <= set(other.elements):
                errors = errors_of(frames, other)
                if args.fit_offsets:
                    take_off_offsets(frames, errors)
                result[f"{args.frames.name} {name}"] = with_spread(errors)
    else:
        warm = [e for e in errors if e.kind == "md" and 300 <= e.temperature <= 600]
        splits = {
            "md_300_600": [e for e in warm if e.group.startswith(ENGINE_DRIVEN)],
            "md_300_600_potential": [e for e in warm if not e.group.startswith(ENGINE_DRIVEN)],
            "below_10": [e for e in errors if e.largest_force < 10.0],
            "all": errors,
        }
        for name, members in splits.items():
            if members:
                result[name] = with_spread(members)
    return result | {
        "frames_with_other_elements": foreign,
        "atoms": sum(map(len, frames)),
        "ranks": 1,
    }


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--frames", type=Path, help="extended XYZ file, plain or compressed")
    options.add_argument(
        "--split", type=Path, help="split.json of the training (default: data/split_MODEL.json)"
    )
    options.add_argument("--plot", type=Path, help="picture to write")
    options.add_argument("--engine", help="`engine` of the labels to judge on (default: all of the training)")
    options.add_argument(
        "--fit-offsets", action="store_true", help="fit one energy for each element first"
    )
    if not any(word.startswith("--frames") for word in sys.argv[1:]):
        options.set_defaults(model=OF_THE_ENGINE)
    run_script(measure, options)


if __name__ == "__main__":
    main()

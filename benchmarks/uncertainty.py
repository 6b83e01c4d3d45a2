"""Predicted uncertainties of atoms against their true force errors, on frames that training never saw; and how much of a
phase that training lacked the uncertainty flags.

Frames: of data/lizrcl_l3i5.extxyz.xz the test groups of the model's split.json (`first`), of lizrcl_l3i5_2.extxyz.xz all
groups that are in neither its training nor its validation (`second`), or of two other files, with labels of what the model
learned (`--frames FIRST SECOND`); forces to 50 eV/Å. The error of an atom is the root
mean square of the errors of its three force components, what Eq. (10) of docs/theory.md is to predict. Atoms are
put into 20 bins with equally many, by prediction:

    calibration_slope   slope of the straight line through (log RMS predicted, log RMS error) of the bins; 1 is ideal
    ratio               RMS error over RMS predicted, all atoms; 1 is ideal
    ence                expected normalised calibration error: mean over bins of |RMS predicted - RMS error| / RMS predicted
                        (Levi et al., Sensors 2022, 22, 5540, doi:10.3390/s22155540); 0 is ideal
    spearman            rank correlation of prediction and error over atoms; `spearman_ideal` is what an exact prediction of
                        the width of Gaussian errors would give, for these predictions
    coverage_1, _2      shares of force components with errors below one and two predictions; of Gaussians 0.683, 0.954

The figures stand for both files together, for each, by class (random: random cells; hot: others with a force of 10 eV/Å or
more; calm: the rest) and by element. `power_law` has the same for a s^b in place of κ s, with a and b of each element from
the bins of the validation groups.

Unseen phases: a model is trained from scratch on the first file without a phase, `--minutes` of processor time each:

    zrcl4       Zr(4+) without Li: only Zr and Cl, at least 3.5 Cl for each Zr; asked for ZrCl4 crystals
    zr_in_li    Zr without a Cl within 3.2 Å and with a Li within 3.6 Å; asked for such Zr in Li metal

Groups with one such frame are left out as a whole. The threshold is the value that 5 % of the atoms of its own held-out calm
frames of the phases it saw exceed (for frames: the largest value of their atoms). `flagged` are the shares of
the missing phase above it, `auc` the probability that an atom (frame) of it has the larger uncertainty than one of the
seen phases. `flagged_unseen_phase_fraction` is that of the atoms of `zrcl4`. `against_crystals` compares with held-out seen
frames without random cells. With `--folder DIR` trainings are kept there and go on when stopped.

Usage: python benchmarks/uncertainty.py [--json] [--quick] [--model NAME_OR_PATH] [--split FILE] [--plot FILE]
    [--frames FIRST SECOND] [--minutes M] [--training-frames N] [--phases NAME,NAME | --phases none] [--folder DIR]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from accuracy import DATA, MAX_FORCE, OF_THE_ENGINE, recorded_split
from ase import Atoms
from common import REPEATS, parser, run_script, spread
from pareto_frames import UNUSUAL
from scipy.stats import spearmanr
from uncertainty_atoms import Predicted, joined, predict
from uncertainty_phases import FLAGGED_SEEN, PHASES, unseen_phase

from sswnn import SSWNN
from sswnn.data.frames import iter_frames
from sswnn.errors import ConfigError, DataError
from sswnn.plotting.uncertainty import binned, plot_uncertainty
from sswnn.potential import models

PARTS = ("first", "second")
FILES = (DATA / "lizrcl_l3i5.extxyz.xz", DATA / "lizrcl_l3i5_2.extxyz.xz")
BINS = 20
MINUTES, QUICK_MINUTES = 15.0, 0.5
TRAINING_FRAMES, QUICK_TRAINING_FRAMES = 5000, 300
QUICK = 8  # with --quick every eighth frame
CLASSES = ("calm", "hot", "random")
SYMBOLS = {3: "Li", 17: "Cl", 40: "Zr", 72: "Hf"}


# ------------------------------------------------------------------------------- calibration


def edges_of(predicted: np.ndarray, bins: int = BINS) -> np.ndarray:
    """Limits of bins with equally many atoms."""
    return np.quantile(predicted, np.linspace(0, 1, bins + 1))


def figures(atoms: Predicted) -> dict[str, float]:
    """Slope, ratio, calibration error, rank correlation and coverage, see the module."""
    predicted, error = atoms.predicted, atoms.error
    x, y, _ = binned(predicted, error, edges_of(predicted), fewest=1)
    random = np.random.default_rng(0)
    ideal = np.sqrt(
        np.mean((predicted[:, None] * random.normal(size=(len(predicted), 3))) ** 2, axis=1)
    )
    return {
        "calibration_slope": float(np.polyfit(np.log(x), np.log(y), 1)[0])
        if len(x) > 1
        else np.nan,
        "ratio": float(np.sqrt(np.mean(error**2) / np.mean(predicted**2))),
        "ence": float(np.mean(np.abs(x - y) / x)),
        "spearman": float(spearmanr(predicted, error)[0]),
        "spearman_ideal": float(spearmanr(predicted, ideal)[0]),
        "coverage_1": coverage(atoms, 1.0),
        "coverage_2": coverage(atoms, 2.0),
        "rms_error": float(np.sqrt(np.mean(error**2))),
        "atoms": len(predicted),
    }


def coverage(atoms: Predicted, factor: float) -> float:
    """Share of force components with errors below `factor` predictions."""
    return float(np.mean(np.abs(atoms.errors) < factor * atoms.predicted[:, None]))


def with_spread(atoms: Predicted) -> dict:
    """Figures, and their spread over five parts of the groups."""
    groups, place = np.unique(atoms.groups, return_inverse=True)
    parts = [figures(atoms[place % REPEATS == k]) for k in range(min(REPEATS, len(groups)))]
    names = ("calibration_slope", "ratio", "ence", "spearman")
    return figures(atoms) | {
        "spread": {name: spread([part[name] for part in parts]) for name in names}
    }


def bins_of(atoms: Predicted) -> list[dict[str, float]]:
    """Of each bin: root mean squares of predictions and errors (eV/Å), coverage, atoms, and shares of the classes."""
    edges = edges_of(atoms.predicted)
    place = np.clip(np.searchsorted(edges, atoms.predicted, side="right") - 1, 0, BINS - 1)
    found = []
    for here in (atoms[place == k] for k in np.unique(place)):
        found.append(
            {
                "predicted": float(np.sqrt(np.mean(here.predicted**2))),
                "error": float(np.sqrt(np.mean(here.error**2))),
                "coverage_1": coverage(here, 1.0),
                "coverage_2": coverage(here, 2.0),
                "atoms": len(here.predicted),
                **{name: float(np.mean(here.classes == name)) for name in CLASSES},
            }
        )
    return found


def table(bins: list[dict[str, float]]) -> str:
    """Markdown: a row for each bin."""
    lines = [
        f"| predicted, eV/Å | RMS error, eV/Å | within 1 | within 2 | atoms | {' | '.join(CLASSES)} |",
        "|---:|---:|---:|---:|---:" + "|---:" * len(CLASSES) + "|",
    ]
    for row in bins:
        shares = " | ".join(f"{row[name]:.2f}" for name in CLASSES)
        lines.append(
            f"| {row['predicted']:.4f} | {row['error']:.4f} | {row['coverage_1']:.3f} "
            f"| {row['coverage_2']:.3f} | {row['atoms']} | {shares} |"
        )
    return "\n".join(lines)


def power_law(fit: Predicted) -> dict[int, tuple[float, float]]:
    """a and b by element: the line through the logarithms of the bins of `fit`, error = a predicted^b."""
    found = {}
    for z in np.unique(fit.elements):
        atoms = fit[fit.elements == z]
        x, y, _ = binned(atoms.predicted, atoms.error, edges_of(atoms.predicted), fewest=1)
        b, log_a = np.polyfit(np.log(x), np.log(y), 1)
        found[int(z)] = (float(np.exp(log_a)), float(b))
    return found


def recalibrated(atoms: Predicted, law: dict[int, tuple[float, float]]) -> Predicted:
    """The atoms with predictions a predicted^b of their elements."""
    a, b = (np.array([law[int(z)][k] for z in atoms.elements]) for k in (0, 1))
    return atoms.with_prediction(a * atoms.predicted**b)


def calibration(args: argparse.Namespace) -> dict:
    """All figures of the model's own calibration."""
    split = json.loads((args.split or recorded_split(models.path(args.model))).read_text())
    parts = {name: {str(entry["group"]) for entry in members} for name, members in split.items()}
    used = parts["train"] | parts["validation"]
    chosen: dict[str, list[Atoms]] = {"validation": [], "first": [], "second": []}
    for name, path in zip(PARTS, args.frames, strict=True):
        for frame in iter_frames(path):
            group = str(frame.info["group"])
            if np.abs(frame.arrays["forces"]).max() > MAX_FORCE or frame.info["kind"] in UNUSUAL:
                continue
            if group in parts["validation"] and name == "first":
                chosen["validation"].append(frame)
            elif group not in used and (name == "second" or group in parts["test"]):
                chosen[name].append(frame)
    if not all(chosen.values()):
        raise DataError(
            "no frames of the validation or the test groups in the data: pass the training's split.json by --split"
        )
    calculator = SSWNN(args.model)
    found = {
        x: predict(members[:: QUICK if args.quick else 1], calculator)
        for x, members in chosen.items()
    }
    tested = joined(found["first"], found["second"])
    bins = bins_of(tested)
    print(table(bins), end="\n\n")
    law = power_law(found["validation"])
    classes = {x: tested.classes == x for x in CLASSES}
    if args.plot:
        plot_uncertainty(
            tested.predicted, tested.error, edges_of(tested.predicted), args.plot, classes=classes
        )
    return with_spread(tested) | {
        "frames": {name: len(np.unique(atoms.frame)) for name, atoms in found.items()},
        "bins": bins,
        "by_file": {name: figures(found[name]) for name in PARTS},
        "by_class": {name: figures(tested[mask]) for name, mask in classes.items() if mask.any()},
        "by_element": {
            SYMBOLS[z]: figures(tested[tested.elements == z])
            for z in SYMBOLS
            if z in tested.elements
        },
        "power_law": {
            "coefficients": {SYMBOLS[z]: {"a": a, "b": b} for z, (a, b) in law.items()},
            **figures(recalibrated(tested, law)),
            "by_class": {
                name: figures(recalibrated(tested, law)[mask])
                for name, mask in classes.items()
                if mask.any()
            },
        },
    }


# ------------------------------------------------------------------------------- all


def phases(args: argparse.Namespace, names: Iterable[str]) -> dict:
    """Results of `unseen_phase` for the named phases."""
    frames = [
        f for f in iter_frames(FILES[0]) if np.abs(f.arrays["forces"]).max() <= MAX_FORCE
    ]
    minutes = args.minutes or (QUICK_MINUTES if args.quick else MINUTES)
    count = args.training_frames or (QUICK_TRAINING_FRAMES if args.quick else TRAINING_FRAMES)
    with tempfile.TemporaryDirectory() as scratch:
        home = args.folder or Path(scratch)
        found = {name: unseen_phase(name, frames, home / name, minutes, count) for name in names}
    return {"unseen_phases": found, "minutes": minutes, "flagged_seen_phases": FLAGGED_SEEN}


def measure(args: argparse.Namespace) -> dict:
    """Calibration of the model, then the phases that models without them are asked for."""
    names = (args.phases or ("zrcl4" if args.quick else "zrcl4,zr_in_li")).split(",")
    names = [] if names == ["none"] else names
    if unknown := set(names) - set(PHASES):
        raise ConfigError(f"--phases: {min(unknown)!r} is none of {', '.join(PHASES)} and none")
    result = calibration(args)
    if names:
        result |= phases(args, names)
        result["flagged_unseen_phase_fraction"] = result["unseen_phases"][names[0]]["atoms"][
            "flagged"
        ]
    return result


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.set_defaults(model=OF_THE_ENGINE)  # whose label engine made the frames
    options.add_argument(
        "--split", type=Path, help="split.json of the model's training (default: data/split_MODEL.json)"
    )
    options.add_argument(
        "--frames", type=Path, nargs=2, default=FILES, metavar=("FIRST", "SECOND"), help="files to calibrate on"
    )  # fmt: skip
    options.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw errors against predictions"
    )
    options.add_argument(
        "--minutes", type=float, help=f"of processor time for each training (default {MINUTES:g})"
    )
    options.add_argument(
        "--training-frames", type=int, help=f"frames of each training (default {TRAINING_FRAMES})"
    )
    options.add_argument(
        "--phases", help="names of phases to leave out, separated by commas, or none"
    )
    options.add_argument(
        "--folder", type=Path, metavar="DIR", help="keep the trainings here and go on from them"
    )
    run_script(measure, options)


if __name__ == "__main__":
    main()

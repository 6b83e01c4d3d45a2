"""How much of a phase that training lacked the uncertainty flags: a model is trained without it, and asked for it.

The phases, the threshold and the figures are explained in `uncertainty.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from ase import Atoms
from pareto_frames import UNUSUAL, calm, stratified
from pareto_training import train_for
from scipy.stats import rankdata
from uncertainty_atoms import Predicted, predict

from sswnn import SSWNN, _core
from sswnn.data.frames import split_by_group, write_frames
from sswnn.training.config import from_dict

FLAGGED_SEEN = 0.05
Z_LI, Z_CL, Z_ZR = 3, 17, 40


def is_zrcl4(frame: Atoms) -> np.ndarray:
    """All atoms of a frame of Zr(4+) chloride without Li, none of others."""
    zr, cl = (int(np.sum(frame.numbers == z)) for z in (Z_ZR, Z_CL))
    return np.full(len(frame), zr > 0 and zr + cl == len(frame) and cl >= 3.5 * zr)


def is_zr_in_li(frame: Atoms) -> np.ndarray:
    """Zr without a Cl within 3.2 Å and with a Li within 3.6 Å."""
    found = frame.numbers == Z_ZR
    if found.any() and (frame.numbers == Z_LI).any():
        first, second, displacement = _core.neighbor_list(
            frame.positions, frame.cell[:], frame.pbc, 3.6
        )
        distance = np.linalg.norm(displacement, axis=1)
        other = frame.numbers[second]
        chloride = np.isin(np.arange(len(frame)), first[(other == Z_CL) & (distance < 3.2)])
        lithium = np.isin(np.arange(len(frame)), first[other == Z_LI])
        return found & lithium & ~chloride
    return np.zeros(len(frame), dtype=bool)


PHASES: dict[str, tuple[Callable[[Atoms], np.ndarray], str]] = {
    "zrcl4": (is_zrcl4, "zrcl4"),
    "zr_in_li": (is_zr_in_li, "zr_cl_in_li"),
}
"""Which atoms are of the phase, and how the origins begin of the frames that are asked for."""


def auc(missing: np.ndarray, seen: np.ndarray) -> float:
    """Probability that a value of the first is larger than one of the second: the area under the ROC curve."""
    ranks = rankdata(np.concatenate([missing, seen]))[: len(missing)]
    return float((ranks.sum() - len(missing) * (len(missing) + 1) / 2) / (len(missing) * len(seen)))


def flagged(missing: np.ndarray, seen: np.ndarray) -> dict[str, float]:
    """Share of `missing` above the threshold that `FLAGGED_SEEN` of `seen` exceed, and the AUC."""
    threshold = float(np.quantile(seen, 1 - FLAGGED_SEEN))
    return {
        "flagged": float(np.mean(missing > threshold)),
        "threshold": threshold,
        "auc": auc(missing, seen),
        "missing": len(missing),
        "seen": len(seen),
    }


def unseen_phase(name: str, frames: list[Atoms], folder: Path, minutes: float, count: int) -> dict:
    """Train without a phase and ask for it."""
    belongs, origin = PHASES[name]
    member = [bool(belongs(frame).any()) for frame in frames]
    lost = {str(f.info["group"]) for f, inside in zip(frames, member, strict=True) if inside}
    rest = [f for f in frames if str(f.info["group"]) not in lost and f.info["kind"] not in UNUSUAL]
    subset = stratified(rest, count, 0)
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "frames.extxyz"
    if not data.exists():
        write_frames(data, subset)
    config = from_dict(
        {
            "run": str(folder / "run"),
            "data": {"frames": [str(data)], "validation": 0.1, "test": 0.2},
        }
    )
    trainer = train_for(
        config, minutes, lambda line: print(f"  without {name}: {line}", file=sys.stderr, flush=True)
    )
    calculator = SSWNN(folder / "run" / "model.safetensors")
    missing_frames = [
        f
        for f, inside in zip(frames, member, strict=True)
        if inside and str(f.info["origin"]).startswith(origin) and calm(f)
    ]
    part = config.data
    held = split_by_group(
        subset, (1 - part.validation - part.test, part.validation, part.test), part.split_seed
    ).test
    missing = predict(missing_frames, calculator)
    chosen = np.concatenate([belongs(frame) for frame in missing_frames])
    seen = predict([subset[k] for k in held if calm(subset[k])], calculator)
    crystals = seen[seen.classes != "random"]
    return {
        "atoms": flagged(missing.predicted[chosen], seen.predicted),
        "frames": flagged(_largest(missing), _largest(seen)),
        "against_crystals": {
            "atoms": flagged(missing.predicted[chosen], crystals.predicted),
            "frames": flagged(_largest(missing), _largest(crystals)),
        },
        "rms_error": {
            "missing": _rms(missing.error[chosen]),
            "seen": _rms(seen.error),
            "seen_crystals": _rms(crystals.error),
        },
        "rms_predicted": {
            "missing": _rms(missing.predicted[chosen]),
            "seen": _rms(seen.predicted),
            "seen_crystals": _rms(crystals.predicted),
        },
        "epochs": trainer.progress.epoch,
        "frames_left_out": len(frames) - len(rest),
        "frames_in_training_file": len(subset),
    }


def _largest(atoms: Predicted) -> np.ndarray:
    """The largest prediction of each frame."""
    _, start = np.unique(atoms.frame, return_index=True)
    return np.maximum.reduceat(atoms.predicted, start)


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))

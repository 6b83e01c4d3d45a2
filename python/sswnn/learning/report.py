"""What a cycle has brought: report.json of the cycle, learning.csv and learning.png of the loop."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ase import Atoms

from sswnn.analysis.tables import jsonable
from sswnn.data.frames import frame_key
from sswnn.files import replace_file, replace_table
from sswnn.learning.select import Bounds, Selection

CLASSES = ("all", "calm", "md_300_600")
ERRORS = ("energy_mev_per_atom", "force_ev_per_a", "stress_gpa")
HELD_OUT = [f"held_out_{name}_{error}" for name in CLASSES for error in ERRORS]
"""Of the frames held out from the start, the same in all cycles."""
TEST = [f"test_{error}" for error in ERRORS]
"""Of everything held out by now."""
UNSEEN = [f"unseen_{error}" for error in ERRORS]
"""Of the model before on the new labels."""
COLUMNS = (
    "cycle", "frames", "explored", "uncertain_fraction", "picked", "labels_failed", "set_aside", "added", "to_train",
    *HELD_OUT, *TEST, *UNSEEN, "calibration_ratio", "calibration_correlation",
)  # fmt: skip


def explored_summary(frames: Sequence[Atoms], above: float) -> dict:
    """Number and kinds of explored frames, and the share whose most uncertain atom is above a bound (eV/Å)."""
    uncertainty = np.array([frame.info["uncertainty"] for frame in frames])
    return {
        "frames": len(frames),
        "kinds": dict(sorted(Counter(str(frame.info["kind"]) for frame in frames).items())),
        "uncertain_above_ev_per_a": above,
        "uncertain_fraction": round(float((uncertainty > above).mean()), 4),
        "uncertainty_quartiles_ev_per_a": [round(float(q), 4) for q in np.quantile(uncertainty, (0.25, 0.5, 0.75))],
    }


def picks_summary(selection: Selection, limits: Bounds) -> dict:
    """What was picked, within which uncertainties (eV/Å), and how many frames were not, by reason."""
    keys = ("origin", "group", "kind", "uncertainty", "largest_force", "distance")
    return {
        "low_ev_per_a": limits.low,
        "high_ev_per_a": limits.high,
        "refused": selection.refused,
        "picked": [{"key": frame_key(f)} | {key: f.info[key] for key in keys} for f in selection.picked],
    }


def row(report: dict) -> dict:
    """The line of learning.csv of a report."""
    out: dict = dict.fromkeys(COLUMNS)
    out.update(cycle=report["cycle"], frames=report["frames"])
    for name in CLASSES:
        out.update(_errors(f"held_out_{name}", report["held_out"].get(name, {})))
    out.update(_errors("test", report["test"].get("all", {})))
    if report["cycle"] == 0:
        return out
    calibrated = report["calibration"]
    out.update(
        explored=report["explored"]["frames"],
        uncertain_fraction=report["explored"]["uncertain_fraction"],
        picked=len(report["picks"]["picked"]),
        labels_failed=len(report["labels"]["failed"]),
        set_aside=report["labels"]["set_aside"],
        added=report["labels"]["added"],
        to_train=report["labels"]["parts"]["train"],
        calibration_ratio=calibrated.get("ratio"),
        calibration_correlation=calibrated.get("correlation"),
    )
    out.update(_errors("unseen", report["unseen"].get("all", {})))
    return out


def _errors(prefix: str, errors: dict) -> dict:
    return {f"{prefix}_{name}": errors.get(name) for name in ERRORS}


def numbers(rows: Sequence[dict]) -> list[dict[str, float | None]]:
    """What `stop.verdict` looks at."""
    return [
        {
            "held_out_energy": one["held_out_all_energy_mev_per_atom"],
            "held_out_force": one["held_out_all_force_ev_per_a"],
            "uncertain_fraction": one["uncertain_fraction"],
        }
        for one in rows
    ]


def write_table(folder: Path, rows: Sequence[dict]) -> None:
    """learning.csv and learning.png of a run's folder, from the results of `row`."""
    from sswnn.plotting.learning import plot_cycles

    replace_table(folder / "learning.csv", COLUMNS, rows)
    table = {name: np.array([np.nan if r[name] is None else r[name] for r in rows], dtype=float) for name in COLUMNS}
    plot_cycles(table, folder / "learning.png")


def write_json(path: Path, value: object) -> None:
    """A JSON file, whole or not at all; not a number becomes null."""
    replace_file(path, json.dumps(jsonable(value), indent=1))

"""Which explored frames are labelled: uncertain but not absurd, and far from each other and from what is known.

Uncertainty decides which frames may be picked, diversity which of them are: each pick is the frame that is farthest, by
fingerprint, from all known and all picked ones (farthest-point sampling), until there are enough or the rest are duplicates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from ase import Atoms

from sswnn.data.frames import frame_key
from sswnn.data.trajectories import closest_contact
from sswnn.errors import WorkflowError
from sswnn.learning.config import SelectConfig
from sswnn.learning.known import FARTHEST, Known
from sswnn.ssw.fingerprint import Fingerprint, distances, fingerprint

HELD_OUT = 0.2
"""Largest share of frames that are not trained on among the picks."""


@dataclass(frozen=True)
class Bounds:
    """Uncertainties between which a frame may be picked, eV/Å."""

    low: float
    high: float


@dataclass(frozen=True)
class Selection:
    """What was picked, and how many frames were not, by reason.

    Attributes
    ----------
    picked
        Copies of the frames with ``info["distance"]``: of the fingerprint to the nearest known or picked one.
    refused
        Reason -> number of frames; together with `picked` they are all frames.
    """

    picked: list[Atoms]
    refused: dict[str, int]

    @property
    def converged(self) -> bool:
        """Whether nothing was picked because the model is certain of what is new: most frames are too certain or duplicates."""
        settled = self.refused["too certain"] + self.refused["duplicate"]
        return not self.picked and self.refused["too certain"] > 0 and 2 * settled > sum(self.refused.values())


def bounds(config: SelectConfig, force_error: float) -> Bounds:
    """The configured bounds in eV/Å, given the model's held-out force error (eV/Å)."""
    unit = force_error if config.unit == "force_error" else 1.0
    return Bounds(config.low * unit, config.high * unit)


def select(
    frames: Sequence[Atoms],
    known: Known,
    config: SelectConfig,
    limits: Bounds,
    held_out: Callable[[str], bool] = lambda group: False,
) -> Selection:
    """Frames to label.

    Parameters
    ----------
    frames
        Explored frames with ``info["uncertainty"]`` and ``info["largest_force"]``, eV/Å.
    known
        The data so far, and what was tried before.
    config, limits
        What may be picked.
    held_out
        Whether a group is kept from training. Its frames stay uncertain however many are labelled, so they are at most
        `HELD_OUT` of the picks.
    """
    refused = dict.fromkeys(("too certain", "too uncertain", "too large a force", "too close", "duplicate", "not needed"), 0)
    seen, fit = set(known.keys), []
    for frame in frames:
        reason = _reason(frame, config, limits)
        if reason is None and (key := frame_key(frame)) in seen:
            reason = "duplicate"
        if reason is not None:
            refused[reason] += 1
            continue
        seen.add(key)
        fit.append(frame)
    prints = [fingerprint(frame) for frame in fit]
    gaps = np.array([known.nearest(one)[0] for one in prints])
    held = np.array([held_out(str(f.info["group"])) for f in fit], dtype=bool)
    picked = []
    for k, gap in _farthest(prints, gaps, [f.info["uncertainty"] for f in fit], held, config):
        picked.append(fit[k].copy())
        picked[-1].info["distance"] = round(gap, 6)
    near = int((gaps <= config.deduplicate).sum())
    refused["duplicate"] += near
    refused["not needed"] = len(fit) - near - len(picked)
    return Selection(picked, refused)


def _reason(frame: Atoms, config: SelectConfig, limits: Bounds) -> str | None:
    """Why a frame may not be picked whatever the others are, or None."""
    if frame.info["uncertainty"] < limits.low:
        return "too certain"
    if not frame.info["uncertainty"] <= limits.high:
        return "too uncertain"
    if not frame.info["largest_force"] <= config.max_force:
        return "too large a force"
    if config.least_contact > 0 and closest_contact(frame) < config.least_contact:
        return "too close"
    return None


def _farthest(
    prints: Sequence[Fingerprint], gaps: np.ndarray, uncertainty: Sequence[float], held: np.ndarray, config: SelectConfig
) -> list[tuple[int, float]]:
    """Indices of farthest points and their distances when chosen; of equally far ones the most uncertain. `gaps`, the
    distances to what is known, become those to what is known or chosen. Of those `held` out only a share is chosen.
    """
    room = max(1, round(HELD_OUT * config.per_cycle))
    members: dict[tuple[int, ...], list[int]] = {}
    for k, one in enumerate(prints):
        members.setdefault(one.elements, []).append(k)
    matrices = {elements: np.stack([prints[k].values for k in ks]) for elements, ks in members.items()}
    order = np.argsort(-np.asarray(uncertainty), kind="stable")
    chosen: list[tuple[int, float]] = []
    open_ = np.minimum(gaps, FARTHEST)
    while len(chosen) < min(config.per_cycle, len(prints)):
        k = int(order[open_[order].argmax()])
        if open_[k] <= config.deduplicate:
            break
        if held[k]:
            if not room:
                open_[k] = -1.0
                continue
            room -= 1
        chosen.append((k, float(open_[k])))
        elements = prints[k].elements
        of_kind = members[elements]
        open_[of_kind] = np.minimum(open_[of_kind], distances(prints[k].values, matrices[elements]))
        open_[k] = -1.0
    gaps[:] = np.where(open_ < 0, np.inf, open_)
    return chosen


def nothing_picked(cycle: int, selection: Selection, config: SelectConfig, limits: Bounds) -> WorkflowError:
    """The error that says why no frame could be picked."""
    counts = ", ".join(f"{count} {reason}" for reason, count in selection.refused.items() if count)
    return WorkflowError(
        f"cycle {cycle}: none of {sum(selection.refused.values())} explored frames can be picked: {counts or 'there are none'}; "
        f"allowed are uncertainties from {limits.low:.3g} to {limits.high:.3g} eV/A, forces up to {config.max_force:g} eV/A, "
        f"contacts from {config.least_contact:g} and fingerprints more than {config.deduplicate:g} from known ones"
    )

"""When the loop has nothing left to learn. Knows numbers only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite

from sswnn.learning.config import StopConfig


def verdict(rows: Sequence[Mapping[str, float | None]], config: StopConfig) -> str | None:
    """Why the loop should end after these cycles, or None.

    Parameters
    ----------
    rows
        One for each cycle, the start first: `held_out_energy`, `held_out_force`, `uncertain_fraction` (None before the
        first cycle).
    config
        What counts as a fall.
    """
    quiet = min(
        _since_fall([row["held_out_energy"] for row in rows], relative=config.energy),
        _since_fall([row["held_out_force"] for row in rows], relative=config.force),
        _since_fall([row["uncertain_fraction"] for row in rows], absolute=config.uncertain),
    )
    if quiet < config.patience:
        return None
    return f"neither held-out errors nor the uncertain fraction have fallen for {quiet} cycles"


def _since_fall(values: Sequence[float | None], relative: float = 0.0, absolute: float = 0.0) -> int:
    """Number of values since the last one that was clearly lower than all before it; the first one counts as a fall."""
    best, since = float("inf"), 0
    for value in values:
        if value is None or not isfinite(value):
            since += best < float("inf")
        elif best == float("inf") or value < best * (1 - relative) - absolute:
            best, since = value, 0
        else:
            since += 1
    return since

"""Tables of hops and barriers, and the lowest barrier of each channel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sswnn.barriers.compare import EngineHop
from sswnn.barriers.hops import Hop
from sswnn.barriers.study import HopResult

ORDER = ("I", "II", "III")
PUBLISHED = {"lowest_ev": 0.14, "highest_ev": 0.67, "order": "I and II lower than III"}
"""Of layered Li2ZrCl6, Nano Lett. 2022, doi:10.1021/acs.nanolett.2c00187."""
_COLUMNS = (
    "name", "mechanism", "channel", "distance_A", "multiplicity", "status", "forward_ev", "backward_ev", "reaction_ev",
    "path_A", "ion_path_A", "residual_ev_per_A", "steps", "seconds", "end_displacement_A", "atoms", "note",
)  # fmt: skip


def hop_columns(hops: Sequence[Hop]) -> dict[str, np.ndarray]:
    """One row for each hop, run or not."""
    names = (
        "name",
        "mechanism",
        "channel",
        "distance",
        "multiplicity",
        "equivalent_ends",
        "blocked",
        "first",
        "second",
    )
    columns = {name: _column([getattr(hop, name) for hop in hops]) for name in names}
    columns["distance_A"] = columns.pop("distance")
    return columns


def barrier_columns(
    results: Sequence[HopResult], engine: Sequence[EngineHop] = ()
) -> dict[str, np.ndarray]:
    """One row for each hop with its barriers; with another engine's beside them."""
    columns = {name: _column([getattr(result, name) for result in results]) for name in _COLUMNS}
    if engine:
        theirs = {hop.name: hop for hop in engine}
        for name in (
            "forward_ev",
            "backward_ev",
            "reaction_ev",
            "force_rmse_ev_per_A",
            "ion_force_rmse_ev_per_A",
        ):
            values = [
                getattr(theirs[r.name], name) if r.name in theirs else float("nan") for r in results
            ]
            columns[f"engine_{name}"] = np.array(values)
    return columns


def energy_columns(
    results: Sequence[HopResult], engine: Sequence[EngineHop] = ()
) -> dict[str, np.ndarray]:
    """One row for each image of each hop."""
    theirs = {hop.name: hop.energies_ev for hop in engine}
    rows = []
    for r in results:
        for k, (s, e, slope) in enumerate(
            zip(r.coordinate_A, r.energies_ev, r.slopes_ev_per_A, strict=True)
        ):
            expected = r.uncertainty_ev_per_A[k] if r.uncertainty_ev_per_A else float("nan")
            other = theirs[r.name][k] if r.name in theirs else float("nan")
            rows.append((r.name, r.channel, k, s, e, slope, expected, other))
    names = [
        "name",
        "channel",
        "image",
        "coordinate_A",
        "energy_ev",
        "slope_ev_per_A",
        "ion_uncertainty_ev_per_A",
        "engine_energy_ev",
    ]
    if not engine:
        names.pop()
    return {name: _column([row[k] for row in rows]) for k, name in enumerate(names)}


def lowest_of_channels(results: Sequence[HopResult]) -> dict[str, dict[str, object]]:
    """Channel -> its converged hop with the lowest barrier, taken from the lower of its ends."""
    found: dict[str, dict[str, object]] = {}
    for channel in ORDER:
        members = [r for r in results if r.channel == channel and r.converged]
        if members:
            best = min(members, key=from_lower_end)
            found[channel] = {
                "barrier_ev": from_lower_end(best),
                "hop": best.name,
                "mechanism": best.mechanism,
                "hops": len(members),
            }
    return found


def from_lower_end(result: HopResult) -> float:
    """Energy of the saddle above the lower end, eV: what an ion that comes back and forth has to climb."""
    return max(result.forward_ev, result.backward_ev)


def verdict(lowest: Mapping[str, Mapping[str, object]]) -> str:
    """Whether the channels are in the published order, in words."""
    values = {name: float(row["barrier_ev"]) for name, row in lowest.items()}  # type: ignore[arg-type]
    if set(values) != set(ORDER):
        return f"no barrier of channel {', '.join(c for c in ORDER if c not in values)}, no order"
    lower = [name for name in ("I", "II") if values[name] < values["III"]]
    return (
        "I and II lower than III"
        if len(lower) == 2
        else f"lower than III: {lower[0] if lower else 'neither I nor II'}"
    )


def _column(values: list) -> np.ndarray:
    """Numbers as floats, everything else as it is."""
    if values and all(isinstance(v, float) for v in values):
        return np.array(values)
    return np.array(values, dtype=object)

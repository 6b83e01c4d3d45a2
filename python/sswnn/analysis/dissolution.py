"""Zr atoms that have lost their last Zr-Cl bond: how many, since when, from which layer.

A Zr without a Cl within 2.68 A counts as dissolved (Nano Lett. 2022, doi:10.1021/acs.nanolett.2c00187).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sswnn.analysis.bonds import ZR_CL_CUTOFF, BondTracker
from sswnn.analysis.layers import layers_from_metal
from sswnn.analysis.trajectory import Frame
from sswnn.errors import AnalysisError


@dataclass(frozen=True)
class DissolutionResult:
    """Dissolution against time (T frames, Z centres, L layers).

    Attributes
    ----------
    time_ps
        (T,) ps.
    bonds
        (T, Z) bonds of every Zr.
    layer
        (Z,) depth of the layer of every Zr in the first frame; 0 is at the metal.
    form_A, break_A
        Cutoffs used.
    hold_ps
        How long a Zr must stay without a bond for its dissolution time to count.
    dissolved_since_ps
        (Z,) start of the first such stay, NaN where there is none.
    """

    time_ps: np.ndarray
    bonds: np.ndarray
    layer: np.ndarray
    form_A: float
    break_A: float
    hold_ps: float
    dissolved_since_ps: np.ndarray

    @property
    def dissolved(self) -> np.ndarray:
        """(T,) Zr without a bond."""
        return (self.bonds == 0).sum(axis=1)

    @property
    def fraction(self) -> np.ndarray:
        """(T,) of all Zr."""
        return self.dissolved / self.bonds.shape[1]

    @property
    def mean_bonds(self) -> np.ndarray:
        """(T,) bonds per Zr."""
        return self.bonds.mean(axis=1)

    @property
    def layer_size(self) -> np.ndarray:
        """(L,) Zr of each layer."""
        return np.bincount(self.layer)

    @property
    def dissolved_by_layer(self) -> np.ndarray:
        """(T, L) Zr without a bond of each layer."""
        free = self.bonds == 0
        return np.stack(
            [free[:, self.layer == k].sum(axis=1) for k in range(self.layer.max() + 1)], axis=1
        )

    @property
    def onset_ps(self) -> float | None:
        """When the first Zr dissolves for at least `hold_ps`; None if none does."""
        since = self.dissolved_since_ps
        return None if np.isnan(since).all() else float(np.nanmin(since))

    def to_dict(self) -> dict:
        """Numbers and series, JSON-able by `sswnn.analysis.tables.jsonable`."""
        return {
            "zr_atoms": self.bonds.shape[1],
            "form_A": self.form_A,
            "break_A": self.break_A,
            "hold_ps": self.hold_ps,
            "onset_ps": self.onset_ps,
            "dissolved_at_end": int(self.dissolved[-1]),
            "fraction_at_end": float(self.fraction[-1]),
            "interface_layer_fraction_at_end": float(
                self.dissolved_by_layer[-1, 0] / self.layer_size[0]
            ),
            "layer_size": self.layer_size,
            "dissolved_at_end_by_layer": self.dissolved_by_layer[-1],
            "mean_bonds_first": float(self.mean_bonds[0]),
            "mean_bonds_last": float(self.mean_bonds[-1]),
            "time_ps": self.time_ps,
            "dissolved": self.dissolved,
            "mean_bonds": self.mean_bonds,
            "dissolved_by_layer": self.dissolved_by_layer,
        }

    def columns(self) -> dict[str, np.ndarray]:
        """Columns of the CSV file."""
        layers = {f"dissolved_layer_{k}": x for k, x in enumerate(self.dissolved_by_layer.T)}
        return {
            "time_ps": self.time_ps,
            "dissolved": self.dissolved,
            "fraction": self.fraction,
            "bonds_per_zr": self.mean_bonds,
            **layers,
        }


def dissolution(
    frames: Iterable[Frame],
    *,
    centre: str = "Zr",
    neighbour: str = "Cl",
    metal: str = "Li",
    form: float = ZR_CL_CUTOFF,
    break_: float | None = None,
    hold_ps: float = 1.0,
) -> DissolutionResult:
    """Count the centres without a bond in every frame.

    Parameters
    ----------
    frames
        In order of time, from `read_trajectory`; one pass, one frame in memory.
    centre, neighbour, metal
        What dissolves, what it is bonded to, and into what.
    form, break_
        Cutoffs as in `BondTracker`, A.
    hold_ps
        A centre counts for the onset once it has stayed without a bond this long.
    """
    if not 0 <= hold_ps < float("inf"):
        raise AnalysisError(f"hold is {hold_ps:g} ps, expected zero or a positive number")
    tracker = BondTracker(centre, neighbour, form, break_)
    times, bonds, layer = [], [], None
    for frame in frames:
        if frame.time_ps is None:
            raise AnalysisError(
                f"frame {frame.index} has no time: state the MD time step, --timestep FS"
            )
        if layer is None:
            layer = layers_from_metal(frame, centre, neighbour, metal)
        count = tracker.update(frame)
        if len(count) != len(layer):
            raise AnalysisError(
                f"frame {frame.index} has {len(count)} {centre}, the first one {len(layer)}"
            )
        times.append(frame.time_ps)
        bonds.append(count.astype(np.int16))
    if layer is None:
        raise AnalysisError("no frames to analyse")
    time_ps, bonds_tz = np.array(times), np.array(bonds)
    since = np.array([_first_stay(time_ps, free, hold_ps) for free in (bonds_tz == 0).T])
    return DissolutionResult(time_ps, bonds_tz, layer, tracker.form, tracker.break_, hold_ps, since)


def _first_stay(time_ps: np.ndarray, free: np.ndarray, hold_ps: float) -> float:
    """Start of the first uninterrupted run of True that lasts `hold_ps`, NaN if there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], free.view(np.int8), [0]])))
    for begin, end in edges.reshape(-1, 2):
        if time_ps[end - 1] - time_ps[begin] >= hold_ps - 1e-9:
            return float(time_ps[begin])
    return float("nan")

"""Zr atoms that have lost their last Zr-Cl bond: how many, since when, from which layer.

A Zr without a Cl within 2.68 A counts as dissolved (Nano Lett. 2022, doi:10.1021/acs.nanolett.2c00187).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sswnn.analysis.interface.bonds import ZR_CL_CUTOFF, BondTracker, pairs_within
from sswnn.analysis.interface.slab import Slab, Species, slab_of
from sswnn.analysis.trajectories.frame import Frame
from sswnn.analysis.trajectories.passes import follow
from sswnn.errors import AnalysisError

LASTING_CUTOFF = 3.2
"""With the second of two cutoffs here a bond survives thermal motion, A: the first minimum of g(r) of Zr-Cl."""


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
    bound_again_ps
        (Z,) after that, start of the first time of at least `hold_ps` with a bond in every frame; NaN where there is none.
    depth_A
        (Z,) distance beyond the outermost layer, towards the metal, in the last frame; negative within the slab.
    deepest_A
        (Z,) largest such distance in any frame without a bond, NaN for a Zr that was never without.
    """

    time_ps: np.ndarray
    bonds: np.ndarray
    layer: np.ndarray
    form_A: float
    break_A: float
    hold_ps: float
    dissolved_since_ps: np.ndarray
    bound_again_ps: np.ndarray
    depth_A: np.ndarray
    deepest_A: np.ndarray

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

    @property
    def fate(self) -> np.ndarray:
        """(Z,) `bound` (never dissolved for `hold_ps`), `dissolved` (and so at the end) or `re-bound` (has a bond at the end)."""
        went, back = ~np.isnan(self.dissolved_since_ps), self.bonds[-1] > 0
        return np.where(went, np.where(back, "re-bound", "dissolved"), "bound")

    def fates(self) -> list[dict]:
        """One row for each Zr that ever dissolved, in order of time."""
        went = np.flatnonzero(~np.isnan(self.dissolved_since_ps))
        return [
            {
                "zr": int(k),
                "layer": int(self.layer[k]),
                "dissolved_ps": float(self.dissolved_since_ps[k]),
                "bound_again_ps": float(self.bound_again_ps[k]),
                "fate": str(self.fate[k]),
                "depth_A": float(self.depth_A[k]),
                "deepest_A": float(self.deepest_A[k]),
            }
            for k in went[np.argsort(self.dissolved_since_ps[went], kind="stable")]
        ]

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
            "fates": self.fates(),
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


class DissolutionObserver:
    """Counts bonds in one pass, with one or several breaking cutoffs at once; see `dissolution` for the arguments.

    Memory: one byte per frame, Zr and cutoff.
    """

    needs_time = True

    def __init__(
        self,
        species: Species | None = None,
        *,
        form: float = ZR_CL_CUTOFF,
        breaks: tuple[float | None, ...] = (None,),
        hold_ps: float = 1.0,
    ):
        if not 0 <= hold_ps < float("inf"):
            raise AnalysisError(f"hold is {hold_ps:g} ps, expected zero or a positive number")
        self.species, self.hold_ps = species or Species(), hold_ps
        self.trackers = [
            BondTracker(self.species.centre, self.species.anion, form, x) for x in breaks
        ]
        self.reach = max(tracker.break_ for tracker in self.trackers)
        self.slab: Slab | None = None
        self.times: list[float] = []
        self.bonds: list[list[np.ndarray]] = [[] for _ in self.trackers]
        self.depth = np.empty(0)
        self.deepest: list[np.ndarray] = []

    def begin(self, frame: Frame) -> None:
        """Layers of the first frame."""
        self.slab = slab_of(frame, self.species)
        self.deepest = [np.full(len(self.slab.label), np.nan) for _ in self.trackers]

    def measure(self, frame: Frame) -> tuple:
        """Pairs within the largest cutoff and the depth of every Zr."""
        assert self.slab is not None
        centres = np.flatnonzero(frame.symbols == self.species.centre)
        others = np.flatnonzero(frame.symbols == self.species.anion)
        if len(centres) != len(self.slab.label):
            raise AnalysisError(
                f"frame {frame.index} has {len(centres)} {self.species.centre}, the first one {len(self.slab.label)}"
            )
        pairs = pairs_within(
            frame.positions[centres], frame.positions[others], frame.cell, frame.pbc, self.reach
        )
        depth = self.slab.into_metal(self.slab.heights(frame)[centres])
        return pairs, len(centres), len(others), depth

    def collect(self, time_ps: float, measured: tuple) -> None:
        """Follow the bonds."""
        (i, j, distance), centres, others, self.depth = measured
        self.times.append(time_ps)
        for k, tracker in enumerate(self.trackers):
            count = tracker.follow(i, j, distance, centres, others)
            self.bonds[k].append(np.minimum(count, 127).astype(np.int8))
            self.deepest[k] = np.fmax(self.deepest[k], np.where(count == 0, self.depth, np.nan))

    def result(self, which: int = 0) -> DissolutionResult:
        """The result for one of the cutoffs."""
        assert self.slab is not None
        tracker, time_ps, bonds_tz = (
            self.trackers[which],
            np.array(self.times),
            np.array(self.bonds[which]),
        )
        since = np.array([_first_stay(time_ps, free, self.hold_ps) for free in (bonds_tz == 0).T])
        again = np.array([
            _first_stay(time_ps, bound & (time_ps > start), self.hold_ps)
            for bound, start in zip((bonds_tz > 0).T, since, strict=True)
        ])  # fmt: skip
        return DissolutionResult(
            time_ps, bonds_tz, self.slab.depth[self.slab.label], tracker.form, tracker.break_, self.hold_ps,
            since, again, self.depth, self.deepest[which],
        )  # fmt: skip


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
    """Number of bonds of every Zr in every frame, and when each of them dissolves.

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
    species = Species(centre=centre, anion=neighbour, ion=metal, metal=metal)
    observer = DissolutionObserver(species, form=form, breaks=(break_,), hold_ps=hold_ps)
    return follow(observer, frames).result()


def _first_stay(time_ps: np.ndarray, free: np.ndarray, hold_ps: float) -> float:
    """Start of the first uninterrupted run of True that lasts `hold_ps`, NaN if there is none."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], free.view(np.int8), [0]])))
    for begin, end in edges.reshape(-1, 2):
        if time_ps[end - 1] - time_ps[begin] >= hold_ps - 1e-9:
            return float(time_ps[begin])
    return float("nan")

"""Another engine at the images of finished bands: what it says of the same barriers, not its own saddle points."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sswnn.barriers.study import HopResult
from sswnn.data.frames import frame_key, iter_frames, read_frames
from sswnn.data.label import label


@dataclass(frozen=True)
class EngineHop:
    """One hop with another engine.

    Attributes
    ----------
    name
        Of the hop.
    forward_ev, backward_ev
        From the ends to the highest image in its energies, eV.
    reaction_ev
        Second end less first end, eV.
    force_rmse_ev_per_A
        Root mean square difference of all force components, all images, eV/A.
    ion_force_rmse_ev_per_A
        The same of the ion that hops.
    energies_ev
        Above the first image; not-a-number where it failed.
    """

    name: str
    forward_ev: float
    backward_ev: float
    reaction_ev: float
    force_rmse_ev_per_A: float
    ion_force_rmse_ev_per_A: float
    energies_ev: tuple[float, ...]


def compare_engine(
    folder: Path,
    results: Sequence[HopResult],
    engine: str,
    options: Mapping[str, Any] | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> list[EngineHop]:
    """Energies and forces of a label engine at the images of hops that have a band.

    Frames that it has labelled before are not labelled again; they stand in `compared_ENGINE.extxyz` and its failures next to it.

    Parameters
    ----------
    folder
        Of `sswnn.barriers.run_hops`.
    results
        What that returned.
    engine, options
        As in `sswnn.data.engines.make_engine`.
    say
        Takes lines of progress.
    """
    bands = {r.name: read_frames(folder / f"{r.name}.extxyz") for r in results if r.energies_ev}
    out = folder / f"compared_{re.sub('[^A-Za-z0-9]+', '_', engine)}.extxyz"
    label(
        [x for band in bands.values() for x in band],
        engine,
        out,
        options=dict(options or {}),
        report=say,
    )
    known = {frame.info["key"]: frame for frame in iter_frames(out)} if out.exists() else {}
    compared = []
    for result in results:
        if result.name not in bands:
            continue
        band = bands[result.name]
        theirs = [known.get(frame_key(image)) for image in band]
        energies = np.array([x.info["energy"] if x is not None else np.nan for x in theirs])
        energies -= energies[0]
        pairs = [
            (x.arrays["forces"], y.arrays["forces"])
            for x, y in zip(band, theirs, strict=True)
            if y is not None
        ]
        wrong = np.array([ours - other for ours, other in pairs]).reshape(-1, len(band[0]), 3)
        top = float(np.max(energies))  # not-a-number if one image failed
        compared.append(
            EngineHop(
                name=result.name,
                forward_ev=top,
                backward_ev=top - float(energies[-1]),
                reaction_ev=float(energies[-1]),
                force_rmse_ev_per_A=_rms(wrong),
                ion_force_rmse_ev_per_A=_rms(wrong[:, result.ion]),
                energies_ev=tuple(energies.tolist()),
            )
        )
    return compared


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2))) if values.size else float("nan")

"""Labels of the picked frames: made by one engine, checked by a second one if there is one, sorted into data and `for_dft`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from ase import Atoms

from sswnn.data import label_files
from sswnn.data.engines import make_engine
from sswnn.data.frames import frame_key, read_frames, write_frames
from sswnn.data.label import label
from sswnn.errors import WorkflowError
from sswnn.learning.config import LabelConfig
from sswnn.learning.motion import structure

SECOND_FAILED = "the second engine failed"


def check_engines(config: LabelConfig) -> None:
    """Nothing, if both engines start: better now than after hours of exploring. Raises LabelError."""
    for name, options in ((config.engine, config.options), (config.second_engine, config.second_options)):
        if name:
            engine = make_engine(name, threads=config.threads, **options)
            if callable(close := getattr(engine, "close", None)):
                close()


def label_all(
    frames: list[Atoms], folder: Path, config: LabelConfig, cycle: int, show: Callable[[str], None], interval: float
) -> None:
    """Write labels.extxyz, and second.extxyz if there is a second engine; goes on where it was left.

    Raises
    ------
    WorkflowError
        If the engine failed on all frames.
    """
    made = partial(label, processes=config.processes, threads=config.threads, report=show, interval=interval)
    out = folder / "labels.extxyz"
    made(frames, config.engine, out, options=config.options)
    done = _by_key(out)
    labelled = [frame for frame in frames if frame_key(frame) in done]
    if not labelled:
        raise WorkflowError(
            f"cycle {cycle}: {config.engine} failed on all {len(frames)} picked frames, first with: "
            f"{failures(folder)[0]['error']}; to try again, remove {label_files.failures_path(out)}"
        )
    if config.second_engine:
        made(labelled, config.second_engine, folder / "second.extxyz", options=config.second_options)


def failures(folder: Path) -> list[dict]:
    """What the first engine failed on, in a cycle's folder."""
    return label_files.failures(folder / "labels.extxyz")


def sort_labels(frames: list[Atoms], folder: Path, config: LabelConfig, cycle: int) -> None:
    """Write labelled.extxyz, the new data, and for_dft.extxyz: frames, without labels, on which the engines disagree.

    Both are in the order of `frames`; ``info["disagreement"]`` is the root mean square difference of force components, eV/Å.

    Raises
    ------
    WorkflowError
        If the engines disagree on all frames.
    """
    first, second = _by_key(folder / "labels.extxyz"), _by_key(folder / "second.extxyz")
    trusted, doubtful, gaps = [], [], []
    for frame in frames:
        key = frame_key(frame)
        if key not in first:
            continue
        labelled = first[key]
        if not config.second_engine:
            trusted.append(labelled)
            continue
        gap = _force_difference(labelled, second[key]) if key in second else np.inf
        gaps.append(gap)
        if gap <= config.disagreement:
            labelled.info["disagreement"] = round(gap, 6)
            trusted.append(labelled)
        else:
            doubtful.append(_set_aside(frame, gap))
    write_frames(folder / "labelled.extxyz", trusted)
    write_frames(folder / "for_dft.extxyz", doubtful)
    if not trusted:
        raise WorkflowError(
            f"cycle {cycle}: {config.engine} and {config.second_engine} disagree on all {len(doubtful)} labelled frames, by "
            f"{min(gaps):.3g} eV/A at least, and {config.disagreement:g} is allowed; {folder / 'for_dft.extxyz'} holds them"
        )


def _by_key(path: Path) -> dict[str, Atoms]:
    """Labelled frames of a file by key, which they do not keep."""
    frames = read_frames(path, labelled=True) if path.exists() else []
    for frame in frames:
        frame.info.pop("key")
    return {frame_key(frame): frame for frame in frames}


def _force_difference(a: Atoms, b: Atoms) -> float:
    return float(np.sqrt(np.mean((a.arrays["forces"] - b.arrays["forces"]) ** 2)))


def _set_aside(frame: Atoms, gap: float) -> Atoms:
    """The frame alone, with where it comes from and why it is set aside."""
    new = structure(frame)
    new.info.update({key: value for key, value in frame.info.items() if key not in ("energy", "stress")})
    if np.isfinite(gap):
        new.info["disagreement"] = round(gap, 6)
    else:
        new.info["disagreement"] = SECOND_FAILED
    return new

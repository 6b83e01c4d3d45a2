"""The loop: cycle after cycle until nothing falls any more. Only the order of things stands here."""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sswnn.data.frames import iter_frames, write_frames
from sswnn.data.label import world_communicator
from sswnn.errors import ConfigError, DataError, WorkflowError
from sswnn.files import replace_file
from sswnn.learning import report as reports
from sswnn.learning.config import LearnConfig, settings
from sswnn.learning.cycle import Cycle, Voice
from sswnn.learning.labels import check_engines
from sswnn.learning.stop import verdict
from sswnn.training.evaluation import Draw

CERTAIN = "the model is certain of every explored frame"


def learn(config: LearnConfig, voice: Voice, draw: Draw | None = None) -> Path:
    """Do what is not done yet of all cycles; returns the last model.

    Parameters
    ----------
    config
        The loop.
    voice
        Takes the lines meant for the user.
    draw
        Draws each training.

    Raises
    ------
    DataError
        If the folder belongs to a loop with other settings.
    SSWNNError
        What a stage raises; the same call goes on from there.
    """
    if world_communicator() is not None:
        raise ConfigError("a loop does not run under mpirun; use explore.processes and label.processes")
    folder = Path(config.run)
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        depends_on = _checked_settings(folder, config)
        check_engines(config.label)
        return _cycles(config, depends_on, folder, voice, draw)


def _cycles(config: LearnConfig, depends_on: dict, folder: Path, voice: Voice, draw: Draw | None) -> Path:
    seconds: list[float] = []  # of the cycles of this call, without the start
    cycles: list[Cycle] = []
    reason = None
    for number in range(config.cycles + 1):
        cycle = Cycle(config, depends_on, number, cycles[-1] if cycles else None, voice, draw)
        new, began = not (cycle.folder / "report.json").exists(), time.monotonic()
        if not cycle.run():
            reason = CERTAIN
            break
        cycles.append(cycle)
        rows = [reports.row(one.report()) for one in cycles]
        if new:
            _publish(folder, cycles, rows)
            seconds += [time.monotonic() - began] if number else []
        voice.say(_line(rows[-1], config.cycles, seconds))
        reason = verdict(reports.numbers(rows), config.stop)
        if reason:
            break
    _publish(folder, cycles, rows)  # also what a killed call has left
    voice.say(f"end: {reason or 'all cycles are done'}")
    voice.say(f"written: {folder}/model.safetensors, learning.csv, learning.png")
    return folder / "model.safetensors"


def _publish(folder: Path, cycles: list[Cycle], rows: list[dict]) -> None:
    """The loop's table, picture, last model, and all frames set aside."""
    model = folder / "model.safetensors"
    replace_file(model, cycles[-1].model.read_bytes())
    aside = [cycle.folder / "for_dft.extxyz" for cycle in cycles if cycle.number > 0]
    write_frames(folder / "for_dft.extxyz", (frame for path in aside for frame in iter_frames(path)))
    reports.write_table(folder, rows)


def _line(row: dict, cycles: int, seconds: list[float]) -> str:
    """One cycle in one line, with the time left if no cycle is spared and all take as long as those before."""
    parts = [f"cycle {row['cycle']}/{cycles}", f"{row['frames']} frames"]
    if row["cycle"] > 0:
        parts.append(f"{row['added']} added ({row['to_train']} to train)")
        parts.append(f"{row['set_aside']} set aside, {row['labels_failed']} failed")
        parts.append(f"new frames before training {_pair(row, 'unseen')}")
    parts.append(f"held out {_pair(row, 'held_out_all')}")
    left = cycles - row["cycle"]
    if left and seconds:
        parts.append(f"{sum(seconds) / len(seconds) * left / 60:.1f} min left at most")
    return "; ".join(parts)


def _pair(row: dict, prefix: str) -> str:
    energy, force = row[f"{prefix}_energy_mev_per_atom"], row[f"{prefix}_force_ev_per_a"]
    return "unknown" if energy is None else f"{energy:.1f} meV/atom {force:.3f} eV/A"


def _checked_settings(folder: Path, config: LearnConfig) -> dict:
    """What results depend on; written, or compared with what the folder was made with."""
    path = folder / "settings.json"
    values = json.loads(json.dumps(settings(config)))
    if not path.exists():
        reports.write_json(path, values)
        return values
    known = _flat(json.loads(path.read_text(encoding="utf-8")))
    asked = _flat(values)
    changed = sorted(key for key in {*known, *asked} if known.get(key) != asked.get(key))
    if changed:
        raise DataError(
            f"{folder} holds a loop with another {', '.join(changed[:5])}; give this one another folder, with its "
            "labelled.extxyz files in start.frames to go on from it"
        )
    return values


def _flat(values: object, name: str = "") -> dict[str, object]:
    """Nested dictionaries and lists as one dictionary, such as ``select.low`` and ``explore.md[0].steps``."""
    if isinstance(values, dict) and values:
        return {k: v for key, item in values.items() for k, v in _flat(item, f"{name}.{key}".lstrip(".")).items()}
    if isinstance(values, list) and values:
        return {k: v for n, item in enumerate(values) for k, v in _flat(item, f"{name}[{n}]").items()}
    return {name: values}


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Refuse a folder in which another process works; the operating system frees it when that one ends."""
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise WorkflowError(f"{folder}: another sswnn learn works in it") from None
        yield

"""One cycle as steps that are done once: explore, pick, label, train, report. State is the files of the cycle's folder."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sswnn.data.frames import iter_frames, read_frames, write_frames
from sswnn.errors import WorkflowError
from sswnn.learning import report as reports
from sswnn.learning.config import LearnConfig
from sswnn.learning.errors import calibration, held_out, model_errors
from sswnn.learning.explore import Exploration, folder_for
from sswnn.learning.known import Known
from sswnn.learning.labels import failures, label_all, sort_labels
from sswnn.learning.select import Bounds, bounds, nothing_picked, select
from sswnn.potential import models
from sswnn.training.config import DataConfig
from sswnn.training.dataset import is_held_out, read_dataset, split
from sswnn.training.evaluation import Draw
from sswnn.training.finish import finish
from sswnn.training.trainer import Trainer
from sswnn.workflow.steps import Steps, content_hash

SMALLEST_FORCE_ERROR = 1e-6
"""eV/Å, where the bounds of the selection are multiples of an error that is zero."""


@dataclass(frozen=True)
class Voice:
    """Where lines go: those that stay, and the status that is replaced, at most once in `interval` seconds."""

    say: Callable[[str], None]
    show: Callable[[str], None]
    interval: float = 10.0


class Cycle:
    """A cycle of a loop in its folder; cycle 0 is the start, which only has a model and a report.

    Parameters
    ----------
    config, settings
        Of the loop; `settings` is what results depend on.
    number
        0 for the start.
    before
        The cycle before, None for the start.
    voice
        Takes the lines meant for the user.
    draw
        Draws each training, see `sswnn.training.evaluation.Draw`.
    """

    def __init__(
        self, config: LearnConfig, settings: dict, number: int, before: Cycle | None, voice: Voice, draw: Draw | None
    ):
        self.config, self.settings, self.number, self.before = config, settings, number, before
        self.voice, self.draw = voice, draw
        self.folder = Path(config.run) / f"cycle_{number:03d}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.steps = Steps(self.folder, voice.say)

    # -- what there is ------------------------------------------------------------------------------

    @property
    def previous(self) -> Cycle:
        """The cycle before."""
        assert self.before is not None
        return self.before

    @property
    def model(self) -> Path:
        """The potential of this cycle."""
        if self.number == 0 and self.config.start.model:
            return models.path(self.config.start.model)
        return self.folder / "train" / "model.safetensors"

    @property
    def data(self) -> list[Path]:
        """Files with labelled frames up to this cycle."""
        if self.before is None:
            return [Path(name) for name in self.config.start.frames]
        return [*self.previous.data, self.folder / "labelled.extxyz"]

    def report(self) -> dict:
        """The cycle's report."""
        return json.loads((self.folder / "report.json").read_text(encoding="utf-8"))

    @cached_property
    def start_known(self) -> Known:
        """Frames of the start, of which `known` makes copies."""
        if self.before is not None:
            return self.before.start_known
        return Known(read_dataset(self._data_config(self.config.start.frames)))

    def _data_config(self, files: list[str]) -> DataConfig:
        data = deepcopy(self.config.train.data)
        data.frames = files
        return data

    def _known(self) -> Known:
        """All data before this cycle, and what was picked but failed or was set aside."""
        known = self.start_known.copy()
        cycle = self.before
        while cycle is not None and cycle.number > 0:
            for frame in iter_frames(cycle.folder / "picked.extxyz"):
                known.add(frame)
            cycle = cycle.before
        return known

    def limits(self) -> Bounds:
        """Uncertainties between which this cycle picks."""
        return bounds(self.config.select, self.previous.force_error())

    def force_error(self) -> float:
        """Held-out force error of the cycle's model on calm frames, eV/Å."""
        errors = self.report()["held_out"]
        return max(errors.get("calm", errors["all"])["force_ev_per_a"], SMALLEST_FORCE_ERROR)

    def _uncertain_above(self) -> float:
        """Bound of the uncertain fraction, eV/Å: that of the first cycle's picks, so that cycles can be compared."""
        first = self
        while first.number > 1:
            first = first.previous
        return first.limits().low

    # -- what is done -------------------------------------------------------------------------------

    def run(self) -> bool:
        """Do what is not done yet; False if the model is certain of all frames and nothing was picked."""
        if self.number > 0:
            picks, past = self.folder / "picks.json", [self.previous.folder / "report.json", *self.previous.data]
            self._step("explore", self._explore, ["explore"], [self.previous.model, *past], ["explored.extxyz"])
            self._step("pick", self._pick, ["select"], [self.folder / "explored.extxyz", *past], ["picked.extxyz", picks.name])
            if not json.loads(picks.read_text(encoding="utf-8"))["picked"]:
                return False
            self._step("label", self._label, ["label"], [self.folder / "picked.extxyz"],
                       ["labels.extxyz", "labelled.extxyz", "for_dft.extxyz"])  # fmt: skip
        if self.number > 0 or not self.config.start.model:
            before = [self.previous.model] if self.number > 0 and self.config.warm_start else []
            self._step("train", self._train, ["train", "warm_start"], [*self.data, *before], ["train/model.safetensors"])
        self._step("report", self._report, ["train", "select"], [self.model, *self.data], ["report.json"])
        return True

    def _step(self, name: str, action: Callable[[], None], keys: list[str], inputs: list[Path], products: list[str]) -> None:
        values = [self.number, self.config.seed, {key: self.settings[key] for key in keys}]
        self.steps.run(f"cycle {self.number}: {name}", action, values=values, inputs=inputs, products=products)

    def _explore(self) -> None:
        stamp = content_hash(self.settings["explore"], [self.previous.model, *self.previous.data])
        folder = folder_for(self.folder / "explore", stamp)
        exploration = Exploration(
            self.config, self.number, folder, self.previous.model, self.limits(), self._known(),
            self.voice.show, self.voice.interval,
        )  # fmt: skip
        frames = exploration.frames()
        if not frames:
            raise WorkflowError(f"cycle {self.number}: searches and MD gave no frame that the model can evaluate")
        write_frames(self.folder / "explored.extxyz", frames)

    def _pick(self) -> None:
        frames, limits = read_frames(self.folder / "explored.extxyz"), self.limits()
        selection = select(frames, self._known(), self.config.select, limits, self._held_out)
        if not selection.picked and not selection.converged:
            raise nothing_picked(self.number, selection, self.config.select, limits)
        explored = reports.explored_summary(frames, self._uncertain_above())
        self.voice.say(
            f"{len(selection.picked)} of {len(frames)} frames picked, {100 * explored['uncertain_fraction']:.1f} % uncertain"
        )
        write_frames(self.folder / "picked.extxyz", selection.picked)
        reports.write_json(
            self.folder / "picks.json", {"explored": explored, **reports.picks_summary(selection, limits)}
        )

    def _held_out(self, group: str) -> bool:
        return is_held_out(group, self.config.train.data)

    def _label(self) -> None:
        frames, label = read_frames(self.folder / "picked.extxyz"), self.config.label
        label_all(frames, self.folder, label, self.number, self.voice.show, self.voice.interval)
        sort_labels(frames, self.folder, label, self.number)

    def _train(self) -> None:
        config = deepcopy(self.config.train)
        config.data.frames = [str(path) for path in self.data]
        config.seed += self.number
        inputs = list(self.data)
        if self.number > 0 and self.config.warm_start:
            config.init_from = str(self.previous.model)
            inputs.append(self.previous.model)
        config.run = str(folder_for(self.folder / "train", content_hash(self.settings["train"], inputs)))
        trainer = Trainer(config, self.voice.show)
        finish(trainer, trainer.run(), self.draw)

    def _report(self) -> None:
        data = self._data_config([str(path) for path in self.data])
        frames = read_dataset(data)
        errors = self.folder / "train" / "errors.json"
        held = held_out(self.config.start.frames, self.config.train.data)
        if not held:
            raise WorkflowError(
                f"start.frames: none of its groups is held out with train.data.validation {data.validation:g}, "
                f"test {data.test:g} and split_seed {data.split_seed}; give more groups, or larger shares"
            )
        content = {
            "cycle": self.number,
            "frames": len(frames),
            "parts": {name: len(members) for name, members in split(frames, data).items()},
            "held_out": model_errors(self.model, held, data.align_energies),
            "test": json.loads(errors.read_text()) if errors.exists() else {},
        }
        if self.number > 0:
            content |= self._news()
        reports.write_json(self.folder / "report.json", content)

    def _news(self) -> dict:
        """The part of the report on what this cycle has added."""
        picks = json.loads((self.folder / "picks.json").read_text(encoding="utf-8"))
        added = read_frames(self.folder / "labelled.extxyz", labelled=True)
        data = self._data_config([str(self.folder / "labelled.extxyz")])
        usable = [f for f in added if abs(f.arrays["forces"]).max() <= data.max_force]
        return {
            "explored": picks.pop("explored"),
            "picks": picks,
            "labels": {
                "added": len(added),
                "beyond_max_force": len(added) - len(usable),
                "parts": {name: len(members) for name, members in split(usable, data).items()},
                "kinds": dict(sorted(Counter(str(f.info["kind"]) for f in added).items())),
                "set_aside": sum(1 for _ in iter_frames(self.folder / "for_dft.extxyz")),
                "failed": failures(self.folder),
            },
            "unseen": model_errors(self.previous.model, usable, data.align_energies),
            "calibration": calibration(self.previous.model, usable),
        }

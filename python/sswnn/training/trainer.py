"""The training loop: epochs of steps, validation of averaged parameters, checkpoints, exact resume."""

from __future__ import annotations

import csv
import ctypes
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sswnn.errors import ConfigError, DataError
from sswnn.files import replace_table
from sswnn.training import checkpoint, wall
from sswnn.training.checkpoint import Average
from sswnn.training.config import TrainConfig, to_yaml
from sswnn.training.dataset import (
    Frame,
    Labelled,
    data_hash,
    group_by_atoms,
    make_batch,
    prepare,
    read_dataset,
    split,
)
from sswnn.training.evaluation import validation_metrics
from sswnn.training.loss import loss_and_sums, metrics, set_frame_weights
from sswnn.training.reference import (
    align_energies,
    fit_added_energies,
    fit_atom_energies,
    standardise,
    subtract_atom_energies,
    subtract_repulsion,
)
from sswnn.training.schedule import Progress, learning_rate
from sswnn.training.selection import Selection
from sswnn.training.soap import SOAP
from sswnn.training.start import starting_model
from sswnn.twin.model import Potential

PROBE_STEPS = 20
WALLS_OF_VALIDATION = 16  # batches of clusters, after every epoch
FREE = ("run", "threads", "checkpoint_steps", "init_from", "data.frames", "optimizer.epochs", "optimizer.max_minutes")
"""Settings that may change while a training is interrupted, beside `METADATA`; the data are known by their hash."""
METADATA = ("model.name", "model.description", "model.functional", "model.licence", "model.limits")


def _settings(config: TrainConfig) -> dict[str, str]:
    """All other settings, as text."""
    out: dict[str, str] = {}
    for key, value in asdict(config).items():
        inner = {f"{key}.{name}": v for name, v in value.items()} if isinstance(value, dict) else {key: value}
        out |= {name: json.dumps(v) for name, v in inner.items() if name not in FREE + METADATA}
    return out


def keep_freed_memory() -> None:
    """Ask the C library to keep freed blocks: fresh pages for every large tensor cost more than the arithmetic."""
    if sys.platform.startswith("linux"):
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            for parameter, value in (
                (-3, 32 * 2**20),
                (-1, 2**31 - 1),
                (-2, 64 * 2**20),
            ):  # mmap, trim, top pad
                mallopt(parameter, value)


class Trainer:
    """One training run in its folder.

    Parameters
    ----------
    config : TrainConfig
    report : callable
        Gets one line of text at a time.

    Raises
    ------
    DataError, ConfigError, ModelError
        For data, configurations and starting models that do not fit.
    """

    def __init__(self, config: TrainConfig, report: Callable[[str], None] = print):
        self.config, self.report = config, report
        self.clock = time.perf_counter()
        keep_freed_memory()
        torch.set_flush_denormal(True)
        torch.set_num_threads(config.threads)
        self.folder = Path(config.run)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.frames: dict[str, list[Frame]] = {}
        state = self._load_state()
        self._load_data(state)
        self._make_optimizer()
        self.progress = Progress(config.optimizer.epochs)
        self.best = float("inf")
        self.sums = torch.zeros(7, dtype=torch.float64)
        if state:
            self._restore(state)

    # -- setting up ---------------------------------------------------------------------------------

    def _load_state(self) -> dict | None:
        path = self.folder / "checkpoint.pt"
        return checkpoint.load(path) if path.exists() else None

    def _load_data(self, state: dict | None) -> None:
        config = self.config
        atoms = read_dataset(config.data)
        self.data_hash = data_hash(config.data.frames)
        self.engines = sorted({str(a.info.get("engine", "unknown")) for a in atoms})
        if state and state["data_hash"] != self.data_hash:
            raise DataError(
                f"{self.folder}: its checkpoint was made with other data; give the run another folder"
            )
        if state:
            self._check_settings(state)
        parts = split(atoms, config.data)
        (self.folder / "split.json").write_text(
            json.dumps(
                {
                    name: [{"frame": k, "group": str(atoms[k].info["group"])} for k in members]
                    for name, members in parts.items()
                }
            )
        )
        (self.folder / "config.yaml").write_text(to_yaml(config))
        found = sorted({n for a in atoms for n in zip(a.numbers, a.symbols, strict=True)})
        start = starting_model(config, [symbol for _, symbol in found])
        self.start = start.model
        self.potential = Potential(self.start, torch.float32)
        self.frames = {
            name: [prepare(atoms[k], self.potential) for k in members]
            for name, members in parts.items()
        }
        for name in ("train", "validation"):
            if not self.frames[name]:
                raise DataError(f"no frames for {name}; more groups, or a larger share, are needed")
        everything = [frame for part in self.frames.values() for frame in part]
        set_frame_weights(everything, config.loss)
        subtract_repulsion(self.potential, everything)
        if state:
            self.potential.load_state_dict(state["potential"])
        elif not config.init_from:
            energies = fit_atom_energies(self.frames["train"], len(self.potential.elements))
            self.potential.energy_atom.copy_(torch.from_numpy(energies))
        elif start.elements:
            shifts = fit_added_energies(self.potential, self.frames["train"], start.elements)
            self.potential.energy_atom[start.elements] += torch.from_numpy(shifts).float()
        if not state and start.invariants.any():
            standardise(self.potential, self.frames["train"], start.invariants)
        if config.data.align_energies:
            self._align(everything)
        subtract_atom_energies(self.potential, everything)
        count = sum(f.atoms for f in self.frames["train"])
        sizes = ", ".join(f"{len(part)} for {name}" for name, part in self.frames.items())
        self.report(f"{len(atoms)} frames ({sizes}), {count} atoms to train on")

    def _check_settings(self, state: dict) -> None:
        """Nothing that frames, loss and optimiser depend on changes half way."""
        before, now = state.get("settings", {}), _settings(self.config)
        for key, value in before.items():
            if now.get(key) != value:
                raise ConfigError(
                    f"{self.folder}: {key} was {value} and is {now.get(key)}; give the run another folder, "
                    "and go on from this one with init_from"
                )
        ended, epochs = state["progress"]["epoch"], self.config.optimizer.epochs
        if not self.config.optimizer.max_minutes and state["progress"]["epochs"] <= ended < epochs:
            raise ConfigError(
                f"{self.folder}: this training has ended after {ended} epochs, with its lowest learning rate; for {epochs}, "
                "start another one with init_from"
            )

    def _align(self, frames: list[Frame]) -> None:
        start = Potential(self.start, torch.float32)
        for engine, offsets in align_energies(start, frames, self.frames["train"]).items():
            shown = ", ".join(f"{s} {e:+.4f}" for s, e in zip(start.elements, offsets, strict=True))
            self.report(f"zeros of energy of {engine}, taken off: {shown} eV per atom")

    def _make_optimizer(self) -> None:
        options = self.config.optimizer
        self.selection = Selection(self.potential, options.train_only)
        groups = [
            {
                "params": self.selection.networks,
                "factor": 1.0,
                "weight_decay": options.weight_decay,
            },
            {
                "params": [self.selection.mixing],
                "factor": options.mixing_factor,
                "weight_decay": 0.0,
            },
        ]
        shared = {"lr": options.learning_rate, "betas": tuple(options.betas)}
        self.optimizer: torch.optim.Optimizer = (
            SOAP(groups, **shared)
            if options.method == "soap"
            else torch.optim.AdamW(groups, **shared, fused=True)
        )
        self.average = Average(self.potential, options.average)

    # -- checkpoints --------------------------------------------------------------------------------

    def _save(self) -> None:
        now = time.perf_counter()
        self.progress.seconds += now - self.clock
        self.clock = now
        checkpoint.save(
            self.folder / "checkpoint.pt",
            {
                "potential": self.potential.state_dict(),
                "average": self.average.values,
                "optimizer": self.optimizer.state_dict(),
                "progress": self.progress.state(),
                "best": self.best,
                "sums": self.sums,
                "data_hash": self.data_hash,
                "settings": _settings(self.config),
            },
        )

    def _restore(self, state: dict) -> None:
        self.optimizer.load_state_dict(state["optimizer"])
        self.average.values = state["average"]
        self.progress = Progress(**state["progress"])
        if not self.config.optimizer.max_minutes:
            self.progress.epochs = self.config.optimizer.epochs
        self.best, self.sums = state["best"], state["sums"]
        self.report(f"continuing at epoch {self.progress.epoch}, step {self.progress.step}")

    # -- the loop -----------------------------------------------------------------------------------

    def run(self, stop_after_steps: int | None = None) -> Potential:
        """Train to the end and return the potential with the averaged parameters of the best epoch, or the last.

        Parameters
        ----------
        stop_after_steps : int, optional
            Leave after that many steps of this call, as a kill after a checkpoint would (for tests).
        """
        done = 0
        while self.progress.epoch < self.progress.epochs:
            plan = self.epoch_plan()
            started, first = time.perf_counter(), self.progress.step
            while self.progress.step < len(plan):
                self.step(plan[self.progress.step], len(plan))
                done += 1
                taken = self.progress.step - first
                if self.progress.total_steps == PROBE_STEPS:
                    self._plan_epochs((time.perf_counter() - started) / taken * len(plan) * 1.1)
                if (
                    self.progress.step % self.config.checkpoint_steps == 0
                    and self.progress.step < len(plan)
                ):
                    self._save()
                if done == stop_after_steps:
                    self._save()
                    return self.potential
            self._finish_epoch(started)
        return self._best_potential()

    def epoch_plan(self) -> list[np.ndarray]:
        """Batches of this epoch: a shuffle that depends only on seed and epoch."""
        frames = self.frames["train"]
        order = np.random.default_rng([self.config.seed, self.progress.epoch]).permutation(
            len(frames)
        )
        return group_by_atoms([f.atoms for f in frames], order, self.config.optimizer.batch_atoms)

    def step(self, members: np.ndarray, steps: int) -> None:
        """One step of the optimiser on the given training frames; `steps` is their number per epoch."""
        options = self.config.optimizer
        rate = learning_rate(self.progress.fraction, options)
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        labelled: Labelled = make_batch(self.potential, [self.frames["train"][k] for k in members])
        loss, sums = loss_and_sums(self.potential(labelled.batch), labelled, self.config.loss)
        if not torch.isfinite(loss):
            raise DataError(
                f"the loss is {loss.item()} at epoch {self.progress.epoch}, step {self.progress.step}; "
                "lower optimizer.learning_rate or data.max_force"
            )
        self.potential.zero_grad(set_to_none=True)
        loss.backward()
        self._add_wall_gradients()
        trained = self.selection.take_gradients()
        if options.clip > 0:
            torch.nn.utils.clip_grad_norm_(trained, options.clip)
        self.optimizer.step()
        self.selection.put_values()
        self.progress.advance(steps)
        self.average.update(self.progress.total_steps)
        self.sums += sums

    def _add_wall_gradients(self) -> None:
        options, step = self.config.loss, self.progress.total_steps
        if options.wall and step % wall.EVERY == 0:
            rng = np.random.default_rng([self.config.seed, step])
            missing = wall.wall_loss(self.potential, self.selection.elements, rng, options.force_huber)
            (options.wall * missing).backward()

    def _wall_loss_of_validation(self) -> float:
        """Of the same clusters after every epoch, so that no epoch is kept for its frames alone while atoms fall together."""
        options = self.config.loss
        if not options.wall:
            return 0.0
        rng = np.random.default_rng(self.config.seed)
        found = [
            wall.wall_loss(self.potential, self.selection.elements, rng, options.force_huber).item()
            for _ in range(WALLS_OF_VALIDATION)
        ]
        return options.wall * float(np.mean(found))

    def _plan_epochs(self, epoch_seconds: float) -> None:
        if self.config.optimizer.max_minutes:
            elapsed = time.perf_counter() - self.clock
            self.progress.seconds += elapsed
            self.clock += elapsed
            self.progress.plan(60 * self.config.optimizer.max_minutes, epoch_seconds)

    def _finish_epoch(self, started: float) -> None:
        train = metrics(self.sums)
        self.average.swap()
        held = validation_metrics(self.potential, self.frames["validation"], self.config.loss)
        held["loss"] += self._wall_loss_of_validation()
        if held["loss"] < self.best or self.config.optimizer.keep == "last":
            self.best = held["loss"]
            checkpoint.save(self.folder / "best.pt", self.potential.state_dict())
        self.average.swap()
        self.sums = torch.zeros_like(self.sums)
        seconds = time.perf_counter() - started
        self.progress.epoch += 1
        self.progress.step = 0
        if self.progress.total_steps > PROBE_STEPS and self.progress.epoch < self.progress.epochs:
            self._plan_epochs(seconds)
        self._write_metrics(train, held, seconds)
        self._save()

    def _write_metrics(self, train: dict, held: dict, seconds: float) -> None:
        path = self.folder / "metrics.csv"
        row: dict[str, Any] = {
            "epoch": self.progress.epoch,
            "learning_rate": learning_rate(self.progress.fraction, self.config.optimizer),
        }
        row |= {f"train_{key}": value for key, value in train.items()}
        row |= {f"validation_{key}": value for key, value in held.items()}
        row["seconds"] = round(seconds, 3)
        previous: list[dict[str, Any]] = []
        if path.exists():
            with path.open(newline="") as stream:
                previous = [r for r in csv.DictReader(stream) if int(r["epoch"]) < self.progress.epoch]
        replace_table(path, list(row), [*previous, row])
        left = (self.progress.epochs - self.progress.epoch) * seconds / 60
        self.report(
            f"epoch {self.progress.epoch}/{self.progress.epochs}  "
            f"train {1000 * train['energy_rmse']:.1f} meV/atom {train['force_rmse']:.3f} eV/A  "
            f"validation {1000 * held['energy_rmse']:.1f} meV/atom {held['force_rmse']:.3f} eV/A "
            f"{160.2 * held['stress_rmse']:.2f} GPa loss {held['loss']:.4f}  {left:.1f} min left"
        )

    def _best_potential(self) -> Potential:
        self.potential.load_state_dict(checkpoint.load(self.folder / "best.pt"))
        return self.potential

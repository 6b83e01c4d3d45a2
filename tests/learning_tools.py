"""A loop on Cu-Ag with effective medium theory, small enough for tests; engines that fail; kills at a chosen moment."""

import importlib
import os
import signal
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import yaml
from ase.build import bulk
from ase.calculators.emt import EMT

from sswnn.data.frames import write_frames
from sswnn.data.label import evaluate
from sswnn.data.sampling import rattled, tag

ENGINE = "ase.calculators.emt.EMT"


class HardEMT(EMT):
    """Effective medium theory whose forces are a tenth too large: in disagreement where forces are large."""

    def calculate(self, *args, **kwargs):
        super().calculate(*args, **kwargs)
        self.results["forces"] = 1.1 * self.results["forces"]


class FussyEMT(EMT):
    """Effective medium theory that fails on everything without silver."""

    def calculate(self, atoms=None, *args, **kwargs):
        if "Ag" not in atoms.symbols:
            raise RuntimeError("no silver")
        super().calculate(atoms, *args, **kwargs)


class BrokenEMT(EMT):
    """Effective medium theory that always fails."""

    def calculate(self, *args, **kwargs):
        raise RuntimeError("out of order")


def start_frames(groups: int = 24) -> list:
    """Labelled, little rattled Cu-Ag crystals in groups of two."""
    rng, frames = np.random.default_rng(1), []
    for n in range(groups):
        parent = bulk("Cu", a=rng.uniform(3.6, 4.0), cubic=True)
        parent.symbols[:] = rng.choice(["Cu", "Ag"], 4)
        for _ in range(2):
            frame = tag(rattled(parent, rng, 0.05, strain=0.02), "alloy", f"alloy_{n}", "rattle")
            frames.append(evaluate(frame, EMT(), "emt"))
    return frames


def raw_config() -> dict:
    """A loop of two cycles that takes seconds."""
    return {
        "run": "run",
        "cycles": 2,
        "start": {"frames": ["start.extxyz"]},
        "explore": {
            "searches": [{"starts": [{"kind": "random", "composition": {"Cu": 2, "Ag": 2}}], "walkers": 1, "steps": 4}],
            "md": [{"structures": ["md.extxyz"], "temperatures": [600, 1200], "steps": 100, "interval": 10}],
            "rattle": {"minima": 2, "copies": 1, "relax_steps": 15},
        },
        "select": {"per_cycle": 8, "low": 0.5, "high": 200.0, "max_force": 100.0},
        "label": {"engine": ENGINE},
        "train": {
            "data": {"validation": 0.15, "test": 0.15, "max_force": 100.0},
            "model": {"cutoff": 4.0, "channels": 2, "lmax": 1, "couplings": [], "radial_functions": 5, "intervals": 20,
                      "hidden": [6]},
            "optimizer": {"epochs": 12, "batch_atoms": 40, "learning_rate": 0.02},
        },
    }  # fmt: skip


def write_loop(folder: Path, raw: dict | None = None) -> Path:
    """The configuration's file, beside the frames that it names."""
    folder.mkdir(exist_ok=True)
    frames = start_frames()
    write_frames(folder / "start.extxyz", frames)
    write_frames(folder / "md.extxyz", frames[:1])
    path = folder / "learn.yaml"
    path.write_text(yaml.safe_dump(raw or raw_config()))
    return path


def run_loop(path: Path, lines: list[str] | None = None) -> Path:
    """The loop without a terminal and without pictures of trainings; returns its folder."""
    from sswnn.learning.config import read_config
    from sswnn.learning.cycle import Voice
    from sswnn.learning.loop import learn

    said = [] if lines is None else lines
    config = read_config(path)
    learn(config, Voice(said.append, lambda line: None, 1e9))
    return Path(config.run)


def exit_code_of_killed(path: Path, target: str, count: int, before: bool) -> int | None:
    """Exit code of a process that runs the loop and is killed, as by SIGKILL, before or after it calls a function for the
    `count`-th time. `target` is ``module:function`` or ``module:Class.method``.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(["sswnn.learning.loop", "sswnn.plotting.learning", "pymatgen.analysis.structure_matcher"])
    process = context.Process(target=_run_and_die, args=(path, target, count, before))
    process.start()
    process.join(120)
    return process.exitcode


def _run_and_die(path: Path, target: str, count: int, before: bool) -> None:
    module, _, name = target.partition(":")
    owner = importlib.import_module(module)
    *outer, name = name.split(".")
    for part in outer:
        owner = getattr(owner, part)
    function, calls = getattr(owner, name), 0

    def dying(*args, **kwargs):
        nonlocal calls
        calls += 1
        if calls == count and before:
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **kwargs)
        if calls == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, dying)
    run_loop(path)

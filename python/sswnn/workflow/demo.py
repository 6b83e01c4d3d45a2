"""The main job from one call: build an interface, minimise and run it in LAMMPS, analyse, draw, write the page.

Only the order of things stands here; each step belongs to its own module.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from sswnn import __version__
from sswnn.errors import WorkflowError
from sswnn.interface import presets
from sswnn.workflow.inputs import input_script, lammps_version, program, sources
from sswnn.workflow.lammps import newest_restart, run_lammps
from sswnn.workflow.steps import Steps, content_hash

TIMESTEP_FS = 1.0
HYSTERESIS_A = 3.2
"""Break distance of the second way of counting bonds, A."""
ANALYSED = ("interface.dump", "interface.extxyz", "interface.json", "interface.log", "run.json")
"""Files that the analysis reads."""


@dataclass(frozen=True)
class DemoOptions:
    """What to run.

    Attributes
    ----------
    preset
        Interface model, see `sswnn.interface.presets`.
    model
        Potential: name of a shipped one or a file.
    picoseconds
        Length of the MD.
    temperature
        K.
    ranks
        MPI ranks; no part of what is reused or not.
    seed
        Of the starting velocities.
    """

    preset: str = "demo"
    model: str = "LiZrCl"
    picoseconds: float = 10.0
    temperature: float = 300.0
    ranks: int = 2
    seed: int = 4928459

    def __post_init__(self) -> None:
        presets.preset(self.preset)  # an unknown name stops here, before anything is built
        for name in ("picoseconds", "temperature", "ranks"):
            value = getattr(self, name)
            if not 0 < value < float("inf"):
                raise WorkflowError(f"{name}={value:g}: expected a positive number")

    @property
    def steps(self) -> int:
        """MD steps."""
        return round(1000 * self.picoseconds / TIMESTEP_FS)


def run_demo(
    folder: Path,
    options: DemoOptions,
    *,
    say: Callable[[str], None] = print,
    show: Callable[[str], None] = print,
) -> Path:
    """Do what is not done yet and return the path of the HTML page.

    Parameters
    ----------
    folder
        Output folder, made if absent.
    options
        What to run.
    say, show
        For lines that stay and for the status that is replaced.
    """
    from sswnn.potential import models

    folder.mkdir(parents=True, exist_ok=True)
    model = Path(models.path(options.model)).resolve()
    script = input_script("in.interface")
    steps = Steps(folder, say)
    software = _software()
    physics = {k: v for k, v in asdict(options).items() if k not in ("ranks", "model")}
    steps.run(
        "1/4 build",
        lambda: _build(folder, options.preset, model, say),
        values=[software, options.preset],
        inputs=[model],
        products=["interface.data", "interface.extxyz", "interface.json"],
    )
    data = folder / "interface.data"
    steps.run(
        "2/4 minimise and run",
        lambda: _simulate(folder, options, model, script, software, say, show),
        values=[software, physics],
        inputs=[script, model, data],
        products=["interface.dump", "interface.log", "run.json"],
    )
    from sswnn.workflow.demo_analysis import PRODUCTS, analyse

    steps.run(
        "3/4 analyse",
        lambda: analyse(folder, options.temperature, HYSTERESIS_A, say),
        values=[software, options.temperature, HYSTERESIS_A],
        inputs=[folder / x for x in ANALYSED],
        products=PRODUCTS,
    )
    from sswnn.report import write_interface_page

    page = folder / "index.html"
    steps.run(
        "4/4 report",
        lambda: write_interface_page(folder, page),
        values=[software],
        inputs=[folder / x for x in PRODUCTS],
        products=[page.name],
    )
    return page


def _software() -> str:
    """Hash of all code that makes the results: every step depends on it."""
    return content_hash([__version__, lammps_version()], [program("lmp"), *sources()])


def _build(folder: Path, preset: str, model: Path, say: Callable[[str], None]) -> None:
    """Both crystals at the potential's lattice constants, stacked."""
    from sswnn import SSWNN
    from sswnn.interface import build, summary

    interface = build(preset, calculator=SSWNN(str(model)))
    interface.write(folder)
    say("  " + summary(interface.record).replace("\n", "\n  "))


def _simulate(
    folder: Path,
    options: DemoOptions,
    model: Path,
    script: Path,
    software: str,
    say: Callable[[str], None],
    show: Callable[[str], None],
) -> None:
    """LAMMPS under MPI, from the last restart file if the same run was killed; what it was goes to `run.json`."""
    (folder / "run.json").unlink(missing_ok=True)
    variables = {
        "data": "interface.data",
        "name": "interface",
        "temperature": options.temperature,
        "steps": options.steps,
        "timestep": TIMESTEP_FS / 1000,
        "seed": options.seed,
        "dump_every": max(1, options.steps // 500),
        "thermo_every": max(1, min(100, options.steps // 100)),
    }
    started, stamp = (
        folder / "started.txt",
        content_hash([software, variables], [script, model, folder / "interface.data"]),
    )
    restart = (
        newest_restart(folder, "interface")
        if started.is_file() and started.read_text() == stamp
        else None
    )
    if restart:
        say(f"  continued from interface.restart.{restart}")
        variables["continue"] = restart
    else:
        for stale in (
            "interface.dump",
            "interface.log",
            "interface.restart.a",
            "interface.restart.b",
        ):
            (folder / stale).unlink(missing_ok=True)
    started.write_text(stamp)
    variables["model"] = model
    seconds = run_lammps(
        script, folder, variables, ranks=options.ranks, timestep_fs=TIMESTEP_FS, show=show
    )
    started.unlink()
    run = {
        **asdict(options),
        "steps": options.steps,
        "timestep_fs": TIMESTEP_FS,
        "seconds": round(seconds, 2),
        "continued": restart is not None,
        "model_file": model.name,
        "potential": _model_card(model),
        "sswnn": __version__,
    }
    (folder / "run.json").write_text(json.dumps(run, indent=1) + "\n")
    say(f"  {options.picoseconds:g} ps in {seconds:.0f} s on {options.ranks} MPI ranks")


def _model_card(path: Path) -> dict:
    """What the model file says of itself."""
    from sswnn.potential.model_file import read

    return read(path).metadata

"""Analysis step of the demo: every number as CSV and JSON, every figure as PNG."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from sswnn.analysis import (
    density_profile,
    detached_atoms,
    dissolution,
    interlayer_ions,
    msd,
    read_trajectory,
)
from sswnn.analysis.tables import write_csv, write_json
from sswnn.analysis.trajectories.lammps_log import joined, read_log
from sswnn.errors import AnalysisError

FIGURES = (
    "snapshots.png",
    "dissolution.png",
    "bonds.png",
    "interlayer.png",
    "profiles.png",
    "msd.png",
    "thermo.png",
)
TABLES = (
    "dissolution.csv",
    "interlayer.csv",
    "profile_start.csv",
    "profile_end.csv",
    "msd.csv",
    "thermo.csv",
)
PRODUCTS = ("numbers.json", *TABLES, *FIGURES)


def analyse(
    folder: Path, temperature: float, break_cutoff: float, say: Callable[[str], None]
) -> None:
    """All analyses of `interface.dump` and `interface.log` in `folder`, and their figures.

    Parameters
    ----------
    folder
        Holds the run; the products go there too.
    temperature
        Of the thermostat, K.
    break_cutoff
        A; the second way of counting bonds keeps a bond up to this distance.
    say
        For lines about the results.
    """
    frames = list(read_trajectory(folder / "interface.dump"))  # of a demo, at most 1000
    result = dissolution(frames)
    lasting = dissolution(frames, break_=break_cutoff)
    between = interlayer_ions(frames)
    built = _built_interlayer(folder)
    window = max(1, len(frames) // 5)
    start, end = density_profile(frames[:window]), density_profile(frames[-window:])
    displacement = msd(frames)
    thermo = _thermo(folder)
    for name, table in (
        ("dissolution", result.columns()),
        ("interlayer", between.columns()),
        ("profile_start", start.columns()),
        ("profile_end", end.columns()),
        ("msd", displacement.columns()),
        ("thermo", thermo),
    ):
        write_csv(folder / f"{name}.csv", table)
    numbers = {
        "system": json.loads((folder / "interface.json").read_text()),
        "run": json.loads((folder / "run.json").read_text()),
        "frames": len(frames),
        "detached_atoms_at_end": len(detached_atoms(frames[-1])),
        "dissolution": result.to_dict(),
        "dissolution_lasting_bonds": lasting.to_dict(),
        "interlayer": {"built": built, **between.to_dict()},
        "msd_at_longest_lag": _msd_summary(displacement),
        "thermo": _thermo_summary(thermo),
    }
    write_json(folder / "numbers.json", numbers)
    ends = [frames[0], frames[-1]]
    _draw(folder, ends, result, between, start, end, displacement, thermo, temperature)
    onset = "none yet" if result.onset_ps is None else f"from {result.onset_ps:.2f} ps"
    say(
        f"  {len(frames)} frames; Zr without a Zr-Cl bond at the end: {result.dissolved[-1]} of {result.bonds.shape[1]} "
        f"(onset {onset}); Zr-Cl bonds per Zr {result.mean_bonds[0]:.2f} -> {result.mean_bonds[-1]:.2f}"
    )


def _built_interlayer(folder: Path) -> list[int]:
    """Li between the layers as built, before the minimisation."""
    from dataclasses import replace

    frame = replace(next(read_trajectory(folder / "interface.extxyz")), time_ps=0.0)
    return interlayer_ions([frame]).count[0].tolist()


def _thermo(folder: Path) -> dict[str, np.ndarray]:
    """Columns of the MD part of the log, names with units."""
    table = joined(read_log(folder / "interface.log")[1:])  # the first is the minimisation
    if "Time" not in table:
        raise AnalysisError(f"{folder / 'interface.log'}: no table of the MD with a Time column")
    return {
        "time_ps": table["Time"],
        "temperature_K": table["Temp"],
        "potential_energy_eV": table["PotEng"],
        "kinetic_energy_eV": table["KinEng"],
        "pressure_bar": table["Press"],
    }


def _thermo_summary(thermo: dict[str, np.ndarray]) -> dict[str, float]:
    half = len(thermo["time_ps"]) // 2
    energy = thermo["potential_energy_eV"]
    return {
        "mean_temperature_second_half_K": float(thermo["temperature_K"][half:].mean()),
        "potential_energy_change_eV": float(energy[-1] - energy[0]),
    }


def _msd_summary(result) -> dict:
    return {
        "lag_ps": float(result.lag_ps[-1]),
        "A2": {x: float(result.total(x)[-1]) for x in result.atoms},
        "error_A2": {x: float(result.error_A2[x][-1]) for x in result.atoms},
    }


def _draw(folder, frames, result, between, start, end, displacement, thermo, temperature) -> None:
    from sswnn.plotting import (
        plot_bonds,
        plot_dissolution,
        plot_interlayer,
        plot_msd,
        plot_profile,
        plot_snapshots,
        plot_thermo,
    )

    titles = [f"{frames[0].time_ps:g} ps (minimised)", f"{frames[1].time_ps:g} ps"]
    plot_snapshots(frames, folder / "snapshots.png", titles=titles)
    plot_dissolution(result, folder / "dissolution.png")
    plot_bonds(result, folder / "bonds.png")
    plot_interlayer(between, folder / "interlayer.png")
    labels = (_window(end), _window(start))
    plot_profile(end, folder / "profiles.png", reference=start, labels=labels)
    plot_msd(displacement, folder / "msd.png")
    plot_thermo(
        thermo["time_ps"], thermo["temperature_K"], thermo["potential_energy_eV"], len(frames[0]),
        folder / "thermo.png", target_k=temperature,
    )  # fmt: skip


def _window(profile) -> str:
    return f"{profile.time_ps[0]:.3g} to {profile.time_ps[1]:.3g} ps"

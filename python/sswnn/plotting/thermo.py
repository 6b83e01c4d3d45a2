"""Temperature and potential energy of a run against time."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sswnn.plotting.style import figure


def plot_thermo(
    time_ps: np.ndarray,
    temperature_k: np.ndarray,
    energy_ev: np.ndarray,
    atoms: int,
    path: str | Path,
    *,
    target_k: float,
) -> None:
    """Upper panel: temperature and the thermostat's. Lower panel: potential energy per atom relative to the start."""
    with figure(path, rows=2, size=(6.2, 4.2), sharex=True) as (_, (upper, lower)):
        upper.plot(time_ps, temperature_k, color="0.2", lw=1.0)
        upper.axhline(target_k, color="0.6", lw=0.8, ls="--")
        upper.set_ylabel("temperature / K")
        lower.plot(time_ps, 1000 * (energy_ev - energy_ev[0]) / atoms, color="0.2", lw=1.0)
        lower.set(
            xlabel="time / ps",
            ylabel="potential energy\n− start / meV per atom",
            xlim=(time_ps[0], max(time_ps[-1], time_ps[0] + 1e-9)),
        )

"""Frames along a motion that a calculator drives: relaxation paths and Langevin molecular dynamics.

If the calculator is the label engine, every evaluation is a label, and these frames cost nothing
beyond the motion. Any ASE calculator will do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from ase import Atoms, units
from ase.calculators.calculator import Calculator
from ase.data import covalent_radii
from ase.filters import FrechetCellFilter
from ase.md.langevin import Langevin
from ase.md.velocitydistribution import MaxwellBoltzmannDistribution, Stationary
from ase.optimize import FIRE, LBFGS

from sswnn.data.distances import smallest_ratio
from sswnn.data.frames import STATES


def labelled_copy(atoms: Atoms, /, **info: object) -> Atoms:
    """Frame of the conventions of `sswnn.data.frames` from atoms whose calculator holds their results.

    Parameters
    ----------
    atoms
        Atoms with a calculator.
    info
        Further entries: origin, group, kind, engine, ...
    """
    frame = Atoms(atoms.numbers, atoms.get_positions(), cell=atoms.cell, pbc=atoms.pbc)
    for name in STATES:
        if name in atoms.arrays:
            frame.set_array(name, atoms.arrays[name])
    frame.info.update(info)
    frame.info["energy"] = float(atoms.get_potential_energy())
    frame.arrays["forces"] = np.array(atoms.get_forces(), dtype=float)
    if all(atoms.pbc):
        frame.info["stress"] = np.array(atoms.get_stress(), dtype=float)
    return frame


def _moved(frame: Atoms, last: Atoms, displacement: float, strain: float) -> bool:
    """Whether a frame differs from the last one kept: rms displacement in A at equal cell, or any
    strain component.
    """
    deformation = np.zeros((3, 3))
    if last.cell.rank == 3:  # clusters and films may have no cell
        deformation = np.linalg.solve(np.asarray(last.cell), np.asarray(frame.cell)) - np.eye(3)
    if np.abs(deformation).max() > strain:
        return True
    shift = frame.positions - last.positions @ (np.eye(3) + deformation)
    return float(np.sqrt((shift**2).sum(axis=1).mean())) > displacement


def relaxation_path(
    atoms: Atoms,
    calculator: Calculator,
    *,
    fmax: float = 0.02,
    max_steps: int = 60,
    relax_cell: bool = True,
    displacement: float = 0.08,
    strain: float = 0.008,
    max_force: float = 40.0,
    robust: bool = False,
    **info: object,
) -> tuple[Atoms, list[Atoms]]:
    """Relaxed atoms, and decorrelated labelled frames of the way there (the first and the last
    always among them).

    Parameters
    ----------
    atoms
        Start; not changed.
    calculator
        Label engine.
    fmax
        Largest force at the end, eV/A.
    max_steps
        Optimiser steps at most.
    relax_cell
        Relax the cell too.
    displacement, strain
        A frame is kept when its rms displacement (A) or a strain component has grown by this much
        since the last one kept.
    max_force
        Frames with a larger force component (eV/A) are not kept.
    robust
        FIRE instead of LBFGS, for starts with close contacts.
    info
        Entries of every frame: origin, group, engine, ...; `kind` is ``relax``.
    """
    work = Atoms(atoms.numbers, atoms.get_positions(), cell=atoms.cell, pbc=atoms.pbc)
    work.calc = calculator
    kept: list[Atoms] = []

    def keep(last: bool = False) -> None:
        if np.abs(work.get_forces()).max() > max_force:
            return
        if kept and not (last or _moved(work, kept[-1], displacement, strain)):
            return
        kept.append(labelled_copy(work, kind="relax", **info))

    target = FrechetCellFilter(work) if relax_cell else work
    optimise: Any = FIRE if robust else LBFGS  # ASE's type hints know neither filters nor silence
    optimiser = optimise(target, logfile=None, maxstep=0.2 if robust else 0.15)
    optimiser.attach(keep)
    optimiser.run(fmax=fmax, steps=max_steps)
    keep(last=True)
    work.calc = None
    return work, kept


def closest_contact(atoms: Atoms) -> float:
    """Smallest distance over the sum of covalent radii, dimensionless, see `smallest_ratio`."""
    radii = {s: covalent_radii[n] for s, n in zip(atoms.symbols, atoms.numbers, strict=True)}
    return smallest_ratio(
        atoms, {frozenset({a, b}): radii[a] + radii[b] for a in radii for b in radii}
    )


def langevin(
    atoms: Atoms,
    calculator: Calculator,
    rng: np.random.Generator,
    *,
    temperature: float,
    timestep: float = 2.0,
    equilibration: int = 60,
    interval: int = 15,
    count: int = 10,
    friction: float = 0.02,
    least_contact: float = 0.0,
) -> Iterator[Atoms]:
    """Decorrelated states of one Langevin trajectory at constant volume.

    Parameters
    ----------
    atoms
        Start; not changed.
    calculator
        Any ASE calculator of energy and forces.
    rng
        Source of velocities and of the random force.
    temperature
        K.
    timestep
        fs.
    equilibration, interval, count
        Steps before the first state, steps between states, number of states.
    friction
        1/fs.
    least_contact
        The trajectory ends early, without an error, when a distance falls below this fraction of the
        covalent sum, or when the kinetic temperature passes five times `temperature` plus 2000 K or
        is not finite: the potential has left its domain. 0: never.

    Yields
    ------
    Atoms
        The moving atoms themselves, with the calculator: copy what is to be kept.
    """
    work = Atoms(atoms.numbers, atoms.get_positions(), cell=atoms.cell, pbc=atoms.pbc)
    work.calc = calculator
    MaxwellBoltzmannDistribution(
        work, temperature_K=2 * temperature, rng=rng
    )  # half of it becomes potential energy
    Stationary(work)
    dynamics = Langevin(
        work,
        timestep * units.fs,
        temperature_K=temperature,
        friction=friction / units.fs,
        rng=rng,
        fixcm=False,
    )
    for number in range(count):
        dynamics.run(interval if number else equilibration + interval)
        cool = work.get_temperature() < 5 * temperature + 2000  # false for NaN
        if least_contact > 0 and not (cool and closest_contact(work) > least_contact):
            return
        yield work


def langevin_frames(
    atoms: Atoms,
    calculator: Calculator,
    rng: np.random.Generator,
    *,
    temperature: float,
    on_frame: Callable[[Atoms], None] | None = None,
    motion: Mapping[str, Any] | None = None,
    **info: object,
) -> list[Atoms]:
    """Labelled frames of one trajectory of `langevin` that the label engine drives.

    Parameters
    ----------
    atoms, calculator, rng, temperature
        As in `langevin`; the calculator is the label engine.
    on_frame
        Called with every frame as soon as it exists.
    motion
        Further arguments of `langevin`.
    info
        Entries of every frame: origin, group, engine, ...; `kind` is ``md`` and `temperature` is set.
    """
    frames: list[Atoms] = []
    for work in langevin(atoms, calculator, rng, temperature=temperature, **(motion or {})):
        frames.append(labelled_copy(work, kind="md", temperature=float(temperature), **info))
        if on_frame is not None:
            on_frame(frames[-1])
    return frames

"""Frames from molecular dynamics with any ASE calculator, for labelling. Knows no model and no label engine."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from ase import Atoms, units
from ase.data import covalent_radii
from ase.md.langevin import Langevin
from ase.md.velocitydistribution import MaxwellBoltzmannDistribution, Stationary

from sswnn.errors import DataError


def closest_contact(atoms: Atoms) -> float:
    """Shortest distance over the sum of covalent radii, dimensionless; infinite for a single atom."""
    from sswnn import _core

    cutoff = 2.0 * covalent_radii[atoms.numbers].max()
    first, second, displacement = _core.neighbor_list(atoms.positions, atoms.cell.array, atoms.pbc, cutoff)
    if not len(first):
        return float("inf")
    radii = covalent_radii[atoms.numbers]
    distance = np.linalg.norm(displacement, axis=1)
    return float((distance / (radii[first] + radii[second])).min())


def langevin_frames(
    start: Atoms,
    calculator,
    temperature: float,
    rng: np.random.Generator,
    *,
    frames: int = 10,
    interval: float = 150.0,
    equilibration: float = 200.0,
    timestep: float = 2.0,
    least_contact: float = 0.6,
) -> Iterator[Atoms]:
    """Decorrelated frames of one canonical trajectory at fixed cell.

    Parameters
    ----------
    start
        First structure; not changed.
    calculator
        Any ASE calculator of energy and forces.
    temperature
        K.
    rng
        Source of the velocities and of the thermostat's noise.
    frames
        Number of frames at most.
    interval, equilibration
        Time between frames and before the first, fs.
    timestep
        fs.
    least_contact
        The trajectory ends early, without an error, when any distance falls below this fraction of the covalent
        sum, when the kinetic temperature passes five times `temperature` plus 2000 K, or when the calculator
        returns numbers that are not finite: the potential has left its domain.

    Yields
    ------
    Atoms
        Positions wrapped into the cell, no calculator; `info["temperature"]` is set.

    Raises
    ------
    DataError
        If temperature, timestep or interval is not positive.
    """
    if min(temperature, timestep, interval) <= 0:
        raise DataError(f"temperature {temperature} K, timestep {timestep} fs and interval {interval} fs must be positive")
    atoms = start.copy()
    atoms.calc = calculator
    MaxwellBoltzmannDistribution(atoms, temperature_K=2 * temperature, rng=rng)
    Stationary(atoms)
    dynamics = Langevin(
        atoms, timestep * units.fs, temperature_K=temperature, friction=0.02 / units.fs, rng=rng
    )
    for number in range(frames):
        dynamics.run(max(1, round((interval if number else equilibration) / timestep)))
        hot = atoms.get_temperature() > 5 * temperature + 2000
        if not np.isfinite(atoms.positions).all() or hot or closest_contact(atoms) < least_contact:
            return
        frame = Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=atoms.pbc)
        frame.wrap()
        frame.info["temperature"] = float(temperature)
        yield frame

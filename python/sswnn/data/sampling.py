"""Unlabelled frames for training: rattled and strained crystals, defects, dimers.

Contact slabs are in `sswnn.data.slabs`, random mixtures in `sswnn.data.mixtures`.

Every function takes its random generator, returns periodic `ase.Atoms`, and knows no label engine.
Lengths in A.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from ase import Atoms
from ase.build import bulk
from ase.data import atomic_numbers, covalent_radii

from sswnn.data.distances import distances_to_nearest
from sswnn.errors import DataError


def tag(frame: Atoms, origin: str, group: str, kind: str, **info: object) -> Atoms:
    """The same frame with the entries that every frame of a data set carries."""
    frame.info.update(origin=origin, group=group, kind=kind, **info)
    return frame


def bare(atoms: Atoms) -> Atoms:
    """Elements, positions, cell and periodicity alone."""
    return Atoms(atoms.get_chemical_symbols(), atoms.positions, cell=atoms.cell, pbc=atoms.pbc)


def random_strain(rng: np.random.Generator, amplitude: float) -> np.ndarray:
    """Symmetric (3, 3) deformation gradient, each component uniform in +-amplitude around the unit
    matrix (shear: half).
    """
    strain = rng.uniform(-amplitude, amplitude, (3, 3))
    strain = np.where(np.eye(3, dtype=bool), strain, strain / 2)
    return np.eye(3) + (strain + strain.T) / 2


def deformed(atoms: Atoms, deformation: np.ndarray) -> Atoms:
    """Copy with cell and positions multiplied from the right by a (3, 3) deformation gradient."""
    copy = atoms.copy()
    copy.set_cell(np.asarray(atoms.cell) @ deformation, scale_atoms=True)
    return copy


def rattled(
    atoms: Atoms, rng: np.random.Generator, std: float, *, strain: float = 0.0, volume: float = 1.0
) -> Atoms:
    """Copy with Gaussian displacements, random strain and scaled volume.

    Parameters
    ----------
    atoms
        Parent.
    rng
        Source of randomness.
    std
        Standard deviation of every displacement component, A.
    strain
        Amplitude of `random_strain`.
    volume
        Volume against the parent.
    """
    copy = deformed(atoms, random_strain(rng, strain) * volume ** (1 / 3))
    copy.positions += rng.normal(0.0, std, copy.positions.shape)
    return copy


def volume_scan(atoms: Atoms, volumes: Sequence[float]) -> list[Atoms]:
    """Copies with uniformly scaled cells, one for every ratio of the volume to that of the parent."""
    return [deformed(atoms, np.eye(3) * v ** (1 / 3)) for v in volumes]


def strain_scan(atoms: Atoms, amplitudes: Sequence[float]) -> list[Atoms]:
    """Copies with one of the six strain components set to each amplitude: what elastic constants
    are made of.
    """
    frames = []
    for i, j in ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)):
        for amplitude in amplitudes:
            deformation = np.eye(3)
            deformation[i, j] += amplitude / (1 if i == j else 2)
            deformation[j, i] = deformation[i, j] if i != j else deformation[j, i]
            frames.append(deformed(atoms, deformation))
    return frames


def vacancy(atoms: Atoms, rng: np.random.Generator, element: str, count: int = 1) -> Atoms:
    """Copy without `count` random atoms of an element.

    Raises
    ------
    DataError
        If there are fewer.
    """
    sites = np.flatnonzero(np.array(atoms.get_chemical_symbols()) == element)
    if len(sites) < count:
        raise DataError(
            f"{count} {element} to remove, but {atoms.get_chemical_formula()} has {len(sites)}"
        )
    copy = atoms.copy()
    del copy[rng.choice(sites, count, replace=False).tolist()]
    return copy


def substituted(
    atoms: Atoms, rng: np.random.Generator, old: str, new: str, count: int = 1
) -> Atoms:
    """Copy in which `count` random atoms of one element are another; errors as in `vacancy`."""
    sites = np.flatnonzero(np.array(atoms.get_chemical_symbols()) == old)
    if len(sites) < count:
        raise DataError(
            f"{count} {old} to replace, but {atoms.get_chemical_formula()} has {len(sites)}"
        )
    copy = atoms.copy()
    copy.symbols[rng.choice(sites, count, replace=False)] = new
    return copy


def exchanged(
    atoms: Atoms,
    rng: np.random.Generator,
    pairs: int,
    *,
    elements: Sequence[str] = ("Li", "Zr", "Cl"),
) -> Atoms:
    """Copy in which `pairs` random pairs of different elements have changed places."""
    copy = atoms.copy()
    symbols = np.array(copy.get_chemical_symbols())
    for _ in range(pairs):
        present = [e for e in elements if (symbols == e).any()]
        if len(present) < 2:
            break
        a, b = rng.choice(present, 2, replace=False)
        i, j = rng.choice(np.flatnonzero(symbols == a)), rng.choice(np.flatnonzero(symbols == b))
        symbols[i], symbols[j] = symbols[j], symbols[i]
    copy.symbols[:] = symbols
    return copy


def interstitial(
    atoms: Atoms, rng: np.random.Generator, element: str, count: int = 1, *, trials: int = 400
) -> Atoms:
    """Copy with `count` atoms of an element added, each at one of the roomiest of random places."""
    copy = atoms.copy()
    for _ in range(count):
        places = rng.random((trials, 3)) @ np.asarray(copy.cell)
        room = distances_to_nearest(copy, places)
        best = np.argsort(room)[-max(1, trials // 40) :]
        copy += Atoms([element], [places[rng.choice(best)]])
    return copy


def lithium_supercell(
    rng: np.random.Generator, n_cells: Sequence[int] = (2, 2, 2), structure: str = "bcc"
) -> Atoms:
    """Li metal supercell, the host of dissolved Zr and Cl."""
    return bulk("Li", structure, a=3.44 if structure == "bcc" else 4.33, cubic=True).repeat(
        tuple(n_cells)
    )


def covalent_sum(first: str, second: str) -> float:
    """Sum of two covalent radii, A."""
    return float(covalent_radii[atomic_numbers[first]] + covalent_radii[atomic_numbers[second]])


def dimer(first: str, second: str, distance: float, box: float = 16.0) -> Atoms:
    """Two atoms in a periodic box; ``info["strong_repulsion"]`` is set below 0.8 of the sum of their covalent radii."""
    atoms = Atoms(
        [first, second], [(0, 0, 0), (distance, 0, 0)], cell=[box + 4.0, box, box], pbc=True
    )
    if distance < 0.8 * covalent_sum(first, second):
        atoms.info["strong_repulsion"] = True
    return atoms


def dimer_scan(first: str, second: str, *, cutoff: float = 6.0, count: int = 24) -> Iterator[Atoms]:
    """Dimers from half the sum of the covalent radii to just beyond the cutoff (A), denser at
    short distance.
    """
    for distance in np.geomspace(0.5 * covalent_sum(first, second), cutoff + 0.2, count):
        yield dimer(first, second, float(distance))


def isolated_atom(element: str, box: float = 16.0) -> Atoms:
    """One atom in a periodic box."""
    return Atoms([element], [(0, 0, 0)], cell=[box] * 3, pbc=True)

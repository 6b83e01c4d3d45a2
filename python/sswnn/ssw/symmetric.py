"""Random crystals with symmetry, by PyXtal: lattice and sites of a random space group, atoms pushed apart within it."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from ase import Atoms
from ase.spacegroup.symmetrize import prep_symmetry, symmetrize_rank1

from sswnn.data.distances import smallest_ratio
from sswnn.data.mixtures import minimum_distances, pushed_apart
from sswnn.errors import DataError
from sswnn.ssw.volumes import checked_volumes

LOOSE = 0.55
"""Share of the minimum distances that atoms keep when they are placed, before they are pushed apart."""

_PRIMITIVE = {
    "P": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "A": [[1, 0, 0], [0, 1 / 2, -1 / 2], [0, 1 / 2, 1 / 2]],
    "C": [[1 / 2, 1 / 2, 0], [-1 / 2, 1 / 2, 0], [0, 0, 1]],
    "I": [[-1 / 2, 1 / 2, 1 / 2], [1 / 2, -1 / 2, 1 / 2], [1 / 2, 1 / 2, -1 / 2]],
    "F": [[0, 1 / 2, 1 / 2], [1 / 2, 0, 1 / 2], [1 / 2, 1 / 2, 0]],
    "R": [[2 / 3, 1 / 3, 1 / 3], [-1 / 3, 1 / 3, 1 / 3], [-1 / 3, -2 / 3, 1 / 3]],
}
"""Primitive vectors in the conventional ones by centring letter (R: hexagonal axes, obverse)."""


def symmetric_crystal(
    rng: np.random.Generator,
    composition: Mapping[str, int],
    *,
    space_groups: Sequence[int] = tuple(range(2, 231)),
    volume_per_atom: Sequence[float] | None = None,
    distances: Mapping[frozenset[str], float] | None = None,
    closeness: float = 1.0,
    attempts: int = 100,
) -> Atoms:
    """Random crystal of a random space group, as a primitive cell.

    PyXtal chooses the lattice and the sites, with `LOOSE` minimum distances; then the atoms are pushed
    apart to 0.98 of the full ones, within the symmetry.

    Parameters
    ----------
    rng
        Source of randomness. PyXtal gets a generator seeded from it, so that the state of `rng` alone
        determines what comes back.
    composition
        Number of atoms of each element in the primitive cell.
    space_groups
        Numbers to draw from, uniformly; those whose sites cannot hold the composition are dropped.
    volume_per_atom, distances, closeness
        As in `random_crystal`.
    attempts
        Space groups drawn before giving up; each has several lattices and placements.

    Returns
    -------
    ase.Atoms
        ``info["space_group"]`` is the number drawn; the atoms may happen to have more symmetry.

    Raises
    ------
    DataError
        If PyXtal is missing, no space group fits the composition, or no attempt keeps the distances;
        the message counts the reasons.

    References
    ----------
    Fredericks et al., Comput. Phys. Commun. 261, 107810 (2021).
    """
    low, high = checked_volumes(composition, volume_per_atom)
    for number in space_groups:
        if not 1 <= number <= 230:
            raise DataError(f"space group {number}, expected 1 to 230")
    length = minimum_distances(composition) if distances is None else distances
    length = {pair: closeness * value for pair, value in length.items()}
    candidates, failures = list(space_groups), Counter[str]()
    for _ in range(attempts):
        if not candidates:
            break
        number = int(rng.choice(candidates))
        volume = rng.uniform(low, high)
        child = np.random.default_rng(rng.integers(2**63))
        found = _placed_by_pyxtal(child, number, composition, volume, length)
        if isinstance(found, Atoms):
            found.info["space_group"] = number
            return found
        failures[found] += 1
        if found == "no sites":
            candidates.remove(number)
    raise DataError(
        f"no symmetric crystal of {dict(composition)} at {low:.1f} to {high:.1f} A^3/atom: "
        f"{failures['no sites']} of {len(space_groups)} space groups have no sites for it, "
        f"{failures['too close']} attempts did not keep {closeness:.2f} of the minimum distances"
    )


def _placed_by_pyxtal(
    rng: np.random.Generator,
    number: int,
    composition: Mapping[str, int],
    volume: float,
    length: Mapping[frozenset[str], float],
) -> Atoms | str:
    """Primitive cell of one space group, or what was in the way: "no sites" or "too close".

    The lattice is made here because PyXtal's own volumes, from atomic radii, are far from ionic ones.

    `volume` in A^3 per atom, `length` the minimum distances in A.
    """
    try:
        from pyxtal import pyxtal
        from pyxtal.lattice import Lattice
        from pyxtal.msg import Comp_CompatibilityError, VolumeError
        from pyxtal.symmetry import Group
        from pyxtal.tolerance import Tol_matrix
    except ImportError as error:
        raise DataError(
            f"symmetric crystals need PyXtal ({error}): pip install 'sswnn[search]'"
        ) from error
    elements, counts = list(composition), list(composition.values())
    tolerance = Tol_matrix(prototype="atomic")
    for pair, value in length.items():
        tolerance.set_tol(min(pair), max(pair), LOOSE * value)
    group = Group(number)
    crystal = pyxtal()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            lattice = Lattice(
                group.lattice_type,
                volume * sum(counts) * group.cellsize(),
                PBC=[1, 1, 1],
                random_state=rng,
            )
            crystal.from_random(
                3, group, elements, counts, lattice=lattice, conventional=False, tm=tolerance, max_count=1, random_state=rng
            )  # fmt: skip
            atoms = _primitive(crystal.to_ase(), group.symbol[0])
    except Comp_CompatibilityError:
        return "no sites"
    except (RuntimeError, VolumeError):
        return "too close"
    atoms = atoms[np.argsort([elements.index(s) for s in atoms.symbols], kind="stable")]
    if Counter(atoms.symbols) != Counter(composition):
        return "too close"
    contact = np.array([[length[frozenset({a, b})] for b in atoms.symbols] for a in atoms.symbols])
    positions = pushed_apart(
        atoms.positions, atoms.cell.array, contact, project=_symmetric_part(atoms)
    )
    if positions is None:
        return "too close"
    atoms.positions = positions
    atoms.wrap()
    return atoms if smallest_ratio(atoms, length) > 0.98 else "too close"


def _symmetric_part(atoms: Atoms) -> Callable[[np.ndarray], np.ndarray]:
    """Projection of (n, 3) displacements on those that keep the symmetry of the atoms."""
    found = prep_symmetry(atoms, symprec=1e-3)
    cell, inverse = atoms.cell.array, np.linalg.inv(atoms.cell.array)
    return lambda step: symmetrize_rank1(cell, inverse, step, *found)


def _primitive(atoms: Atoms, centring: str) -> Atoms:
    """Primitive cell of a conventional one, by the centring letter of its space group."""
    cell = np.array(_PRIMITIVE[centring]) @ atoms.cell.array
    places = np.linalg.solve(cell.T, atoms.positions.T).T % 1.0
    kept: list[int] = []
    for k, place in enumerate(places):
        apart = places[kept] - place
        if not (np.abs(apart - np.round(apart)) < 1e-4).all(axis=1).any():
            kept.append(k)
    return Atoms([atoms.symbols[k] for k in kept], places[kept] @ cell, cell=cell, pbc=True)

"""A nudged elastic band with climbing image between two minima (doi:10.1063/1.1323224, 10.1063/1.1329672), by ASE."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator
from ase.calculators.singlepoint import SinglePointCalculator
from ase.geometry import find_mic
from ase.mep import NEB
from ase.mep.neb import idpp_interpolate
from ase.optimize import FIRE

from sswnn.errors import AnalysisError

STARTS = ("idpp", "linear")
VALLEY = 0.01
"""A minimum between the ends counts if it is deeper than this, eV."""
SAME = 0.3
"""Structures between which no atom moves further than this are the same state, A."""
_AROUND = 5.0  # A: atoms within so much of the path, and half its length, make the cluster of the pair potential


@dataclass(frozen=True)
class BandSettings:
    """How a band is relaxed.

    Attributes
    ----------
    images
        Including both ends.
    force
        Largest force left on an atom of an image, eV/A.
    steps
        Most steps.
    spring
        eV/A^2.
    start
        ``idpp`` (image-dependent pair potential, doi:10.1063/1.4878664) or ``linear``.
    rattle
        Standard deviation of random displacements of the images between the ends, A. A straight path between sites of a crystal
        often lies on a symmetry element, whose forces never leave it, though a lower saddle lies beside it.
    seed
        Of these displacements.
    """

    images: int = 7
    force: float = 0.01
    steps: int = 1000
    spring: float = 0.1
    start: str = "idpp"
    rattle: float = 0.05
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what makes no band."""
        if self.images < 3:
            raise AnalysisError(
                f"number of images is {self.images}, expected at least 3: two ends and one between them"
            )
        for name, value in (("force", self.force), ("steps", self.steps), ("spring", self.spring)):
            if not (np.isfinite(value) and value > 0):
                raise AnalysisError(f"{name} of the band is {value}, expected a positive number")
        if not (np.isfinite(self.rattle) and self.rattle >= 0):
            raise AnalysisError(f"rattle is {self.rattle} A, expected at least 0")
        if self.start not in STARTS:
            raise AnalysisError(
                f"start of the band is {self.start!r}, expected {' or '.join(STARTS)}"
            )


@dataclass(frozen=True, eq=False)
class Band:
    """A relaxed band.

    Attributes
    ----------
    images
        Structures with energy and forces.
    coordinate
        (m,) length of the path of all atoms up to each image, A.
    energies
        (m,) above the first image, eV.
    slopes
        (m,) dE/ds along the path, eV/A.
    steps
        Steps of the optimiser.
    residual
        Largest force left, eV/A.
    converged
        Whether that is within the settings.
    """

    images: list[Atoms]
    coordinate: np.ndarray
    energies: np.ndarray
    slopes: np.ndarray
    steps: int
    residual: float
    converged: bool

    @property
    def top(self) -> int:
        """Highest image."""
        return int(np.argmax(self.energies))


def interpolated(first: Atoms, second: Atoms, settings: BandSettings) -> list[Atoms]:
    """Images of a band that is not yet relaxed, both ends included."""
    way = _way(first, second)
    images = [first.copy() for _ in range(settings.images)]
    for k, image in enumerate(images):
        image.positions += way * k / (settings.images - 1)
    if settings.start == "idpp":
        _spread(images, way)
    random = np.random.default_rng(settings.seed)
    for image in images[1:-1]:
        image.positions += random.normal(scale=settings.rattle, size=image.positions.shape)
    return images


def _spread(images: list[Atoms], way: np.ndarray) -> None:
    """Move images onto the path of the image-dependent pair potential, as a cluster around the atom that moves most: its cost
    grows with the square of the atoms, and the others hardly move.
    """
    first, mover = images[0], int(np.argmax(np.linalg.norm(way, axis=1)))
    middle = first.positions[mover] + 0.5 * way[mover]
    around = find_mic(first.positions - middle, first.cell, first.pbc)[0]
    near = np.linalg.norm(around, axis=1) < _AROUND + 0.5 * np.linalg.norm(way[mover])
    clusters = [
        Atoms(image.numbers[near], around[near] + image.positions[near] - first.positions[near])
        for image in images
    ]
    straight = [cluster.positions.copy() for cluster in clusters]
    band = NEB(clusters, method="improvedtangent")
    idpp_interpolate(band, traj=None, log=None, optimizer=FIRE, fmax=0.1, steps=50)
    for image, cluster, before in zip(images, clusters, straight, strict=True):
        image.positions[near] += cluster.positions - before


def climb(
    first: Atoms,
    second: Atoms,
    calculator: Calculator,
    settings: BandSettings,
    *,
    minimise: Callable[[Atoms], Atoms] | None = None,
    splits: int = 2,
) -> Band:
    """The minimum-energy path between two minima, its highest image on the saddle point.

    Parameters
    ----------
    first, second
        Relaxed ends with the same atoms in the same order.
    calculator
        All images share it: a calculator for each of them was no faster, and large networks fill the memory.
    settings
        Of the band.
    minimise
        The minimum below a structure, in its cell. With it a path that shows a minimum between its ends, deeper than `VALLEY`,
        is made of two bands that meet there: a single one has only one climbing image, and too few others.
    splits
        So often at most, one within the other.
    """
    images = interpolated(first, second, settings)
    for image in images:
        image.calc = calculator
    for end in (images[0], images[-1]):  # once and for all
        end.calc = SinglePointCalculator(end, **_results(end))
    band = _CachedNEB(
        images, k=settings.spring, method="improvedtangent", allow_shared_calculator=True
    )
    steps = _relax(band, 5 * settings.force, settings.steps)
    valley = deepest_valley(np.array([image.get_potential_energy() for image in images]))
    if minimise is not None and splits > 0 and valley is not None:
        middle = minimise(images[valley])
        if min(np.linalg.norm(_way(end, middle), axis=1).max() for end in (first, second)) > SAME:
            parts = [
                climb(a, b, calculator, settings, minimise=minimise, splits=splits - 1)
                for a, b in ((first, middle), (middle, second))
            ]
            return _joined(parts[0], parts[1], steps)
    band.climb = True
    steps += _relax(band, settings.force, max(settings.steps - steps, 1))
    residual = float(np.linalg.norm(band.get_forces(), axis=1).max())
    for image in images[1:-1]:
        image.calc = SinglePointCalculator(image, **_results(image))
    return _band(images, steps, residual, residual <= settings.force)


def deepest_valley(energies: np.ndarray) -> int | None:
    """Image in the deepest minimum between the ends; None if there is none deeper than `VALLEY`."""
    depths = [
        min(energies[: k + 1].max(), energies[k:].max()) - energies[k] for k in range(len(energies))
    ]
    best = int(np.argmax(depths))
    return best if depths[best] > VALLEY else None


class _CachedNEB(NEB):
    """ASE's optimisers ask for the same forces three times a step, and each time they are projected anew."""

    _known: tuple[bytes, bool, np.ndarray] | None = None

    def get_forces(self) -> np.ndarray:
        place = self.get_positions().tobytes()
        if self._known is None or self._known[:2] != (place, self.climb):
            self._known = place, self.climb, super().get_forces()
        return self._known[2].copy()


def _relax(band: NEB, force: float, steps: int) -> int:
    """Relax a band; returns the steps that it took."""
    optimizer = FIRE(band, logfile=os.devnull)  # type: ignore[arg-type]
    optimizer.run(fmax=force, steps=steps)
    return optimizer.nsteps


def _results(atoms: Atoms) -> dict[str, object]:
    return {"energy": atoms.get_potential_energy(), "forces": atoms.get_forces()}


def _band(images: list[Atoms], steps: int, residual: float, converged: bool) -> Band:
    energies = np.array([image.get_potential_energy() for image in images])
    ways = [_way(a, b) for a, b in pairwise(images)]
    lengths = np.array([np.linalg.norm(way) for way in ways])
    slopes = []
    for k, image in enumerate(images):
        along = sum(ways[max(k - 1, 0) : k + 1])
        slopes.append(-float((image.get_forces() * along).sum() / np.linalg.norm(along)))
    return Band(
        images=images,
        coordinate=np.append(0.0, np.cumsum(lengths)),
        energies=energies - energies[0],
        slopes=np.array(slopes),
        steps=steps,
        residual=residual,
        converged=converged,
    )


def _joined(one: Band, two: Band, steps: int) -> Band:
    """Two bands, of which the second begins where the first ends."""
    return Band(
        images=one.images + two.images[1:],
        coordinate=np.append(one.coordinate, one.coordinate[-1] + two.coordinate[1:]),
        energies=np.append(one.energies, one.energies[-1] + two.energies[1:]),
        slopes=np.append(one.slopes, two.slopes[1:]),
        steps=one.steps + two.steps + steps,
        residual=max(one.residual, two.residual),
        converged=one.converged and two.converged,
    )


def _way(first: Atoms, second: Atoms) -> np.ndarray:
    """(n, 3) displacements from one image to the next, A."""
    return find_mic(second.positions - first.positions, first.cell, first.pbc)[0]

"""One walk: step after step from minimum to minimum, stoppable at any step and continued bit for bit."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from ase.data import atomic_masses

from sswnn.data.cells import compact
from sswnn.errors import ConfigError, StructureError
from sswnn.ssw.acceptance import metropolis
from sswnn.ssw.cell import CellMoves, deform
from sswnn.ssw.climb import Climb, climb
from sswnn.ssw.guard import Guard
from sswnn.ssw.minimise import Relaxed, Tolerance, relax_atoms, relax_crystal
from sswnn.ssw.mode import initial_direction
from sswnn.ssw.surface import Surface
from sswnn.ssw.vacancies import settle


@dataclass(frozen=True)
class WalkSettings:
    """All parameters of a walk; lengths in Å, energies in eV (reduced units for Lennard-Jones and Morse atoms)."""

    temperature: float = 0.05  # kT of the Metropolis test, eV
    pressure: float = 0.0  # eV/Å³
    atomic_every: int = 2  # every so many steps of a crystal the atoms climb too, after the cell
    swap_share: float = 0.0  # share of steps that exchange two atoms of different elements instead
    refills: int = 0  # clusters: at most so many atoms a step leave for a vacancy with more contacts
    restart_after: int = 0  # steps without a new best minimum after which the walk starts anew; 0: never
    climb: Climb = field(default_factory=Climb)
    cell: CellMoves = field(default_factory=CellMoves)
    quench: Tolerance = field(default_factory=lambda: Tolerance(force=0.01, stress=0.00005, steps=1000))
    guard: Guard = field(default_factory=Guard)


@dataclass(frozen=True)
class Step:
    """What one step found."""

    number: int
    positions: np.ndarray  # [n, 3], Å
    cell: np.ndarray  # [3, 3], Å
    energy: float  # eV
    enthalpy: float  # eV
    uncertainty: float | None  # eV/Å
    accepted: bool
    reason: str | None  # why it must not be reported
    calls: int  # of the surface, since the walk began


class Walker:
    """A walk on a surface.

    Parameters
    ----------
    surface
        Energy, forces and virial of a fixed list of atoms.
    settings
        All parameters.
    rng
        The walk's own random numbers.
    positions, cell
        Start, [n, 3] and [3, 3], Å; the first step quenches it.

    Raises
    ------
    ConfigError
        If refills are asked for anything but a cluster of one element.
    """

    def __init__(
        self,
        surface: Surface,
        settings: WalkSettings,
        rng: np.random.Generator,
        positions: np.ndarray,
        cell: np.ndarray,
    ):
        self.surface, self.settings, self.rng = surface, settings, rng
        self.masses = atomic_masses[surface.numbers]
        self.crystal = bool(np.all(surface.pbc))
        if settings.refills and (self.crystal or len(np.unique(surface.numbers)) > 1):
            raise ConfigError(
                f"walk.refills is {settings.refills}, but only clusters of one element have refills; set it to 0"
            )
        self.positions, self.cell = np.array(positions, float), np.array(cell, float)
        self.energy = self.enthalpy = np.inf
        self.best = np.inf
        self.since_best = 0
        self.number = 0
        self.calls = 0

    # -- the step ---------------------------------------------------------------------------------

    def step(self) -> Step:
        """Leave the present minimum, quench, and move on or stay. The first call quenches the start."""
        before = self.surface.calls
        try:
            positions, cell = self._moved() if self.started else (self.positions, self.cell)
            found = self._settled(self.quench(positions, cell))
            reason, uncertainty = self.settings.guard.reason(
                self.surface, found.positions, found.cell
            )
            if reason is None and not found.converged:
                reason = f"not converged in {self.settings.quench.steps} steps"
        except (StructureError, ValueError, np.linalg.LinAlgError) as error:
            found, reason, uncertainty = None, f"failed: {error}", None
        self.calls += self.surface.calls - before
        return self._decide(found, reason, uncertainty)

    def quench(self, positions: np.ndarray, cell: np.ndarray) -> Relaxed:
        """The minimum below a structure, a crystal in its reduced cell."""
        if self.crystal:
            found = relax_crystal(
                self.surface, *compact(positions, cell), self.settings.quench, self.settings.pressure,
                self.settings.cell.least_height,
            )  # fmt: skip
            positions, cell = compact(found.positions, found.cell)
            return replace(found, positions=positions, cell=cell)
        return relax_atoms(self.surface, positions, cell, self.settings.quench)

    def _settled(self, found: Relaxed) -> Relaxed:
        """A minimum of a cluster after its refills."""
        if not (self.settings.refills and found.converged):
            return found
        return settle(
            self.rng, found, lambda x: self.quench(x, found.cell), self.settings.refills
        )

    def _moved(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the step's quench starts."""
        settings, rng = self.settings, self.rng
        positions, cell = self.positions, self.cell
        if settings.swap_share > 0 and rng.random() < settings.swap_share:
            return self._swapped(), cell
        energy = self.energy
        if self.crystal:
            positions, cell = deform(
                rng, self.surface, positions, cell, settings.pressure, settings.cell
            )
            if self.number % settings.atomic_every:
                return positions, cell
            energy = self.surface(positions, cell).energy
        start = initial_direction(
            rng,
            positions,
            self.masses,
            settings.climb.rotation.pair_distance,
            cell if self.crystal else None,
        )
        return climb(self.surface, positions, cell, energy, start, settings.climb), cell

    def _swapped(self) -> np.ndarray:
        """Positions with a random pair of atoms of different elements exchanged."""
        numbers = self.surface.numbers
        if len(np.unique(numbers)) < 2:
            raise ValueError("swap moves need two elements")
        first = int(self.rng.integers(len(numbers)))
        others = np.flatnonzero(numbers != numbers[first])
        second = int(self.rng.choice(others))
        positions = self.positions.copy()
        positions[[first, second]] = positions[[second, first]]
        return positions

    def _decide(self, found: Relaxed | None, reason: str | None, uncertainty: float | None) -> Step:
        number = self.number
        self.number += 1
        self.since_best += 1
        if found is None:
            return Step(
                number, self.positions, self.cell, np.nan, np.nan, None, False, reason, self.calls
            )
        energy = found.evaluation.energy
        enthalpy = energy
        if self.crystal:
            enthalpy += self.settings.pressure * abs(float(np.linalg.det(found.cell)))
        accepted = reason is None and metropolis(
            self.rng, enthalpy - self.enthalpy, self.settings.temperature
        )
        if accepted:
            self.positions, self.cell = found.positions, found.cell
            self.energy, self.enthalpy = energy, enthalpy
        if reason is None and enthalpy < self.best - 1e-6:
            self.best, self.since_best = enthalpy, 0
        return Step(
            number, found.positions, found.cell, energy, enthalpy, uncertainty, accepted, reason, self.calls
        )  # fmt: skip

    # -- starting anew, stopping and continuing ---------------------------------------------------

    @property
    def started(self) -> bool:
        """Whether the walk stands in a minimum."""
        return bool(np.isfinite(self.enthalpy))

    @property
    def stuck(self) -> bool:
        """Whether the walk has gone without a new best minimum for longer than `restart_after`, or never found a minimum."""
        if self.number and not self.started:
            return True
        limit = self.settings.restart_after
        return limit > 0 and self.since_best >= limit

    def restart(self, positions: np.ndarray, cell: np.ndarray) -> None:
        """Start anew from another structure; numbers of steps and calls go on."""
        self.positions, self.cell = np.array(positions, float), np.array(cell, float)
        self.enthalpy = self.energy = self.best = np.inf
        self.since_best = 0

    def state(self) -> dict:
        """Everything that the next step depends on, as JSON values."""
        return {
            "positions": self.positions.tolist(),
            "cell": self.cell.tolist(),
            "energy": self.energy,
            "enthalpy": self.enthalpy,
            "best": self.best,
            "since_best": self.since_best,
            "number": self.number,
            "calls": self.calls,
            "rng": self.rng.bit_generator.state,
        }

    def restore(self, state: dict) -> None:
        """Continue from what `state` returned."""
        self.positions, self.cell = np.array(state["positions"]), np.array(state["cell"])
        for name in ("energy", "enthalpy", "best", "since_best", "number", "calls"):
            setattr(self, name, state[name])
        self.rng.bit_generator.state = state["rng"]

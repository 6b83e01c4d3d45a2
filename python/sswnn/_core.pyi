"""Types of the compiled core (pair_nn/python)."""

from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

class Result(TypedDict, total=False):
    energy: float
    energies: NDArray[np.float64]
    forces: NDArray[np.float64]
    virial: NDArray[np.float64]
    uncertainty: NDArray[np.float64]
    virials: NDArray[np.float64]

class Potential:
    def __init__(self, path: str, isa: str = "auto") -> None: ...
    @staticmethod
    def from_bytes(bytes: bytes, isa: str = "auto") -> Potential: ...
    @property
    def elements(self) -> list[str]: ...
    @property
    def cutoff(self) -> float: ...
    @property
    def metadata(self) -> str: ...
    @property
    def isa(self) -> str: ...
    def memory_usage(self) -> int: ...
    def compute(
        self,
        species: ArrayLike,
        positions: ArrayLike,
        cell: ArrayLike,
        pbc: ArrayLike,
        uncertainty: bool = False,
        virials: bool = False,
    ) -> Result: ...

class Lbfgs:
    def __init__(
        self, n: int, memory: int = 8, longest: float = 0.2, curvature: float = 70.0
    ) -> None: ...
    def advance(
        self, x: NDArray[np.float64], force: NDArray[np.float64], tolerance: float
    ) -> float: ...
    def forget(self) -> None: ...

class CrystalLbfgs:
    def __init__(
        self,
        positions: ArrayLike,
        cell: ArrayLike,
        pressure: float,
        memory: int,
        longest: float,
        curvature: float,
    ) -> None: ...
    def place(self) -> tuple[NDArray[np.float64], NDArray[np.float64], float]: ...
    def advance(
        self, forces: ArrayLike, virial: ArrayLike, force: float, stress: float
    ) -> bool: ...

class LennardJones:
    def __init__(self, cutoff: float = 0.0) -> None: ...
    def compute(
        self, positions: ArrayLike, cell: ArrayLike, pbc: ArrayLike
    ) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]: ...

class Morse:
    def __init__(self, rho: float, cutoff: float = 0.0) -> None: ...
    def compute(
        self, positions: ArrayLike, cell: ArrayLike, pbc: ArrayLike
    ) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]: ...

def neighbor_list(
    positions: ArrayLike, cell: ArrayLike, pbc: ArrayLike, cutoff: float
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]: ...
def harmonic_sums(
    positions: ArrayLike,
    cell: ArrayLike,
    pbc: ArrayLike,
    kinds: ArrayLike,
    bonds: ArrayLike,
    degrees: list[int],
    contact: float,
    bonded: float,
    smallest: float,
    range: float,
) -> tuple[NDArray[np.float64], NDArray[np.int32]]: ...
def same_crystal(
    cell_a: ArrayLike,
    fractions_a: ArrayLike,
    kinds_a: ArrayLike,
    cell_b: ArrayLike,
    fractions_b: ArrayLike,
    kinds_b: ArrayLike,
    length: float,
    angle: float,
    site: float,
) -> bool | None: ...
def available_isas() -> list[str]: ...

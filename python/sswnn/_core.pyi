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
def available_isas() -> list[str]: ...

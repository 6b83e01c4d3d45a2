"""Types of the compiled core (pair_nn/python/bindings.cpp)."""

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

def neighbor_list(
    positions: ArrayLike, cell: ArrayLike, pbc: ArrayLike, cutoff: float
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float64]]: ...
def available_isas() -> list[str]: ...

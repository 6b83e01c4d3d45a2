"""A density on a grid as Gaussian cube (VESTA, VMD, OVITO) or legacy VTK (ParaView) file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ase.data import atomic_numbers
from ase.units import Bohr

from sswnn.analysis.interface.density import DensityResult
from sswnn.errors import AnalysisError

SUFFIXES = (".cube", ".vtk")


def write_volume(path: str | Path, result: DensityResult) -> None:
    """Write a `.cube` or a `.vtk` file.

    Raises
    ------
    AnalysisError
        If the name ends otherwise.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".cube":
        write_cube(path, result)
    elif suffix == ".vtk":
        write_vtk(path, result)
    else:
        raise AnalysisError(f"{path}: expected a name that ends in {', '.join(SUFFIXES)}")


def write_cube(path: str | Path, result: DensityResult) -> None:
    """Gaussian cube file: lengths in bohr and densities per bohr^3, as its readers expect; the other atoms of the last frame."""
    density, shape = result.density_per_A3, result.density_per_A3.shape
    steps = result.cell / np.array(shape)[:, None]
    corner = (result.origin + 0.5 * steps.sum(axis=0)) / Bohr
    with open(path, "w") as stream:
        stream.write(
            f"{result.ion} density, mean of {result.frames} frames\n{result.ion} atoms per bohr^3, lengths in bohr\n"
        )
        stream.write(f"{len(result.symbols):5d} {_row(corner)}\n")
        for n, step in zip(shape, steps / Bohr, strict=True):
            stream.write(f"{n:5d} {_row(step)}\n")
        for symbol, position in zip(result.symbols.tolist(), result.positions / Bohr, strict=True):
            number = atomic_numbers[symbol]
            stream.write(f"{number:5d} {number:12.6f} {_row(position)}\n")
        for line in (density * Bohr**3).reshape(-1, shape[2]):
            for k in range(0, shape[2], 6):
                stream.write(" ".join(f"{x:13.5e}" for x in line[k : k + 6]) + "\n")


def _row(vector: np.ndarray) -> str:
    return " ".join(f"{x:12.6f}" for x in vector)


def write_vtk(path: str | Path, result: DensityResult) -> None:
    """Legacy VTK file, binary: a structured grid of the middles of the voxels, A, with the density per A^3."""
    density, shape = result.density_per_A3, result.density_per_A3.shape
    x, y, z = ((np.arange(n) + 0.5) / n for n in shape)
    # the first index runs fastest in VTK
    fraction = np.stack(np.meshgrid(z, y, x, indexing="ij")[::-1], axis=-1).reshape(-1, 3)
    points = (fraction @ result.cell + result.origin).astype(">f4")
    values = density.transpose(2, 1, 0).astype(">f4")
    with open(path, "wb") as stream:
        stream.write(b"# vtk DataFile Version 3.0\n")
        stream.write(f"{result.ion} density, mean of {result.frames} frames\n".encode())
        stream.write(b"BINARY\nDATASET STRUCTURED_GRID\n")
        stream.write(b"DIMENSIONS %d %d %d\nPOINTS %d float\n" % (*shape, density.size))
        stream.write(points.tobytes())
        stream.write(
            b"\nPOINT_DATA %d\nSCALARS %s_per_A3 float 1\n" % (density.size, result.ion.encode())
        )
        stream.write(b"LOOKUP_TABLE default\n" + values.tobytes() + b"\n")

"""Writes LAMMPS text dumps of constructed trajectories."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np


def dump_text(
    frames: list[np.ndarray],
    symbols: list[str],
    cell: np.ndarray,
    *,
    steps: list[int] | None = None,
    times: list[float] | None = None,
    columns: str = "id type element xu yu zu",
    shuffle: np.random.Generator | None = None,
) -> str:
    """The text of a dump as LAMMPS writes it; positions in A, lower triangular cell."""
    types = {x: k for k, x in enumerate(dict.fromkeys(symbols), 1)}
    (lx, _, _), (xy, ly, _), (xz, yz, lz) = cell
    bounds = [
        (min(0, xy, xz, xy + xz), lx + max(0, xy, xz, xy + xz), xy),
        (min(0, yz), ly + max(0, yz), xz),
        (0.0, lz, yz),
    ]
    tilted = bool(xy or xz or yz)
    lines = []
    for t, positions in enumerate(frames):
        if times is not None:
            lines += ["ITEM: UNITS", "metal"] if t == 0 else []
            lines += ["ITEM: TIME", f"{times[t]:.10g}"]
        lines += [
            "ITEM: TIMESTEP",
            str(steps[t] if steps else t),
            "ITEM: NUMBER OF ATOMS",
            str(len(symbols)),
        ]
        lines.append("ITEM: BOX BOUNDS " + ("xy xz yz " if tilted else "") + "pp pp pp")
        lines += [f"{a:.16e} {b:.16e}" + (f" {c:.16e}" if tilted else "") for a, b, c in bounds]
        lines.append(f"ITEM: ATOMS {columns}")
        order = np.arange(len(symbols)) if shuffle is None else shuffle.permutation(len(symbols))
        for k in order:
            x, y, z = positions[k]
            values = {"id": k + 1, "type": types[symbols[k]], "element": symbols[k]}
            values |= {"xu": f"{x:.10f}", "yu": f"{y:.10f}", "zu": f"{z:.10f}"}
            values |= {"x": f"{x:.10f}", "y": f"{y:.10f}", "z": f"{z:.10f}"}
            lines.append(" ".join(str(values[c]) for c in columns.split()))
    return "\n".join(lines) + "\n"


def write_dump(path: Path, *args: object, **options: object) -> Path:
    """Write `dump_text` to `path`, compressed if it ends in .gz."""
    text = dump_text(*args, **options)
    if path.suffix == ".gz":
        with gzip.open(path, "wt") as stream:
            stream.write(text)
    else:
        path.write_text(text)
    return path

"""Atoms, scripts and output of LAMMPS for the tests that run it (fixture `lammps` of tests/lammps)."""

import importlib.metadata
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import sswnn.lammps_plugin
from sswnn import _core

ELEMENTS = ["Li", "Zr", "Cl"]
BAR = 1.6021765e6  # LAMMPS' own eV/Å^3 in bar (nktv2p of units metal)


@dataclass
class Atoms:
    """Positions (Å), types from 1, a lower triangular cell (rows are vectors) and periodic flags."""

    positions: np.ndarray
    types: np.ndarray
    cell: np.ndarray
    pbc: tuple[bool, bool, bool] = (True, True, True)

    def write(self, path: Path, ntypes: int = 3) -> None:
        """Write a LAMMPS data file."""
        (xx, _, _), (xy, yy, _), (xz, yz, zz) = self.cell
        lines = [
            "test",
            f"{len(self.positions)} atoms",
            f"{ntypes} atom types",
            f"0 {xx:.17g} xlo xhi",
            f"0 {yy:.17g} ylo yhi",
            f"0 {zz:.17g} zlo zhi",
            f"{xy:.17g} {xz:.17g} {yz:.17g} xy xz yz" if np.any([xy, xz, yz]) else "",
            "Masses\n",
            *(f"{t + 1} {mass}" for t, mass in enumerate([6.94, 91.224, 35.45, 40.0][:ntypes])),
            "\nAtoms # atomic\n",
        ]
        for k, (t, (x, y, z)) in enumerate(zip(self.types, self.positions, strict=True)):
            lines.append(f"{k + 1} {t} {x:.17g} {y:.17g} {z:.17g}")
        path.write_text("\n".join(lines) + "\n")


def make_atoms(n: int = 4, *, triclinic: bool = False, seed: int = 1, vacuum: float = 0.0) -> Atoms:
    """A jittered cubic lattice of n^3 atoms, 2.6 Å apart, with random types; vacuum along z."""
    random = np.random.default_rng(seed)
    grid = np.array(np.meshgrid(*[np.arange(n)] * 3, indexing="ij")).reshape(3, -1).T / n
    cell = np.eye(3) * 2.6 * n
    if triclinic:
        cell = cell + np.array([[0, 0, 0], [0.21, 0, 0], [-0.13, 0.33, 0]]) * 2.6 * n
    positions = grid @ cell + random.normal(scale=0.15, size=(n**3, 3))
    if vacuum:
        positions[:, 2] += 1.0  # nothing wraps to the far side
        cell[2, 2] += vacuum
    return Atoms(positions, random.integers(1, 4, size=n**3), cell)


def core(model: Path, atoms: Atoms, elements: list[str] | None = None, isa: str = "auto") -> dict:
    """The compiled core's own answer for the same atoms; `elements` by type."""
    potential = _core.Potential(str(model), isa=isa)
    index = [potential.elements.index(symbol) for symbol in elements or ELEMENTS]
    species = np.array([index[t - 1] for t in atoms.types], dtype=np.int32)
    return potential.compute(
        species, atoms.positions, atoms.cell, np.array(atoms.pbc), uncertainty=True, virials=True
    )


@dataclass
class Run:
    """What a run of LAMMPS left: its output, exit code and folder."""

    output: str
    code: int
    folder: Path

    def thermo(self) -> dict[str, np.ndarray]:
        """Columns of all thermo tables, one after the other."""
        rows: list[list[float]] = []
        names: list[str] = []
        inside = False
        for line in self.output.splitlines():
            words = line.split()
            if words[:1] == ["Step"]:
                names, inside = words, True
            elif words[:2] == ["Loop", "time"]:
                inside = False
            elif inside and len(words) == len(names):
                rows.append([float(word) for word in words])
        table = np.array(rows)
        return {name: table[:, k] for k, name in enumerate(names)}

    def dump(self, name: str = "atoms.dump") -> list[dict[str, np.ndarray]]:
        """Frames of a dump file: columns by name."""
        frames = []
        lines = (self.folder / name).read_text().splitlines()
        k = 0
        while k < len(lines):
            count = int(lines[k + 3])
            columns = lines[k + 8].split()[2:]
            table = np.array([line.split() for line in lines[k + 9 : k + 9 + count]], dtype=float)
            frame = {name: table[:, c] for c, name in enumerate(columns)}
            frame["step"] = np.array(int(lines[k + 1]))
            frames.append(frame)
            k += 9 + count
        return frames


def stack(frame: dict[str, np.ndarray], *names: str) -> np.ndarray:
    """Columns of a dump frame side by side."""
    return np.stack([frame[name] for name in names], axis=1)


FORCES = ("fx", "fy", "fz")
STRESS = tuple(f"c_s[{k}]" for k in range(1, 7))
CENTROID = tuple(f"c_c[{k}]" for k in range(1, 10))

# Everything that LAMMPS can ask of a pair style on one step.
OUTPUTS = f"""
compute e all pe/atom
compute s all stress/atom NULL virial
compute c all centroid/stress/atom NULL virial
fix u all pair 1 sswnn uncertainty 1
thermo_style custom step pe pxx pyy pzz pxy pxz pyz
thermo_modify format float %.17g
thermo 1
dump d all custom 1 atoms.dump id type x y z fx fy fz c_e f_u {" ".join(STRESS + CENTROID)}
dump_modify d sort id format float %.17g
"""


def preamble(
    model: Path | str,
    elements: str = "Li Zr Cl",
    *,
    boundary: str = "p p p",
    style: str = "sswnn",
    before: str = "",
) -> str:
    """Script up to and including pair_coeff, for the atoms in atoms.data."""
    return f"""
units metal
atom_style atomic
boundary {boundary}
{before}
read_data atoms.data
pair_style {style}
pair_coeff * * {model} {elements}
"""


def environment() -> dict[str, str]:
    """Environment of `lmp`; a source tree is not registered with LAMMPS, an installed package is."""
    env = dict(os.environ, OMP_NUM_THREADS="1")
    registered = importlib.metadata.entry_points(group="lammps.plugins")
    if not any(entry.value.startswith("sswnn.") for entry in registered):
        own, given = (
            sswnn.lammps_plugin.folder(),
            env.get("LAMMPS_PLUGIN_PATH", "").split(os.pathsep),
        )
        env["LAMMPS_PLUGIN_PATH"] = os.pathsep.join([own, *(x for x in given if x and x != own)])
    return env


def programs() -> tuple[str, str]:
    """Paths of `lmp` and `mpirun`: those beside this Python, else the first on PATH."""
    folder = os.path.dirname(sys.executable)
    lmp, mpirun = (shutil.which(p, path=folder) or shutil.which(p) for p in ("lmp", "mpirun"))
    assert lmp and mpirun, "lmp and mpirun come with the package's requirements"
    return lmp, mpirun


def run_lammps(script: str, folder: Path, ranks: int = 1, *, fails: bool = False) -> Run:
    """Run `lmp` as a user does, under `mpirun` for several ranks; it must succeed, or stop with an error of its own."""
    (folder / "in.test").write_text(script)
    lmp, mpirun = programs()
    command = [] if ranks == 1 else [mpirun, "-np", str(ranks)]
    done = subprocess.run(
        [*command, lmp, "-in", "in.test", "-log", "none"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
    )
    output = done.stdout + done.stderr
    assert (done.returncode != 0) == fails, f"exit code {done.returncode}\n{output}"
    assert done.returncode >= 0 and "Segmentation" not in output, output
    return Run(output, done.returncode, folder)

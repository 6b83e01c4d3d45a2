"""Real PBE labels: GPAW in a process of another Python, behind an ASE calculator, at one fixed set
of settings.

A frame goes to GPAW in the shortest vectors of its lattice: a skewed cell, as searches leave it, would need tenfold
k-points and grid, or more. Plane waves of 600 eV with the stress correction ``dedecut="estimate"``, PBE, spin only
where a frame has initial magnetic moments, shifted k-points, Fermi-Dirac smearing, the energy extrapolated to zero
width. The settings converged for 120 cells of Li-Zr-Cl of 4 to 18 atoms; frames labelled with others lie on another
surface. The zero of energy is GPAW's reference atoms: fit one offset per element before comparing.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
from pathlib import Path
from typing import IO, Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes

from sswnn.data.cells import compact
from sswnn.errors import LabelError

WORKER = Path(__file__).with_name("gpaw_worker.py")
MAGNETIC = frozenset(
    ("V", "Cr", "Mn", "Fe", "Co", "Ni", "Ce", "Pr", "Nd", "Pm", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb")
)
CONVERGENCE = {"energy": 1e-4, "density": 3e-4, "eigenstates": 3e-6}
"""Forces lie within 0.003 eV/A and stresses within 0.003 GPa of those with 1e-4 and 1e-7 (Li-Zr-Cl), in 0.8 of the time."""


def bonding_class(atoms: Atoms) -> str:
    """``metal`` (no Cl), ``salt`` (Li + 4 Zr balance Cl), ``zirconium_chloride`` (Li-free,
    ZrCl2-ZrCl3), or ``reduced``.

    Hf counts as Zr. Cells whose ``info["origin"]`` says ``random`` may be metallic whatever they
    are made of: ``reduced``.
    """
    symbols = atoms.get_chemical_symbols()
    lithium, chlorine = symbols.count("Li"), symbols.count("Cl")
    zirconium = symbols.count("Zr") + symbols.count("Hf")
    if not chlorine:
        return "metal"
    if str(atoms.info.get("origin", "")).startswith("random"):
        return "reduced"
    if lithium + 4 * zirconium == chlorine:
        return "salt"
    if not lithium and zirconium and 2 <= chlorine / zirconium <= 3:
        return "zirconium_chloride"
    return "reduced"


def k_points(atoms: Atoms) -> tuple[int, int, int]:
    """Size of the shifted k-grid, ceil(density |b_i|) with b including 2 pi.

    Density in A: salts 1.6 (1.2 from 18 atoms on), ZrCl2 and ZrCl3 2.0, reduced cells 1.8, metals 4
    (3 above 8 atoms).
    """
    kind, large = bonding_class(atoms), len(atoms)
    density = {
        "salt": 1.2 if large >= 18 else 1.6,
        "zirconium_chloride": 2.0,
        "reduced": 1.8,
        "metal": 3.0 if large > 8 else 4.0,
    }[kind]
    lengths = 2 * math.pi * np.linalg.norm(np.asarray(atoms.cell.reciprocal()), axis=1)
    a, b, c = (max(1, math.ceil(density * length - 1e-9)) for length in lengths)
    return a, b, c


def settings(atoms: Atoms) -> dict[str, Any]:
    """Settings of one frame, as they are sent to the worker.

    Raises
    ------
    LabelError
        For elements that are mostly magnetic without a word about their moments.
    """
    if "initial_magmoms" not in atoms.arrays and (magnetic := set(atoms.get_chemical_symbols()) & MAGNETIC):
        raise LabelError(
            f"{', '.join(sorted(magnetic))} may be magnetic: give the frame initial magnetic moments "
            "(zeros for a state without spin)"
        )
    return {
        "cutoff": 600,
        "xc": "PBE",
        "kpts": k_points(atoms),
        "width": 0.05 if bonding_class(atoms) == "salt" else 0.1,
        "convergence": CONVERGENCE,
        "maxiter": 200,
    }


class GPAWProcess(Calculator):
    """Energy, forces and stress of periodic cells from GPAW in a process of its own.

    Parameters
    ----------
    python
        Python in which `import gpaw` works.
    worker
        Program that answers, see `sswnn.data.gpaw_worker`.

    Raises
    ------
    LabelError
        If the process does not start, or a calculation fails.
    """

    implemented_properties = ["energy", "free_energy", "forces", "stress"]  # noqa: RUF012 - as ASE has it

    def __init__(self, python: str = "/usr/bin/python3", worker: str | Path = WORKER):
        super().__init__()
        self.python = python
        try:
            self._process = subprocess.Popen(
                [python, "-u", str(worker)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                env=_environment(),
            )
        except OSError as error:
            raise LabelError(f"cannot start {python}: {error}") from error
        self._requests: IO[str] = _pipe(self._process.stdin)
        self._answers: IO[str] = _pipe(self._process.stdout)
        self.version = str(self._answer().get("version"))

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: list[str] | None = None,
        system_changes: list[str] = all_changes,
    ) -> None:
        super().calculate(atoms, properties, system_changes)
        if self.atoms is None:
            raise LabelError("no atoms were given to GPAW")
        frame = self.atoms.copy()
        frame.positions, frame.cell[:] = compact(frame.positions, frame.cell.array, frame.pbc)
        request = {
            "numbers": frame.numbers.tolist(),
            "positions": frame.positions.tolist(),
            "cell": np.asarray(frame.cell).tolist(),
            "pbc": [bool(p) for p in frame.pbc],
            "magmoms": frame.get_initial_magnetic_moments().tolist(),
            "settings": settings(frame),
        }
        try:
            self._requests.write(json.dumps(request) + "\n")
            self._requests.flush()
        except OSError as error:
            raise LabelError(f"the GPAW process is gone: {error}") from error
        answer = self._answer()
        if "error" in answer:
            raise LabelError(f"GPAW: {answer['error']}")
        self.results = {
            "energy": answer["energy"],
            "free_energy": answer["energy"],
            "forces": np.array(answer["forces"]),
            "stress": np.array(answer["stress"]),
        }

    def _answer(self) -> dict[str, Any]:
        line = self._answers.readline()
        if not line:
            code = self._process.wait()
            raise LabelError(
                f"{self.python} with GPAW ended with code {code}: is gpaw installed for it?"
            )
        return json.loads(line)

    def close(self) -> None:
        """End the process."""
        if self._process.poll() is None:
            self._requests.close()
            self._process.wait()


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None  # it was asked for
    return stream


def _environment() -> dict[str, str]:
    """Environment of the worker: no PYTHONPATH or virtual environment of this Python, one thread."""
    drop = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
    kept = {
        k: v for k, v in os.environ.items() if k not in drop and not k.startswith(("PMI", "OMPI"))
    }
    return {**kept, "OMP_NUM_THREADS": "1"}

"""One interface over the three evaluators of a model file, so that one set of contracts holds for all of them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.calculators.lammps import Prism
from ase.io.lammpsdata import write_lammps_data
from lammps_tools import BAR, FORCES, run_lammps, stack

from sswnn import _core


@dataclass
class Answer:
    """Energy (eV), energies (n,) (eV), forces (n, 3) (eV/A), virial dE/dstrain (3, 3) (eV), uncertainty (n,) (eV/A)."""

    energy: float
    energies: np.ndarray
    forces: np.ndarray
    virial: np.ndarray
    uncertainty: np.ndarray


Backend = Callable[[Atoms], Answer]


def species(atoms: Atoms, elements: list[str]) -> np.ndarray:
    """Index of each atom's element in the model's list."""
    return np.array([elements.index(s) for s in atoms.get_chemical_symbols()], dtype=np.int32)


def core_backend(model: Path, isa: str) -> Backend:
    """The compiled core with the kernels of one instruction set."""
    potential = _core.Potential(str(model), isa=isa)

    def evaluate(atoms: Atoms) -> Answer:
        found = potential.compute(
            species(atoms, potential.elements),
            atoms.positions,
            atoms.cell.array,
            atoms.pbc,
            uncertainty=True,
        )
        return Answer(**found)

    return evaluate


def twin_backend(model: Path) -> Backend:
    """The PyTorch twin in double precision."""
    from sswnn.twin.model import from_file

    potential = from_file(model)
    elements = _core.Potential(str(model)).elements

    def evaluate(atoms: Atoms) -> Answer:
        found = potential.energy_forces_virial(
            species(atoms, elements), atoms.positions, atoms.cell.array, atoms.pbc
        )
        return Answer(**found)

    return evaluate


SCRIPT = """
units metal
atom_style atomic
boundary {boundary}
atom_modify map array
read_data atoms.data
pair_style sswnn
pair_coeff * * {model} {elements}
thermo_style custom step pe vol pxx pyy pzz pyz pxz pxy
thermo_modify format float %.17g
compute e all pe/atom
fix u all pair 1 sswnn uncertainty 1
dump d all custom 1 atoms.dump id fx fy fz c_e f_u
dump_modify d sort id format float %.17g
compute p all pressure NULL virial
run 0
print "ANSWER $(pe:%.17g) $(vol:%.17g)"
print "NORMAL $(c_p[1]:%.17g) $(c_p[2]:%.17g) $(c_p[3]:%.17g)"
print "SHEAR $(c_p[6]:%.17g) $(c_p[5]:%.17g) $(c_p[4]:%.17g)"
"""


def lammps_backend(model: Path, folder: Path, ranks: int) -> Backend:
    """`pair_style sswnn` in the stock `lmp`, on any number of ranks."""
    elements = _core.Potential(str(model)).elements

    def evaluate(atoms: Atoms) -> Answer:
        boxed = atoms.copy()
        if not atoms.pbc.all():  # LAMMPS needs a box; fixed boundaries have no images
            boxed.cell = np.eye(3) * (2 * np.abs(boxed.positions).max() + 40)
            boxed.positions += boxed.cell.lengths() / 2
        else:
            boxed.wrap()
        prism = Prism(boxed.cell.array)
        write_lammps_data(
            folder / "atoms.data",
            boxed,
            specorder=elements,
            masses=True,
            prismobj=prism,
            atom_style="atomic",
        )
        boundary = "p p p" if atoms.pbc.all() else "f f f"
        script = SCRIPT.format(boundary=boundary, model=model, elements=" ".join(elements))
        run = run_lammps(script, folder, ranks)
        printed = {
            line.split()[0]: line.split()[1:] for line in run.output.splitlines() if line.strip()
        }
        energy, volume = map(float, printed["ANSWER"])
        xx, yy, zz = map(float, printed["NORMAL"])
        yz, xz, xy = map(float, printed["SHEAR"])
        (frame,) = run.dump()
        pressure = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
        virial = -pressure * volume / BAR
        return Answer(
            energy,
            frame["c_e"],
            prism.vector_to_ase(stack(frame, *FORCES)),
            prism.tensor2_to_ase(virial),
            frame["f_u"],
        )

    return evaluate

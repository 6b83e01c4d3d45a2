"""Writes cl2.csv: half the energy of a relaxed molecule Cl2 in a box, with the potential of the searches."""

from ase import Atoms
from ase.optimize import BFGS

from sswnn.potential import models
from sswnn.potential.calculator import SSWNN

MODEL = "LiZrCl"

molecule = Atoms("Cl2", [[0, 0, 0], [0, 0, 2]], cell=[20] * 3, pbc=True)
molecule.calc = SSWNN(MODEL)
BFGS(molecule, logfile=None).run(fmax=0.005)
potential = f"model {models.fingerprint(models.path(MODEL))}"
with open("cl2.csv", "w") as stream:
    stream.write("formula,energy_ev_per_atom,space_group,potential\n")
    stream.write(f"Cl,{molecule.get_potential_energy() / 2:.6f},molecule,{potential}\n")

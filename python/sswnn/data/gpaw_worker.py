"""Program that runs GPAW for `sswnn.data.gpaw_process`, in a Python of its own; needs numpy, ase
and gpaw, and of sswnn only the file beside it that ends it with its parent.

Reads one JSON object a line from the standard input (numbers, positions, cell, pbc, settings) and
answers each with one on the standard output: energy (eV, extrapolated to zero width), forces
(eV/A), stress (Voigt, eV/A^3), or error.
"""

import json
import os
import sys


def calculate(request):
    """Results of one frame; `request` as in the docstring of the module."""
    from ase import Atoms
    from gpaw import GPAW, PW, Davidson, FermiDirac, Mixer, MixerSum

    settings = request["settings"]
    atoms = Atoms(
        request["numbers"], request["positions"], cell=request["cell"], pbc=request["pbc"]
    )
    spin = any(request["magmoms"])
    if spin:
        atoms.set_initial_magnetic_moments(request["magmoms"])
    atoms.calc = GPAW(
        mode=PW(settings["cutoff"], dedecut="estimate"),
        xc=settings["xc"],
        kpts={"size": settings["kpts"], "gamma": False},
        occupations=FermiDirac(settings["width"]),
        spinpol=spin,
        symmetry={"point_group": False},
        convergence=settings["convergence"],
        maxiter=settings["maxiter"],
        # one inner step and a plain, bolder mixing reach the same convergence in 0.6 to 0.8 of the
        # time of the defaults: energies agree to 1e-5 eV, forces to 0.02 eV/A
        eigensolver=Davidson(niter=1),
        mixer=(MixerSum if spin else Mixer)(0.25, 5, 1),
        txt=None,
    )
    return {
        "energy": float(atoms.get_potential_energy()),
        "forces": atoms.get_forces().tolist(),
        "stress": atoms.get_stress().tolist(),
    }


def main():
    """Answer requests until the input ends, or who asks is gone."""
    from processes import end_with  # beside this program, which is not run as part of the package

    end_with(os.getppid())
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever the libraries print must not mix with the answers
    import gpaw

    answers.write(json.dumps({"version": gpaw.__version__}) + "\n")
    answers.flush()
    for line in sys.stdin:
        try:
            answer = calculate(json.loads(line))
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()

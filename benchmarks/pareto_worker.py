"""NEP and MACE in the interpreter that has them: the process behind `pareto_network_peers.py`.

    python pareto_worker.py fit-nep FOLDER       nep.in, train.xyz and validation.xyz of FOLDER -> FOLDER/nep.txt
    python pareto_worker.py nep|mace MODEL       answers requests, one line of JSON each

A request is {"numbers", "positions", "cell"} (Å), answered by {"energy", "forces", "stress"} (eV, eV/Å, eV/Å³);
{"data", "types", "steps"}, a LAMMPS data file and the elements of its types, answered by {"seconds"} of so many steps of
molecular dynamics; or {"parameters"}, answered by how many the model has. What the libraries print goes to the standard error.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path


def fit_nep(folder: Path) -> None:
    """Train as nep.in says, or go on there."""
    from torchnep import train_nep

    files = {name: str(folder / name) for name in ("nep.in", "train.xyz", "validation.xyz", "run")}
    train_nep(
        files["nep.in"], files["train.xyz"], output_dir=files["run"], valid_file=files["validation.xyz"],
        device="cpu", prediction_interval=0, checkpoint_interval=5, run_seed=7,
    )  # fmt: skip
    shutil.copy(folder / "run" / "nep_best.txt", folder / "nep.txt")


def calculator(kind: str, model: str):
    """ASE calculator of a model file, in double precision."""
    if kind == "nep":
        from calorine.calculators import CPUNEP

        return CPUNEP(model)
    from mace.calculators import MACECalculator

    return MACECalculator(model_paths=model, device="cpu", default_dtype="float64")


def labels(request: dict, used) -> dict:
    """Energy, forces and stress of one periodic frame."""
    from ase import Atoms

    atoms = Atoms(request["numbers"], request["positions"], cell=request["cell"], pbc=True, calculator=used)
    energy, forces, stress = atoms.get_potential_energy(), atoms.get_forces(), atoms.get_stress()
    return {"energy": float(energy), "forces": forces.tolist(), "stress": stress.tolist()}


def dynamics(request: dict, used) -> dict:
    """Seconds of steps of 1 fs at constant energy, after one that warms up."""
    from ase import units
    from ase.data import atomic_numbers
    from ase.io import read
    from ase.md.verlet import VelocityVerlet

    species = {k: atomic_numbers[symbol] for k, symbol in enumerate(request["types"], 1)}
    atoms = read(request["data"], format="lammps-data", Z_of_type=species, atom_style="atomic", units="metal")
    atoms.calc = used
    run = VelocityVerlet(atoms, units.fs)
    run.run(1)
    began = time.perf_counter()
    run.run(request["steps"])
    return {"seconds": time.perf_counter() - began}


def parameters(kind: str, path: str, used) -> dict:
    """Numbers of a NEP file that stand alone in their line, or parameters of a network of torch."""
    if kind == "nep":
        count = sum(len(line.split()) == 1 for line in Path(path).read_text().splitlines())
    else:
        count = sum(parameter.numel() for parameter in used.models[0].parameters())
    return {"parameters": count}


def main() -> None:
    """Fit, or answer until the input ends."""
    kind, path = sys.argv[1:]
    if kind == "fit-nep":
        fit_nep(Path(path))
        return
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    used = calculator(kind, path)
    for line in sys.stdin:
        request = json.loads(line)
        if "parameters" in request:
            answer = parameters(kind, path, used)
        else:
            answer = dynamics(request, used) if "steps" in request else labels(request, used)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()

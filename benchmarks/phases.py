"""Crystals of Li-Zr-Cl relaxed with the model, compared with the same crystals relaxed with the
label engine.

Cell and atoms relax together, from the engine's own minimum, until no force exceeds 0.01 eV/Å and
no stress 8 MPa. The formation energy is that of Li2ZrCl6 from 2 LiCl + ZrCl4, per atom, for every
form of Li2ZrCl6; the headline figure is the error for the form that is lowest with the engine.
`--reference` completes phases_reference.json, or makes it anew for another engine (needs the extra
`label`; takes minutes). A relaxation has no random part, so there is no spread.

Usage: python benchmarks/phases.py [--json] [--quick] [--model NAME_OR_PATH] [--reference [--engine
    NAME]]
"""

import argparse
import json
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator
from ase.filters import FrechetCellFilter
from ase.optimize import BFGS
from common import parser, run_script

from sswnn import SSWNN
from sswnn.data.prototypes import PROTOTYPES, prototype
from sswnn.errors import DataError

REFERENCE = Path(__file__).with_name("phases_reference.json")
SALT, CHLORIDE = "licl_rocksalt", "zrcl4_p2c"
FORMS = [name for name in PROTOTYPES if name.startswith("li2zrcl6_")]
PHASES = [SALT, "li_bcc", "li_fcc", "zr_hcp", CHLORIDE, *FORMS]
LARGEST_FORCE = 0.01  # eV/Å
LARGEST_STRESS = (
    5e-5  # eV/Å³, 8 MPa: a strain of 2e-3 even where the modulus is but 4 GPa, between layers
)
STEPS = 400


def relaxed(atoms: Atoms, calculator: Calculator) -> tuple[Atoms, bool]:
    """The crystal at its minimum in cell and positions, and whether it came within both limits."""
    atoms = atoms.copy()
    atoms.calc = calculator
    optimizer = BFGS(FrechetCellFilter(atoms), logfile=None)
    for _ in optimizer.irun(fmax=0.0, steps=STEPS):
        force, stress = np.abs(atoms.get_forces()).max(), np.abs(atoms.get_stress()).max()
        if force < LARGEST_FORCE and stress < LARGEST_STRESS:
            return atoms, True
    return atoms, False


def record(atoms: Atoms, converged: bool) -> dict:
    """What the reference keeps of a relaxed crystal."""
    a, b, c, alpha, beta, gamma = atoms.cell.cellpar()
    return {
        "a": a, "b": b, "c": c, "angles": [alpha, beta, gamma],
        "volume_per_atom": atoms.get_volume() / len(atoms),
        "energy_per_atom": atoms.get_potential_energy() / len(atoms),
        "largest_force": float(np.abs(atoms.get_forces()).max()),
        "largest_stress": float(np.abs(atoms.get_stress()).max()),
        "converged": converged,
        "symbols": atoms.get_chemical_symbols(),
        "cell": atoms.cell.array.round(8).tolist(),
        "scaled_positions": atoms.get_scaled_positions().round(8).tolist(),
    }  # fmt: skip


def make_reference(engine: str) -> None:
    """Relax with a label engine what the file does not yet hold of it; it is written after each phase."""
    from sswnn.data.engines import engine_label, make_engine

    calculator = make_engine(engine)
    label = engine_label(engine, calculator)
    limits = {"force_ev_per_a": LARGEST_FORCE, "stress_ev_per_a3": LARGEST_STRESS}
    content: dict = {"engine": label, "limits": limits, "phases": {}}
    if REFERENCE.exists() and read_reference()["engine"] == label:
        content["phases"] = read_reference()["phases"]
    for name in PHASES:
        if name not in content["phases"]:
            content["phases"][name] = record(*relaxed(prototype(name), calculator))
            print(
                f"{name:24s} {content['phases'][name]['energy_per_atom']:.4f} eV/atom", flush=True
            )
            REFERENCE.write_text(json.dumps(content, indent=1) + "\n")


def read_reference() -> dict:
    """The file's content. Raises DataError if there is none."""
    if not REFERENCE.exists():
        raise DataError(
            f"{REFERENCE.name} is missing; make it by `python {Path(__file__).name} --reference`"
        )
    return json.loads(REFERENCE.read_text())


def crystal(entry: dict) -> Atoms:
    """The engine's relaxed crystal."""
    return Atoms(
        entry["symbols"], scaled_positions=entry["scaled_positions"], cell=entry["cell"], pbc=True
    )


def compare(atoms: Atoms, converged: bool, entry: dict) -> dict:
    """Errors of a relaxed crystal against the engine's, in percent and meV/atom."""
    lengths = dict(zip("abc", atoms.cell.lengths(), strict=True))
    errors = {f"{x}_error_percent": 100 * (lengths[x] / entry[x] - 1) for x in "abc"}
    largest = max(errors.values(), key=abs)
    volume = atoms.get_volume() / len(atoms)
    energy = atoms.get_potential_energy() / len(atoms)
    return errors | {
        "lattice_error_percent": largest,
        "volume_error_percent": 100 * (volume / entry["volume_per_atom"] - 1),
        "energy_error_mev_per_atom": 1000 * (energy - entry["energy_per_atom"]),
        "energy_per_atom": energy,
        "converged": converged,
    }


def formation(energies: dict[str, float], form: str) -> float:
    """Energy of Li2ZrCl6 against 2 LiCl + ZrCl4, meV/atom, from energies per atom: 9 = 2 x 2 + 5 atoms."""
    return 1000 * (energies[form] - (4 * energies[SALT] + 5 * energies[CHLORIDE]) / 9)


def measure(args: argparse.Namespace) -> dict:
    """Relax and compare; the quick form takes the two lowest forms of Li2ZrCl6 only, besides P-3m1."""
    if args.reference:
        make_reference(args.engine)
    content = read_reference()
    entries = content["phases"]
    reference = {name: entry["energy_per_atom"] for name, entry in entries.items()}
    forms = sorted(FORMS, key=lambda name: reference[name])
    if args.quick:
        forms = forms[:2] + [name for name in forms[2:] if name == "li2zrcl6_p-3m1_6g"]
    calculator = SSWNN(args.model)
    wanted = [name for name in PHASES if name not in FORMS or name in forms]
    phases = {}
    for name in wanted:
        phases[name] = compare(*relaxed(crystal(entries[name]), calculator), entries[name])
        print(
            f"{name:24s} largest error of a length {phases[name]['lattice_error_percent']:+.2f} %",
            flush=True,
        )
    energies = {name: phase["energy_per_atom"] for name, phase in phases.items()}
    table = {
        form: {
            "engine_mev_per_atom": formation(reference, form),
            "model_mev_per_atom": formation(energies, form),
            "error_mev_per_atom": formation(energies, form) - formation(reference, form),
        }
        for form in forms
    }
    return {
        "phases": phases,
        "formation": table,
        "formation_li2zrcl6_error_mev_per_atom": abs(table[forms[0]]["error_mev_per_atom"]),
        "formation_largest_error_mev_per_atom": max(
            abs(row["error_mev_per_atom"]) for row in table.values()
        ),
        "largest_lattice_error_percent": max(
            (p["lattice_error_percent"] for p in phases.values()), key=abs
        ),
        "lowest_form": forms[0],
        "lowest_form_of_model": min(forms, key=lambda form: energies[form]),
        "engine": content["engine"],
        "ranks": 1,
        "atoms": max(len(entries[name]["symbols"]) for name in wanted),
    }


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--reference", action="store_true", help="complete phases_reference.json")
    options.add_argument("--engine", default="sevennet", help="label engine (default: %(default)s)")
    options.set_defaults(model="LiZrCl-l3i5")  # the one that learned the label engine alone
    run_script(measure, options)


if __name__ == "__main__":
    main()

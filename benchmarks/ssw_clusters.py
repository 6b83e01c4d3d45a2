"""Force calls and Monte-Carlo steps that a walk needs from a random start to the known global minimum of a cluster,
beside basin hopping and minima hopping of ASE from the same starts on the same surface.

Lennard-Jones or Morse (rho = 14) atoms in reduced units. A run ends when a quench lies less than 0.05 epsilon
above the known energy and a tight quench, whose calls do not count, confirms it to 1e-4; or at the cap. Runs
that hit the cap are censored: the mean is then the exponential maximum-likelihood estimate, total calls /
successes, and the interval a bootstrap of that. What counts are force calls: they do not depend on the machine.

`--gaussians`, `--refills` and `--restart-after` replace those of the preset, to see what each brings.
With `--resume FILE` every finished run is appended to FILE and not done again; give the same command to go on.

Usage: python benchmarks/ssw_clusters.py [--json] [--quick] [--system lj38] [--runs N] [--processes P]
    [--max-calls C] [--gaussians H] [--refills N] [--restart-after N] [--peer-runs N] [--peer-max-calls C] [--resume FILE]
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from ase import Atoms
from common import parser, run_script
from ssw_passage import CENSORING, Ledger, Passage, estimate
from ssw_peers import METHODS, SETTINGS, peer_run

from sswnn.ssw.minimise import Tolerance, relax_atoms
from sswnn.ssw.presets import cluster_settings
from sswnn.ssw.starts import make_start
from sswnn.ssw.surface import PairwiseSurface
from sswnn.ssw.walker import Walker, WalkSettings

NO_CELL = np.zeros((3, 3))
WINDOW = 0.05  # epsilon above the known energy within which a tight quench decides
AGREEMENT = 1e-4  # epsilon
CHANGES = ("gaussians", "refills", "restart_after")  # settings that the command line may replace
TIGHT = Tolerance(force=1e-5, steps=3000, longest=0.02, curvature=400.0)


@dataclass(frozen=True)
class System:
    """A cluster: potential, atoms, energy of the global minimum (Cambridge Cluster Database), default cap of force calls
    (and of a quick run), and the published walk (J. Chem. Theory Comput. 9, 1838 (2013)).
    """

    form: str
    atoms: int
    energy: float
    cap: int
    quick_cap: int
    published: dict


def _published(steps: float, fastest: float, calls: float, runs: int) -> dict:
    return {
        "mean_mc_steps": steps, "mean_mc_steps_fastest_half": fastest, "force_calls_per_step": calls,
        "mean_force_calls": steps * calls, "runs": runs,
    }  # fmt: skip


SYSTEMS = {
    "lj13": System("lj", 13, -44.326801, 1_000_000, 100_000, {}),
    "lj38": System(
        "lj", 38, -173.928427, 20_000_000, 500_000,
        _published(1.71e3, 5.03e2, 376, 1000)
        | {"optbench_force_calls": {"basin hopping (EON)": 5.08e5, "basin hopping (pele)": 5.22e5, "GMIN": 2.66e5}},
    ),
    "lj55": System("lj", 55, -279.248470, 5_000_000, 300_000, _published(76.5, 38.2, 364, 1000)),
    "lj75": System("lj", 75, -397.492331, 500_000_000, 500_000, _published(1.07e5, 2.29e4, 396, 100)),
    "morse29": System("morse", 29, -102.774589, 20_000_000, 500_000, {"success_in_10000_steps": 0.25}),
    "morse80": System("morse", 80, -340.811371, 500_000_000, 500_000, _published(4.74e4, 5.84e3, 460, 100)),
}  # fmt: skip


def surface(system: System) -> PairwiseSurface:
    """The pair sum of a system, with its own count of calls."""
    return PairwiseSurface(system.form, system.atoms)


def start(system: System, rng: np.random.Generator) -> Atoms:
    """A random start. Morse atoms, which do not feel each other from afar, begin in a sphere of 1.15 times the packed radius."""
    options: dict = {"kind": "cluster", "number": system.atoms}
    if system.form == "morse":
        packed = (3 * system.atoms / (4 * np.pi * np.sqrt(2))) ** (1 / 3)
        options |= {"radius": 1.15 * float(packed), "minimum_distance": 0.75}
    return make_start(options, rng)


def target(system: System) -> Callable[[np.ndarray, float], bool]:
    """Whether positions of some energy lie in the basin of the global minimum."""
    judge = surface(system)

    def reached(positions: np.ndarray, energy: float) -> bool:
        if not energy < system.energy + WINDOW:
            return False
        return relax_atoms(judge, positions, NO_CELL, TIGHT).evaluation.energy < system.energy + AGREEMENT

    return reached


def walk_settings(name: str, changes: tuple[tuple[str, int], ...] = ()) -> WalkSettings:
    """The preset of a system, with other values of `gaussians`, `refills` and `restart_after` where given."""
    settings = cluster_settings(SYSTEMS[name].form)
    own = dict(changes)
    if "gaussians" in own:
        settings = replace(settings, climb=replace(settings.climb, gaussians=own.pop("gaussians")))
    return replace(settings, **own)


def walk(name: str, changes: tuple[tuple[str, int], ...], seed: int, cap: int) -> Passage:
    """One walk to the global minimum."""
    system = SYSTEMS[name]
    rng = np.random.default_rng(seed)
    reached = target(system)
    settings = walk_settings(name, changes)
    walker = Walker(surface(system), settings, rng, start(system, rng).positions, NO_CELL)
    began, accepted = time.process_time(), 0
    found = False
    while not found and walker.calls < cap:
        if walker.stuck:
            walker.restart(start(system, rng).positions, NO_CELL)
        step = walker.step()
        accepted += step.accepted
        found = reached(step.positions, step.energy)
    seconds = time.process_time() - began
    return Passage(
        seed, found, walker.calls, walker.number, seconds, {"accepted": accepted, "best": walker.best}
    )


def peer(name: str, method: str, seed: int, cap: int) -> Passage:
    """One run of a peer from the start of our walk of that seed."""
    system = SYSTEMS[name]
    first = start(system, np.random.default_rng(seed))
    quench = cluster_settings(system.form).quench
    return peer_run(method, first, surface(system), quench, target(system), seed, cap)


def measure(args: argparse.Namespace) -> dict:
    """Our walks, then the peers'."""
    system = SYSTEMS[args.system]
    runs = args.runs or (4 if args.quick else 100)
    cap = int(args.max_calls or (system.quick_cap if args.quick else system.cap))
    peer_runs = (1 if args.quick else 10) if args.peer_runs is None else args.peer_runs
    peer_cap = int(args.peer_max_calls or (100_000 if args.quick else min(cap, 2_000_000)))
    ledger = Ledger(args.resume)
    changes = tuple((key, n) for key in CHANGES if (n := getattr(args, key)) is not None)
    variant = (args.system, changes)
    settings = asdict(walk_settings(*variant))
    passages = ledger.runs(walk, variant, settings, range(runs), cap, args.processes)
    result = {"system": args.system, "atoms": system.atoms, "known_energy": system.energy} | estimate(passages)
    result |= {
        "max_calls": cap,
        "censoring": CENSORING,
        "lowest_energy": min(p.extra["best"] for p in passages),
        "acceptance": sum(p.extra["accepted"] for p in passages) / sum(p.steps for p in passages),
        "published": system.published,
        "settings": settings,
    }
    for method in METHODS if peer_runs else ():
        both = {"quench": settings["quench"], method: SETTINGS[method]}
        found = ledger.runs(peer, (args.system, method), both, range(peer_runs), peer_cap, args.processes)
        result |= _named(method, estimate(found), both, peer_cap)
    return result | {"processes": args.processes, "precision": "double"}


def _named(method: str, figures: dict, settings: dict, cap: int) -> dict:
    """A peer's figures with its name before the keys."""
    kept = (
        "mean_force_calls", "ci95", "median_force_calls", "runs", "successes", "success", "force_calls_per_step",
        "spread_force_calls", "total_force_calls",
    )  # fmt: skip
    chosen = {f"{method}_{key}": figures[key] for key in kept}
    return chosen | {f"{method}_max_calls": cap, f"{method}_censoring": CENSORING, f"{method}_settings": settings}


def main() -> None:
    """Measure and print."""
    options = parser(__doc__, model=False)
    options.add_argument("--system", choices=SYSTEMS, default="lj38", help="default: %(default)s")
    options.add_argument("--runs", type=int, help="of our walk (default 100, quick 4)")
    options.add_argument("--processes", type=int, default=1, help="default: %(default)s")
    options.add_argument("--max-calls", type=float, help="cap of a run (default by system)")
    options.add_argument("--gaussians", type=int, metavar="H", help="of a climb (default by preset)")
    options.add_argument("--refills", type=int, metavar="N", help="of a step (default by preset)")
    options.add_argument(
        "--restart-after", type=int, metavar="N", help="steps without a lower minimum (default by preset)"
    )
    options.add_argument("--peer-runs", type=int, help="of each peer (default 10, quick 1; 0: none)")
    options.add_argument("--peer-max-calls", type=float, help="cap of a peer's run (default 2e6, quick 1e5)")
    options.add_argument("--resume", type=Path, metavar="FILE", help="keep finished runs here and go on from them")
    run_script(measure, options)


if __name__ == "__main__":
    main()

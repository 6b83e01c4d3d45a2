"""Barriers of Li hops in layered Li2ZrCl6, by channel and mechanism, beside the published range.

Two crystals, relaxed with the model: P-31c (Li on 2d and 2a) and C2/m (Li on 4g), both with all Li in the
Zr layers and empty octahedra between them; 162 atoms each (`--quick`: C2/m with 72 atoms and one
hop of each channel). Vacancy: a Li hops into a missing one (channel III here). Frenkel: a
Li goes into an empty octahedron, the cell stays complete (channel I). Interstitial: an added Li hops
between those (channel II). Cells are neutral, see docs/barriers.md. A barrier is that from the
lower end. Published: 0.14 to 0.67 eV, channels I and II lower than III (Nano Lett. 2022,
doi:10.1021/acs.nanolett.2c00187). A band has no random part but its seed, so there is no spread.
Hops that are finished in `--folder` are not run again.

Usage: python benchmarks/barriers.py [--json] [--quick] [--model NAME_OR_PATH] [--folder DIR]
    [--compare ENGINE]
"""

import argparse
import tempfile
from pathlib import Path

from common import parser, run_script

from sswnn import SSWNN
from sswnn.barriers import (
    MECHANISMS,
    BandSettings,
    Hop,
    HopResult,
    distinct_hops,
    find_sites,
    run_hops,
)
from sswnn.barriers.compare import compare_engine
from sswnn.barriers.tables import ORDER, PUBLISHED, from_lower_end, lowest_of_channels, verdict
from sswnn.data.prototypes import prototype
from sswnn.interface.relax import relax_bulk

SYSTEMS = {"P-31c": ("li2zrcl6_p-31c_2d2a", (3, 3, 1)), "C2/m": ("li2zrcl6_c2m_4g", (3, 3, 2))}
QUICK = {"C2/m": ("li2zrcl6_c2m_4g", (2, 2, 2))}
RELAX_FORCE = 0.002  # eV/Å


def chosen(hops: list[Hop], quick: bool) -> list[Hop]:
    """Hops that pass over no site; of each channel only the shortest if it has to be quick."""
    free = [hop for hop in hops if not hop.blocked and hop.channel]
    if not quick:
        return free
    return [
        next(hop for hop in free if hop.channel == name)
        for name in ORDER
        if any(h.channel == name for h in free)
    ]


def row(result: HopResult) -> dict:
    """What is printed of a hop."""
    return {
        "mechanism": result.mechanism,
        "channel": result.channel,
        "distance_A": result.distance_A,
        "barrier_ev": from_lower_end(result),
        "forward_ev": result.forward_ev,
        "backward_ev": result.backward_ev,
        "status": result.status,
        "note": result.note,
        "steps": result.steps,
        "seconds": result.seconds,
    }


def measure(args: argparse.Namespace) -> dict:
    """Run the hops of all systems."""
    calculator = SSWNN(args.model)
    result: dict = {"systems": {}}
    atoms = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name, (crystal, supercell) in (QUICK if args.quick else SYSTEMS).items():
            folder = Path(args.folder or scratch) / crystal
            host = relax_bulk(prototype(crystal), calculator, fmax=RELAX_FORCE, steps=1000)
            sites = find_sites(host)
            hops = [hop for mechanism in MECHANISMS for hop in distinct_hops(sites, mechanism)]
            found = run_hops(
                folder, sites, chosen(hops, args.quick), supercell, calculator,
                str(calculator.parameters["sha256"]), BandSettings(), lambda line: print(line, flush=True),
            )  # fmt: skip
            atoms = max(atoms, *(r.atoms for r in found))
            lowest = lowest_of_channels(found)
            result["systems"][name] = {
                "space_group": sites.group.symbol, "supercell": list(supercell), "hops": {r.name: row(r) for r in found},
                "lowest": lowest, "order": verdict(lowest), "failed": [r.name for r in found if not r.converged],
            }  # fmt: skip
            if args.compare:
                for hop in compare_engine(
                    folder, found, args.compare, say=lambda line: print(line, flush=True)
                ):
                    result["systems"][name]["hops"][hop.name] |= {
                        "engine_forward_ev": hop.forward_ev, "engine_backward_ev": hop.backward_ev,
                        "engine_force_rmse_ev_per_A": hop.force_rmse_ev_per_A,
                    }  # fmt: skip
    return result | {
        "published": PUBLISHED,
        "engine": args.compare or "",
        "ranks": 1,
        "atoms": atoms,
    }


def main() -> None:
    """Measure and print."""
    options = parser(__doc__)
    options.add_argument(
        "--folder", metavar="DIR", help="keep hops there, and go on from those that are"
    )
    options.add_argument(
        "--compare", metavar="ENGINE", help="label engine at the images, such as sevennet"
    )
    options.set_defaults(model="LiZrCl-D3")  # the distance of the layers decides
    run_script(measure, options)


if __name__ == "__main__":
    main()

"""Command `sswnn barrier`: barriers of single ion hops in a crystal by nudged elastic bands."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sswnn.cli.engine import calculator_of
from sswnn.errors import AnalysisError

if TYPE_CHECKING:
    from ase import Atoms
    from ase.calculators.calculator import Calculator

    from sswnn.barriers import BandSettings, Hop, HopResult
    from sswnn.barriers.compare import EngineHop

RELAX_FORCE = 0.002
"""Of the crystal, eV/A."""


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Describe the command's arguments."""
    parser = subparsers.add_parser(
        "barrier",
        help="barriers of single ion hops in a crystal by nudged elastic bands",
        description="Symmetry-distinct hops of an ion, with their channel in a layered crystal. Relaxes both ends of each at "
        "fixed cell and runs a climbing-image nudged elastic band: barriers.csv, energies.csv, barriers.json, barriers.png, "
        "images as .extxyz. The same call goes on after a kill. See docs/barriers.md.",
    )
    parser.add_argument("structure", metavar="STRUCTURE",
                        help="archive of a search, .extxyz, CIF or what else ASE reads, or the name of a crystal")  # fmt: skip
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--id", type=int, metavar="N", help="of a file with several structures")
    parser.add_argument(
        "--list", action="store_true", help="list the hops and write hops.csv, no more"
    )
    hops = parser.add_argument_group("hops")
    hops.add_argument("--ion", default="Li", help="element that hops (default Li)")
    hops.add_argument("--mechanism", nargs="+", default=["vacancy"], choices=["vacancy", "frenkel", "interstitial"],
                      help="into a vacancy; from a site of the perfect crystal into an empty octahedron; of an added ion between "
                      "those (default vacancy)")  # fmt: skip
    hops.add_argument(
        "--cutoff", type=float, default=5.0, metavar="A", help="longest hop (default 5)"
    )
    hops.add_argument(
        "--channel", nargs="+", choices=["I", "II", "III"], help="only hops of these channels"
    )
    hops.add_argument(
        "--hops", nargs="+", metavar="NAME", help="only these, such as v1 f2 (see --list)"
    )
    hops.add_argument(
        "--all", action="store_true", help="also hops that pass over another site or cation"
    )
    hops.add_argument(
        "--centre", help="element that makes the layers (default by electronegativity)"
    )
    hops.add_argument("--anion", help="element of the octahedra (default the most electronegative)")
    hops.add_argument(
        "--tolerance", type=float, default=0.05, help="of the symmetry, A (default 0.05)"
    )
    cell = parser.add_argument_group("cell and potential")
    cell.add_argument(
        "--supercell",
        type=int,
        nargs=3,
        metavar=("A", "B", "C"),
        help="repeats (default: at least 10 A high)",
    )
    cell.add_argument(
        "--as-is", action="store_true", help="do not relax cell and atoms of the crystal first"
    )
    which = cell.add_mutually_exclusive_group()
    which.add_argument(
        "--model", default="LiZrCl", help="shipped model or model file (default LiZrCl)"
    )
    which.add_argument(
        "--engine",
        metavar="NAME",
        help="instead: of sswnn label (sevennet, chgnet, gpaw, import path)",
    )
    cell.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="argument of the engines, repeatable",
    )
    cell.add_argument(
        "--compare-engine",
        metavar="NAME",
        help="its energies and forces at our images, beside ours",
    )
    band = parser.add_argument_group("band")
    band.add_argument("--images", type=int, default=7, help="including both ends (default 7)")
    band.add_argument(
        "--force", type=float, default=0.01, help="largest force left, eV/A (default 0.01)"
    )
    band.add_argument("--steps", type=int, default=1000, help="most steps (default 1000)")
    band.add_argument(
        "--start", choices=["idpp", "linear"], default="idpp", help="first path (default idpp)"
    )
    band.add_argument("--rattle", type=float, default=0.05, metavar="A",
                      help="random displacements of the first path, off its symmetry (default 0.05)")  # fmt: skip
    band.add_argument("--seed", type=int, default=0, help="of these (default 0)")
    band.add_argument(
        "--write-lammps", action="store_true", help="files of inputs/in.neb in OUT/lammps/HOP"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List, run, compare, write and draw as the arguments say; returns the exit code, 0 also when single hops failed."""
    from sswnn.analysis.tables import write_csv
    from sswnn.barriers import BandSettings, distinct_hops, find_sites, run_hops
    from sswnn.barriers.states import default_supercell
    from sswnn.barriers.tables import hop_columns

    settings = BandSettings(images=args.images, force=args.force, steps=args.steps, start=args.start,
                            rattle=args.rattle, seed=args.seed)  # fmt: skip
    calculator, name = calculator_of(args.engine or args.model, args.option)
    potential = f"{name} {calculator.parameters.get('sha256', '')}".strip()
    args.out.mkdir(parents=True, exist_ok=True)
    crystal = _crystal(args, calculator, potential)
    sites = find_sites(
        crystal, ion=args.ion, anion=args.anion, centre=args.centre, tolerance=args.tolerance
    )
    hops = [
        hop
        for kind in dict.fromkeys(args.mechanism)
        for hop in distinct_hops(sites, kind, args.cutoff)
    ]
    supercell = tuple(args.supercell) if args.supercell else default_supercell(crystal)
    print(
        f"{crystal.get_chemical_formula()}, {sites.group}, {sites.occupied.sum()} {args.ion} and {(~sites.occupied).sum()} empty "
        f"octahedra per cell; supercell {supercell[0]} x {supercell[1]} x {supercell[2]}, {name}"
    )
    for hop in hops:
        print(_line(hop))
    write_csv(args.out / "hops.csv", hop_columns(hops))
    chosen = _chosen(hops, args)
    if args.list:
        return 0
    say = lambda text: print(text, flush=True)  # noqa: E731
    results = run_hops(args.out, sites, chosen, supercell, calculator, potential, settings, say)
    engine: list[EngineHop] = []
    if args.compare_engine:
        from sswnn.barriers.compare import compare_engine
        from sswnn.cli.label import options_of

        engine = compare_engine(
            args.out, results, args.compare_engine, options_of(args.option), say
        )
    _write(args, results, engine, supercell, name)
    if args.write_lammps:
        _lammps(args.out, results, settings)
    return 0


def _crystal(args: argparse.Namespace, calculator: Calculator, potential: str) -> Atoms:
    """The crystal, relaxed once with its space group kept, and kept in crystal.extxyz."""
    from sswnn.data.frames import frame_key, read_frames, write_frames
    from sswnn.data.sampling import bare
    from sswnn.interface.relax import relax_bulk
    from sswnn.thermo.sources import structures
    from sswnn.workflow.steps import Steps

    found = list(structures(args.structure, tolerance=None))
    if args.id is not None:
        found = [p for p in found if p.source.rsplit("#", 1)[-1] == str(args.id)]
    if len(found) != 1:
        raise AnalysisError(
            f"{args.structure}: {len(found)} structures are as asked for, choose one by --id N"
        )
    if found[0].atoms is None:
        raise AnalysisError(f"{args.structure}: no structure in it")
    crystal = bare(found[0].atoms)
    path = args.out / "crystal.extxyz"

    def prepare() -> None:
        write_frames(
            path,
            [
                crystal
                if args.as_is
                else relax_bulk(crystal, calculator, fmax=RELAX_FORCE, steps=1000)
            ],
        )

    values = {"structure": frame_key(crystal), "potential": potential, "relaxed": not args.as_is}
    if path.exists() and not (args.out / "steps.json").exists():
        raise AnalysisError(f"{path} exists and is not of this command; give another folder")
    Steps(args.out, print).run("crystal", prepare, values=values, inputs=[], products=[path.name])
    return bare(read_frames(path)[0])


def _chosen(hops: Sequence[Hop], args: argparse.Namespace) -> list[Hop]:
    """Hops as the options say."""
    unknown = set(args.hops or ()) - {hop.name for hop in hops}
    if unknown:
        raise AnalysisError(
            f"no hop {', '.join(sorted(unknown))}, hops are {', '.join(hop.name for hop in hops) or 'none'}"
        )
    found = [
        hop
        for hop in hops
        if (args.hops is None or hop.name in args.hops)
        and (args.channel is None or hop.channel in args.channel)
        and (args.all or not hop.blocked or hop.name in (args.hops or ()))
    ]
    if not found:
        raise AnalysisError(
            f"no hop of {args.ion} up to {args.cutoff:g} A by {' or '.join(args.mechanism)} is as asked for"
        )
    return found


def _line(hop: Hop) -> str:
    ends = "equivalent ends" if hop.equivalent_ends else "different ends"
    passes = ", passes over a site" if hop.blocked else ""
    return (
        f"  {hop.name:4s} {hop.mechanism:12s} channel {hop.channel or '-':3s} {hop.distance:.3f} A, {hop.multiplicity} per cell, "
        f"{ends}{passes}"
    )


def _write(
    args: argparse.Namespace,
    results: Sequence[HopResult],
    engine: Sequence[EngineHop],
    supercell: Sequence[int],
    name: str,
) -> None:
    """Tables, picture, and the lines about channels."""
    from dataclasses import asdict

    from sswnn.analysis.tables import write_csv, write_json
    from sswnn.barriers.tables import (
        PUBLISHED,
        barrier_columns,
        energy_columns,
        lowest_of_channels,
        verdict,
    )
    from sswnn.plotting.barrier import plot_barriers

    lowest = lowest_of_channels(results)
    for channel, row in lowest.items():
        print(
            f"channel {channel:3s}: lowest barrier {row['barrier_ev']:.3f} eV ({row['hop']}, {row['mechanism']})"
        )
    theirs = {hop.name: hop for hop in engine}
    for r in results:
        if r.name in theirs:
            t = theirs[r.name]
            print(f"  {r.name} {args.compare_engine} at our images: {t.forward_ev:.3f} eV, back {t.backward_ev:.3f} eV, "
                  f"ours {r.forward_ev:.3f}, {r.backward_ev:.3f}; forces differ by {t.force_rmse_ev_per_A:.3f} eV/A")  # fmt: skip
    failed = [r.name for r in results if not r.converged]
    if failed:
        print(f"without a barrier: {', '.join(failed)}; barriers.csv says why")
    write_csv(args.out / "barriers.csv", barrier_columns(results, engine))
    write_csv(args.out / "energies.csv", energy_columns(results, engine))
    write_json(args.out / "barriers.json", {
        "potential": name, "supercell": list(supercell), "hops": [asdict(r) for r in results], "lowest": lowest,
        "order": verdict(lowest), "published_li2zrcl6": PUBLISHED,
        "engine": args.compare_engine, "engine_hops": [asdict(hop) for hop in engine],
    })  # fmt: skip
    written = ["hops.csv", "barriers.csv", "energies.csv", "barriers.json"]
    if any(r.energies_ev for r in results):
        plot_barriers(
            results, args.out / "barriers.png", engine=engine, engine_name=args.compare_engine or ""
        )
        written.append("barriers.png")
    print(f"written: {args.out}/{', '.join(written)}")


def _lammps(out: Path, results: Sequence[HopResult], settings: BandSettings) -> None:
    """Start of each band as files of in.neb."""
    from sswnn.barriers.band import interpolated
    from sswnn.barriers.lammps import write_neb
    from sswnn.data.frames import read_frames
    from sswnn.data.sampling import bare
    from sswnn.workflow.inputs import input_script

    for result in results:
        if not result.energies_ev:
            continue
        band = read_frames(out / f"{result.name}.extxyz")
        folder = out / "lammps" / result.name
        types = write_neb(folder, interpolated(bare(band[0]), bare(band[-1]), settings))
        print(
            f"written: {folder} for types {' '.join(types)}; there: mpirun -np {settings.images} lmp -partition "
            f"{settings.images}x1 -in {input_script('in.neb')} -log neb.log"
        )

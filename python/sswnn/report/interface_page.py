"""The page of an interface run: system, numbers beside the published ones, figures, data files, how to repeat it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from sswnn.report import html

PAPER = "Li, Cheng et al., Nano Lett. 2022"
DOI = "doi:10.1021/acs.nanolett.2c00187"
_NO_VALUE = "–"


def write_interface_page(folder: Path, page: Path) -> None:
    """Write the page from `numbers.json` and the figures in `folder`.

    Parameters
    ----------
    folder
        Output of `sswnn demo` after its analysis.
    page
        HTML file to write, in the same folder so that its links work.
    """
    numbers = json.loads((folder / "numbers.json").read_text())
    run = numbers["run"]
    title = f"Li(111) | Li₂ZrCl₆(001): {run['picoseconds']:g} ps at {run['temperature']:g} K"
    page.write_text(
        html.page(
            title,
            _lead(numbers),
            html.section(
                "The interface",
                _system_table(numbers["system"]),
                *_spacing(numbers["system"]),
                _snapshots(folder),
            ),
            html.section(
                "Results beside the published ones", _results_table(numbers), _scope(numbers)
            ),
            html.section("Zr–Cl bonds and dissolution", *_dissolution_figures(folder, numbers)),
            html.section(
                "Where the atoms are and how far they move", *_structure_figures(folder, numbers)
            ),
            html.section("The run", _run_table(numbers), _thermo_figure(folder)),
            html.section("Data", _data_links(folder)),
            html.section("Repeat it", *_commands(run)),
        ),
        encoding="utf-8",
    )


def _lead(numbers: dict) -> str:
    system, run, zr = numbers["system"], numbers["run"], numbers["dissolution"]
    dissolved = zr["dissolved_at_end"]
    if zr["onset_ps"] is not None:
        what = f"The first Zr dissolves at {zr['onset_ps']:.2f} ps; {dissolved} of {zr['zr_atoms']} have no Cl at last."
    elif dissolved:
        what = f"At the end {dissolved} of {zr['zr_atoms']} Zr have no Cl, none of them for {zr['hold_ps']:g} ps yet."
    else:
        what = f"All {zr['zr_atoms']} Zr still have Cl neighbours at the end."
    if detached := numbers["detached_atoms_at_end"]:
        what += f" {detached} atoms have evaporated, which no solid does here: do not trust this potential for it."
    return html.paragraph(
        f"{system['atoms']} atoms, minimised at fixed lattice, then {run['picoseconds']:g} ps of molecular "
        f"dynamics with the potential {run['potential'].get('name', run['model_file'])}. {what}",
        "lead",
    )


def _system_table(system: dict) -> str:
    film, substrate, published = (
        system["sides"]["film"],
        system["sides"]["substrate"],
        system["published"],
    )
    composition = ", ".join(f"{n} {x}" for x, n in system["composition"].items())
    height = system["cell_A"][2][2]
    rows = [
        ("Atoms", f"{system['atoms']} ({composition})", _NO_VALUE),
        ("Interfaces in the cell", "2, no vacuum" if system["periodic_double_interface"] else
         f"1, {system['vacuum_A']:g} Å of vacuum", _NO_VALUE),
        ("Li₂ZrCl₆ layers, thickness", _thickness(substrate),
         f"{published['substrate_layers']}, {published['substrate_thickness_A']} Å"),
        ("Li layers, thickness", _thickness(film), f"{published['film_layers']}, {published['film_thickness_A']} Å"),
        ("Lattice mismatch", f"{system['mismatch_percent']:.2f} %", f"{published['mismatch_percent']} %"),
        ("Strain of Li, of Li₂ZrCl₆ (principal, in plane)",
         f"{_strain(system, 'film')}; {_strain(system, 'substrate')}", _NO_VALUE),
        ("Area, height of the cell", f"{system['area_A2']:.1f} Å², {height:.1f} Å", _NO_VALUE),
        ("Crystal cells", "at the potential's own lattice constants" if system["relaxed_with_potential"]
         else "literature lattice constants", _NO_VALUE),
    ]  # fmt: skip
    return html.table(
        ("", "here", PAPER),
        rows,
        system["description"][0].upper() + system["description"][1:] + ".",
    )


def _spacing(system: dict) -> list[str]:
    """Why the slab is thicker than the published one, if it is."""
    here, there = (
        system["sides"]["substrate"]["thickness_A"],
        system["published"]["substrate_thickness_A"],
    )
    if not system["relaxed_with_potential"] or here < 1.04 * there:
        return []
    return [
        html.paragraph(
            f"The slab is {100 * (here / there - 1):.0f} % thicker than the published one. A potential that learned from PBE "
            "without dispersion forces, which hold the layers together, makes the spaces between them too wide.",
            "soft",
        )
    ]


def _thickness(side: dict) -> str:
    return f"{side['layers']}, {side['thickness_A']:.2f} Å"


def _strain(system: dict, side: str) -> str:
    return ", ".join(f"{x:+.2f} %" for x in system["strain_percent"][side])


def _results_table(numbers: dict) -> str:
    zr, lasting = numbers["dissolution"], numbers["dissolution_lasting_bonds"]
    end = numbers["run"]["picoseconds"]
    between = numbers["interlayer"]
    steps = (between["built"][0], between["first"][0], between["last"][0])
    rows = [
        ("Li behind the first layer (between layers 1 and 2): built, minimised, end",
         " → ".join(str(x) for x in steps), "Li hops there in the minimisation and first ps"),
        ("First Zr without a Zr–Cl bond (2.68 Å)", _onset(zr, end), "35 ps (300 K)"),
        (f"… counting a bond as broken beyond {lasting['break_A']:g} Å", _onset(lasting, end), _NO_VALUE),
        ("Dissolved Zr at the end, all layers",
         f"{zr['dissolved_at_end']} of {zr['zr_atoms']} ({100 * zr['fraction_at_end']:.0f} %)", _NO_VALUE),
        ("Dissolved Zr at the end, layers at the metal",
         f"{zr['dissolved_at_end_by_layer'][0]} of {zr['layer_size'][0]} "
         f"({100 * zr['interface_layer_fraction_at_end']:.0f} %)",
         "67 % after 2 ns at 300 K; all at 400 K"),
        ("Zr–Cl bonds per Zr, first and last frame",
         f"{zr['mean_bonds_first']:.2f}, {zr['mean_bonds_last']:.2f}", _NO_VALUE),
        ("Atoms that left the solid (no other atom within 4 Å)",
         str(numbers["detached_atoms_at_end"]), _NO_VALUE),
        *_msd_rows(numbers["msd_at_longest_lag"]),
    ]  # fmt: skip
    return html.table(("", "here", f"{PAPER}, {DOI}"), rows)


def _onset(zr: dict, end: float) -> str:
    if zr["onset_ps"] is None:
        return f"none within {end:g} ps"
    return f"{zr['onset_ps']:.2f} ps"


def _msd_rows(msd: dict) -> list[tuple[str, str, str]]:
    return [
        (
            f"Mean-square displacement of {x} at a lag of {msd['lag_ps']:.3g} ps",
            f"{value:.2f} ± {msd['error_A2'][x]:.2f} Å²",
            _NO_VALUE,
        )
        for x, value in msd["A2"].items()
    ]


def _scope(numbers: dict) -> str:
    run = numbers["run"]
    return html.paragraph(
        f"This run is {run['picoseconds']:g} ps long, the published ones 2 ns: it shows the start of the reaction. "
        f"A Zr counts for the onset when it stays without a bond for {numbers['dissolution']['hold_ps']:g} ps. "
        "The ± of a displacement is the standard error over the atoms; atoms that move together make it too small.",
        "soft",
    )


def _snapshots(folder: Path) -> str:
    return html.image(
        folder / "snapshots.png",
        "Side views of the first and the last frame",
        "Side views of the first (minimised) and the last frame, Zr–Cl bonds as sticks; Zr without a bond in red.",
    )


def _dissolution_figures(folder: Path, numbers: dict) -> list[str]:
    return [
        html.image(
            folder / "dissolution.png",
            "Number of Zr without a bond against time",
            "Zr atoms that have no Cl within 2.68 Å, frame by frame, by the layer they started in.",
        ),
        html.image(
            folder / "bonds.png",
            "Zr–Cl bonds per Zr against time",
            "Mean number of Cl within 2.68 Å of a Zr. An intact octahedron has six; "
            "thermal motion alone takes some beyond the limit.",
        ),
        html.image(
            folder / "interlayer.png",
            "Li between the layers against time",
            "Li in the spaces between the Li₂ZrCl₆ layers. As built: "
            + ", ".join(str(x) for x in numbers["interlayer"]["built"])
            + ".",
        ),
    ]


def _structure_figures(folder: Path, numbers: dict) -> list[str]:
    return [
        html.image(
            folder / "profiles.png",
            "Number density of Li, Zr and Cl along z",
            "Number density along the normal: coloured at the end of the run, thin line at its start.",
        ),
        html.image(
            folder / "msd.png",
            "Mean-square displacement of Li, Zr and Cl",
            "Mean-square displacement, averaged over all time origins and all atoms of an element; "
            "band: standard error over atoms.",
        ),
    ]


def _run_table(numbers: dict) -> str:
    run, thermo = numbers["run"], numbers["thermo"]
    model = run["potential"]
    rows = [
        ("Potential", f"{model.get('name', run['model_file'])} ({run['model_file']})"),
        ("Trained on", _training(model)),
        (
            "Ensemble",
            f"NVT, Nosé–Hoover chain, {run['temperature']:g} K, time step {run['timestep_fs']:g} fs, fixed lattice",
        ),
        ("Mean temperature, second half", f"{thermo['mean_temperature_second_half_K']:.1f} K"),
        (
            "Potential energy, end − start of the MD",
            f"{thermo['potential_energy_change_eV']:+.2f} eV",
        ),
        ("Minimisation and MD, wall time", f"{run['seconds']:.0f} s on {run['ranks']} MPI ranks"),
        ("Frames analysed", str(numbers["frames"])),
        ("sswnn, seed", f"{run['sswnn']}, {run['seed']}"),
    ]
    return html.table(("", ""), rows)


def _training(model: dict) -> str:
    training = model.get("training")
    if not isinstance(training, dict):
        return "not stated in the model file"
    parts = [*training.get("engines", ()), training.get("functional")]
    if training.get("frames"):
        parts.append(f"{sum(training['frames'].values())} frames")
    if training.get("data_sha256"):
        parts.append(f"data SHA-256 {training['data_sha256']}")
    return ", ".join(str(x) for x in parts if x) or "not stated in the model file"


def _thermo_figure(folder: Path) -> str:
    return html.image(
        folder / "thermo.png",
        "Temperature and potential energy against time",
        "Temperature (dashed: thermostat) and potential energy of the MD.",
    )


_FILES = (
    ("numbers.json", "every number of this page"),
    ("interface.json", "how the interface was built"),
    ("run.json", "what was run, with which potential"),
    ("dissolution.csv", "dissolved Zr and bonds against time, by layer"),
    ("interlayer.csv", "Li between layers against time"),
    ("profile_start.csv", "densities along z, first fifth of the run"),
    ("profile_end.csv", "densities along z, last fifth"),
    ("msd.csv", "mean-square displacements"),
    ("thermo.csv", "temperature, energies, pressure against time"),
    ("interface.dump", "trajectory, unwrapped coordinates (OVITO, VMD, ASE open it)"),
    ("interface.extxyz", "the structure as built"),
    ("interface.end.data", "the last configuration for LAMMPS"),
    ("interface.log", "LAMMPS log"),
)


def _data_links(folder: Path) -> str:
    return html.links((name, what) for name, what in _FILES if (folder / name).is_file())


def _commands(run: dict) -> list[str]:
    return [
        html.code(
            f"sswnn demo --preset {run['preset']} --model {shlex.quote(run['model'])} --picoseconds {run['picoseconds']:g} "
            f"--temperature {run['temperature']:g} "
            f"--ranks {run['ranks']} --seed {run['seed']}"
        ),
        html.paragraph("Longer, on a cluster, from where this run ended:"),
        html.code(
            "mpirun -np 64 lmp -in in.interface -var continue end -var steps 2000000 "
            f"-var temperature {run['temperature']:g} -var model {run['model_file']}"
        ),
    ]

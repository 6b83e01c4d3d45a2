"""Bands of many hops in one folder: each hop is done once, what fails is recorded with its reason.

`HOP.json` and `HOP.extxyz` hold one hop and its images, `settings.json` what all hops of the folder share.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ase import Atoms
from ase.calculators.calculator import Calculator

from sswnn.analysis.tables import jsonable
from sswnn.barriers.band import VALLEY, Band, BandSettings, climb
from sswnn.barriers.hops import Hop
from sswnn.barriers.sites import Sites
from sswnn.barriers.states import Ends, end_states, relax_ends
from sswnn.data.frames import frame_key, write_frames
from sswnn.errors import AnalysisError, SSWNNError
from sswnn.files import replace_file
from sswnn.ssw.minimise import Tolerance, relax_atoms
from sswnn.ssw.surface import CalculatorSurface
from sswnn.workflow.steps import Steps

END_TOLERANCE = Tolerance(force=0.001, steps=2000)
"""Of the ends, eV/A: a tenth of that of the band, whose energies are counted from them."""
EQUAL_ENDS = 0.002
"""Ends on equivalent sites whose energies differ by more, eV, are not the same minimum."""
CONVERGED = "converged"


@dataclass(frozen=True)
class HopResult:
    """Barrier of a hop; energies in eV, lengths in A, not-a-number where there is none.

    Attributes
    ----------
    name, mechanism, channel, distance_A, multiplicity, equivalent_ends
        As in `Hop`.
    status
        ``converged``, ``not converged``, ``no barrier`` (the highest image is an end), ``end states`` or ``failed``.
    note
        The reason, or what is worth knowing.
    forward_ev, backward_ev
        From the first and from the second end to the highest image.
    reaction_ev
        Second end less first end.
    path_A, ion_path_A
        Length of the path of all atoms, and of the ion alone.
    residual_ev_per_A, steps, seconds
        Largest force left on the band, steps of the optimiser, time.
    end_displacement_A
        Largest distance an atom of the ends moved from the perfect crystal.
    atoms
        In the supercell.
    ion
        Index of the ion in the images.
    coordinate_A, energies_ev, slopes_ev_per_A
        One number for each image: path, energy above the first one, dE/ds.
    uncertainty_ev_per_A
        Expected error of a force component of the ion in each image, of potentials that know it.
    """

    name: str
    mechanism: str
    channel: str
    distance_A: float
    multiplicity: int
    equivalent_ends: bool
    status: str
    note: str
    forward_ev: float
    backward_ev: float
    reaction_ev: float
    path_A: float
    ion_path_A: float
    residual_ev_per_A: float
    steps: int
    seconds: float
    end_displacement_A: float
    atoms: int
    ion: int
    coordinate_A: tuple[float, ...] = ()
    energies_ev: tuple[float, ...] = ()
    slopes_ev_per_A: tuple[float, ...] = ()
    uncertainty_ev_per_A: tuple[float, ...] = ()

    @property
    def converged(self) -> bool:
        """Whether the barriers are to be used."""
        return self.status == CONVERGED


def run_hop(
    sites: Sites,
    hop: Hop,
    supercell: Sequence[int],
    calculator: Calculator,
    settings: BandSettings,
) -> tuple[HopResult, list[Atoms]]:
    """Ends and band of one hop, and its images with energies and forces; no images if the ends are not as meant.

    Parameters
    ----------
    sites, hop, supercell
        As in `sswnn.barriers.states.end_states`.
    calculator, settings
        As in `sswnn.barriers.climb`.

    Raises
    ------
    AnalysisError
        If the supercell is too small for the hop.
    """
    began = time.monotonic()
    ends = end_states(sites, hop, supercell)
    try:
        ends, relaxation = relax_ends(sites, hop, ends, calculator, END_TOLERANCE)
        if relaxation.problem:
            return _result(
                hop,
                ends,
                None,
                "end states",
                relaxation.problem,
                relaxation.displacement,
                began,
                (),
            ), []
        band = climb(ends.first, ends.second, calculator, settings, minimise=_minimiser(calculator))
        expected = _uncertainty(band, ends.ion, calculator)
    except SSWNNError as problem:  # of the calculator, such as atoms that coincide
        return _result(hop, ends, None, "failed", str(problem), float("nan"), began, ()), []
    status = CONVERGED if band.converged else "not converged"
    if band.top in (0, len(band.images) - 1):
        status = "no barrier"
    note = "; ".join(text for text in (relaxation.note, _note(hop, band)) if text)
    result = _result(hop, ends, band, status, note, relaxation.displacement, began, expected)
    return result, [_frame(image, hop, k) for k, image in enumerate(band.images)]


def run_hops(
    folder: Path,
    sites: Sites,
    hops: Sequence[Hop],
    supercell: Sequence[int],
    calculator: Calculator,
    potential: str,
    settings: BandSettings,
    say: Callable[[str], None] = lambda line: None,
) -> list[HopResult]:
    """Barriers of hops, in their order; those that the folder holds already are read.

    Parameters
    ----------
    folder
        Where the files of each hop are.
    potential
        Name of the potential, with what tells it from others.
    say
        Called with each line meant for the user.

    Raises
    ------
    AnalysisError
        If the supercell is too small for a hop, or the folder holds barriers of another crystal, potential or setting.
    """
    for hop in hops:
        end_states(sites, hop, supercell)  # refuse before the first one is run
    folder.mkdir(parents=True, exist_ok=True)
    shared = {
        "crystal": frame_key(sites.host), "supercell": list(map(int, supercell)), "potential": potential,
        "band": asdict(settings), "ends": asdict(END_TOLERANCE),
    }  # fmt: skip
    _check_settings(folder / "settings.json", shared)
    steps = Steps(folder, say)
    results = []
    for hop in hops:
        values = {**shared, "hop": asdict(hop)}
        record, pictures = folder / f"{hop.name}.json", folder / f"{hop.name}.extxyz"

        def action(hop: Hop = hop, record: Path = record, pictures: Path = pictures) -> None:
            result, images = run_hop(sites, hop, supercell, calculator, settings)
            if images:
                write_frames(pictures, images)
            replace_file(record, json.dumps(jsonable(asdict(result)), indent=1) + "\n")

        steps.run(hop.name, action, values=values, inputs=[], products=[record.name])
        results.append(read_result(record))
        say(f"  {line(results[-1])}")
    return results


def _check_settings(path: Path, settings: dict) -> None:
    """Write what all hops of a folder share, or compare."""
    known = json.loads(path.read_text()) if path.exists() else settings
    settings = json.loads(json.dumps(settings))
    changed = [name for name in settings if known.get(name) != settings[name]]
    if path.exists() and changed:
        raise AnalysisError(
            f"{path.parent} holds barriers with another {', '.join(changed)}; give these ones another folder"
        )
    replace_file(path, json.dumps(settings, indent=1) + "\n")


def read_result(path: Path) -> HopResult:
    """A result as `run_hops` wrote it."""
    content = json.loads(path.read_text())
    lists = {f.name for f in fields(HopResult) if f.default == ()}
    values: dict[str, Any] = {}
    for name, value in content.items():
        if name in lists:
            value = tuple(value)
        values[name] = float("nan") if value is None else value
    return HopResult(**values)


def line(result: HopResult) -> str:
    """One line about a result."""
    head = f"{result.name} channel {result.channel or '-':3s} {result.distance_A:.2f} A: "
    if not result.energies_ev:
        return f"{head}{result.status}: {result.note}"
    text = f"barrier {result.forward_ev:.3f} eV, back {result.backward_ev:.3f} eV, {result.steps} steps"
    if not result.converged:
        text = f"{result.status} ({result.residual_ev_per_A:.3f} eV/A left): {text}"
    return f"{head}{text}{'; ' + result.note if result.note else ''}"


def _result(
    hop: Hop,
    ends: Ends,
    band: Band | None,
    status: str,
    note: str,
    displacement: float,
    began: float,
    uncertainty: tuple[float, ...],
) -> HopResult:
    nan = float("nan")
    top = band.energies[band.top] if band else nan
    last = band.energies[-1] if band else nan
    return HopResult(
        name=hop.name,
        mechanism=hop.mechanism,
        channel=hop.channel,
        distance_A=hop.distance,
        multiplicity=hop.multiplicity,
        equivalent_ends=hop.equivalent_ends,
        status=status,
        note=note,
        forward_ev=float(top),
        backward_ev=float(top - last),
        reaction_ev=float(last),
        path_A=float(band.coordinate[-1]) if band else nan,
        ion_path_A=_ion_path(band, ends.ion) if band else nan,
        residual_ev_per_A=band.residual if band else nan,
        steps=band.steps if band else 0,
        seconds=round(time.monotonic() - began, 2),
        end_displacement_A=displacement,
        atoms=len(ends.first),
        ion=ends.ion,
        coordinate_A=tuple(band.coordinate.tolist()) if band else (),
        energies_ev=tuple(band.energies.tolist()) if band else (),
        slopes_ev_per_A=tuple(band.slopes.tolist()) if band else (),
        uncertainty_ev_per_A=uncertainty,
    )


def _minimiser(calculator: Calculator) -> Callable[[Atoms], Atoms]:
    """Function that gives the minimum below a structure, in its cell."""

    def minimise(atoms: Atoms) -> Atoms:
        surface = CalculatorSurface(calculator, atoms.numbers)
        relaxed = atoms.copy()
        relaxed.positions = relax_atoms(
            surface, atoms.positions, atoms.cell.array, END_TOLERANCE
        ).positions
        return relaxed

    return minimise


def _note(hop: Hop, band: Band) -> str:
    notes = []
    if hop.equivalent_ends and abs(band.energies[-1]) > EQUAL_ENDS and hop.mechanism != "frenkel":
        notes.append(f"ends on equivalent sites differ by {1000 * abs(band.energies[-1]):.1f} meV")
    e = band.energies
    for k in range(1, len(e) - 1):
        depth = min(e[: k + 1].max(), e[k:].max()) - e[k]
        if depth > VALLEY and e[k] == min(e[k - 1 : k + 2]):
            notes.append(
                f"a minimum between the ends, {1000 * depth:.0f} meV deep, at {e[k]:.3f} eV"
            )
    return "; ".join(notes)


def _ion_path(band: Band, ion: int) -> float:
    return float(sum(
        a.get_distance(0, 1, mic=True)
        for a in (
            Atoms("HH", [one.positions[ion], two.positions[ion]], cell=one.cell, pbc=one.pbc)
            for one, two in zip(band.images[:-1], band.images[1:], strict=True)
        )
    ))  # fmt: skip


def _uncertainty(band: Band, ion: int, calculator: Calculator) -> tuple[float, ...]:
    if "uncertainty" not in calculator.implemented_properties:
        return ()
    return tuple(float(calculator.get_property("uncertainty", image)[ion]) for image in band.images)


def _frame(image: Atoms, hop: Hop, number: int) -> Atoms:
    """Image as a frame of `sswnn.data.frames`; the stress is not kept."""
    frame = Atoms(image.numbers, image.positions, cell=image.cell, pbc=image.pbc)
    frame.info.update(
        energy=float(image.get_potential_energy()),
        origin=f"neb_{hop.mechanism}",
        group=hop.name,
        kind="neb",
        image=number,
    )
    frame.arrays["forces"] = image.get_forces()
    return frame

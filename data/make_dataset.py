"""Join labelled files into one data set: drop duplicates and unusable frames, write it, and write
its card.

    python data/make_dataset.py OUT.extxyz[.xz] LABELLED.extxyz ... [--card README.md [--template TEMPLATE.md]]

Frames whose largest force component exceeds 40 eV/A are dropped, except dimers. Positions are
written with 6 decimals, forces with 5.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from ase import Atoms, units

from sswnn.data.frames import check_labelled, frame_key, read_frames, write_frames

TEMPLATE = Path(__file__).with_name("card_template.md")
MAX_FORCE = 40.0
"""eV/A; a frame with a larger force component is of no use for dynamics."""
MAX_STRESS = 1.0
"""eV/A^3 (160 GPa)."""
DIMER_MAX_FORCE = 300.0
"""eV/A."""

ORIGINS = {
    "li_": "Li metal: bcc, fcc, hcp crystals, rattled, strained, scanned in volume; MD",
    "zr_hcp": "Zr metal, also bcc and fcc",
    "licl_": "LiCl: rock salt, and the CsCl and wurtzite forms",
    "zrcl": "Zr chlorides: ZrCl4 (P2/c chains), ZrCl3 (P6_3/mcm chains, R-3 layers), ZrCl2 (3R, 2H, 1T), ZrCl (R-3m)",
    "li2zrcl6_p": "ordered trigonal Li2ZrCl6: P-3m1 (Li on 6g or 6h), P-31c and P-31m with several Li sites",
    "li2zrcl6_c2m": "monoclinic Li2ZrCl6, C2/m, Li on 4g or 4h",
    "li2zrcl6_disordered": "Zr and Li on random octahedral sites of hexagonal (hcp), cubic (ccp) or mixed Cl packings",
    "li2zrcl6_vacancy": "Li2ZrCl6 lacking a Li or a Cl",
    "li2zrcl6_antisite": "Li2ZrCl6 with one pair of atoms exchanged",
    "li2zrcl6_zr_removed": "Li2ZrCl6 lacking a Zr, with or without Li in its place",
    "lixzrcl6": "reduced, intercalated Li2.5-6ZrCl6",
    "interface_contact": "Li(111) on Li2ZrCl6(001), 2x2 on the 9- and 18-atom cells, sqrt(13) on the 27-atom cell",
    "interface_film": "the same with a LiCl(111) film between",
    "interface_reacted": "contacts in which Li, Zr and Cl have changed places",
    "interface_licl": "LiCl(001) on Li(001), also with Zr",
    "zr_cl_in_li": "Zr atoms, Zr clusters and Cl in Li metal",
    "zr_in_licl": "Zr on Li sites of LiCl, with vacancies",
    "zr_rich_alloy": "Li or Cl in Zr metal",
    "random_": "atoms at random places of random cells, 0.03-0.06 atoms/A^3, and their relaxation paths",
    "isolated_": "one atom in a box of 16 A",
    "dimer_": "two atoms in a box of 20 x 16 x 16 A, 0.5 of the covalent sum to 6.2 A; the short ones are marked "
    "`strong_repulsion`",
}
"""Prefix of an origin -> what it is; the longest prefix that fits counts."""


def usable(frame: Atoms) -> bool:
    """Whether forces and stress are small enough to learn from."""
    force = np.abs(frame.arrays["forces"]).max()
    if frame.info["kind"] == "dimer":
        return bool(force < DIMER_MAX_FORCE)
    stress = frame.info.get("stress")
    return bool(force <= MAX_FORCE and (stress is None or np.abs(stress).max() <= MAX_STRESS))


def collect(paths: Iterable[Path]) -> list[Atoms]:
    """Usable, distinct, completely labelled frames of several files."""
    frames: list[Atoms] = []
    seen: set[str] = set()
    for path in paths:
        for number, frame in enumerate(read_frames(path)):
            check_labelled(frame, f"{path}: frame {number}")
            key = frame_key(frame)
            if key in seen or not usable(frame):
                continue
            seen.add(key)
            for name in ("key", "name"):
                frame.info.pop(name, None)
            frames.append(frame)
    return frames


def describe(origin: str) -> str:
    """Sentence about an origin."""
    fits = [prefix for prefix in ORIGINS if origin.startswith(prefix)]
    return ORIGINS[max(fits, key=len)] if fits else ""


def counts_table(frames: list[Atoms]) -> list[str]:
    """Markdown table: frames by origin and kind, atoms, groups."""
    kinds = sorted({f.info["kind"] for f in frames})
    by_origin: dict[str, list[Atoms]] = defaultdict(list)
    for frame in frames:
        by_origin[frame.info["origin"]].append(frame)
    rows = [
        "| origin | " + " | ".join(kinds) + " | frames | atoms | groups |",
        "|---|" + "---:|" * (len(kinds) + 3),
    ]
    for origin in sorted(by_origin):
        members = by_origin[origin]
        count = Counter(f.info["kind"] for f in members)
        cells = [str(count[k]) if count[k] else "" for k in kinds]
        groups = len({f.info["group"] for f in members})
        rows.append(
            f"| {origin} | "
            + " | ".join(cells)
            + f" | {len(members)} | {sum(map(len, members))} | {groups} |"
        )
    count = Counter(f.info["kind"] for f in frames)
    total = [str(count[k]) for k in kinds]
    groups = len({f.info["group"] for f in frames})
    rows.append(
        "| all | " + " | ".join(total) + f" | {len(frames)} | {sum(map(len, frames))} | {groups} |"
    )
    return rows


def ranges_table(frames: list[Atoms]) -> list[str]:
    """Markdown table of the ranges of the labels by kind."""
    rows = [
        "| kind | energy, eV/atom | force component, largest / rms, eV/A | pressure, GPa | volume, A^3/atom |",
        "|---|---|---|---|---|",
    ]
    by_kind: dict[str, list[Atoms]] = defaultdict(list)
    for frame in frames:
        by_kind[frame.info["kind"]].append(frame)
    for kind, members in sorted(by_kind.items()):
        energy = [f.info["energy"] / len(f) for f in members]
        force = np.concatenate([f.arrays["forces"].ravel() for f in members])
        pressure = [
            -np.mean(f.info["stress"][:3]) / units.GPa for f in members if "stress" in f.info
        ]
        volume = [f.get_volume() / len(f) for f in members]
        rows.append(
            f"| {kind} | {min(energy):.3f} to {max(energy):.3f} | {np.abs(force).max():.2f} / {force.std():.2f} "
            f"| {min(pressure):.1f} to {max(pressure):.1f} | {min(volume):.1f} to {max(volume):.1f} |"
        )
    return rows


def card(frames: list[Atoms], name: str, digest: str, template: Path = TEMPLATE) -> str:
    """Data card in Markdown, from a template."""
    engines = Counter(f.info.get("engine", "?") for f in frames)
    temperatures = Counter(int(f.info["temperature"]) for f in frames if "temperature" in f.info)
    by_temperature = ", ".join(f"{count} at {t} K" for t, count in sorted(temperatures.items()))
    texts = dict.fromkeys(describe(o) for o in sorted({f.info["origin"] for f in frames}))
    prefixes = {text: prefix for prefix, text in ORIGINS.items()}
    return template.read_text(encoding="utf-8").format(
        name=name,
        n_frames=len(frames),
        n_atoms=sum(map(len, frames)),
        digest=digest,
        engines="\n".join(
            f"- {count} frames: `{engine}`" for engine, count in engines.most_common()
        ),
        classes="\n".join(f"- `{prefixes[text]}*`: {text}" for text in texts if text),
        counts="\n".join(counts_table(frames)),
        temperatures=f"MD frames: {by_temperature}." if temperatures else "No MD frames.",
        ranges="\n".join(ranges_table(frames)),
        max_force=MAX_FORCE,
        max_stress=MAX_STRESS / units.GPa,
        dimer_max_force=DIMER_MAX_FORCE,
    )


def main(arguments: list[str] | None = None) -> int:
    """Join, write, describe."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("labelled", type=Path, nargs="+")
    parser.add_argument("--card", type=Path, help="write the data card to this file")
    parser.add_argument(
        "--template", type=Path, default=TEMPLATE, help="of the card (card_template.md)"
    )
    parser.add_argument("--card-tail", type=Path, help="text appended to the card")
    args = parser.parse_args(arguments)
    frames = collect(args.labelled)
    write_frames(args.out, frames, position_decimals=6, force_decimals=5)
    print(
        f"{args.out}: {len(frames)} frames, {sum(map(len, frames))} atoms, {args.out.stat().st_size / 1e6:.2f} MB"
    )
    if args.card:
        digest = hashlib.sha256(args.out.read_bytes()).hexdigest()
        text = card(frames, args.out.name, digest, args.template)
        if args.card_tail:
            text += "\n" + args.card_tail.read_text(encoding="utf-8")
        args.card.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

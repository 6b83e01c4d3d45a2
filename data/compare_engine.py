"""Errors of label engines against the real PBE frames of this folder, by class of frame.

    python data/compare_engine.py [sevennet sevennet0 chgnet ...]

Prints a Markdown table: force RMSE (eV/A) by class, and the energy RMSE (meV/atom) after one offset
per element has been fitted over all frames of the set (the zeros of energy differ).
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from sswnn.data.engines import engine_label, make_engine
from sswnn.data.frames import read_frames

ELEMENTS = ("Li", "Zr", "Cl")
CLASSES = {
    "Li metal": ("Li", "md_li8"),
    "Zr metal": ("Zr",),
    "LiCl": ("LiCl8", "md_licl"),
    "ZrCl4": ("ZrCl4", "md_zrcl4"),
    "ZrCl2, ZrCl3": ("ZrClx", "md_zrcl3"),
    "Li2ZrCl6": ("LZC9", "LZC18", "md_lzc9", "md_lzc18"),
    "Li3-5ZrCl6": ("LixZC", "md_li3zrcl6", "md_li4zrcl6", "md_li5zrcl6"),
    "Zr in Li, Zr in LiCl": ("md_zr_in_li16", "md_zr_in_licl16"),
}
OTHER = "random and search-like"


def class_of(name: str) -> str:
    """Row of the table that a frame's `cls` belongs to."""
    return next((row for row, names in CLASSES.items() if name in names), OTHER)


def main(engines: list[str]) -> None:
    """Print the table."""
    folder = Path(__file__).parent
    frames = [
        frame
        for path in sorted(folder.glob("pbe_gpaw_*.extxyz.xz"))
        for frame in read_frames(path)
        if set(frame.get_chemical_symbols()) <= set(ELEMENTS)
    ]
    rows = [*CLASSES, OTHER]
    table: dict[str, list[str]] = {row: [] for row in rows}
    energies = []
    for engine in engines:
        calculator = make_engine(engine)
        errors: dict[str, list[np.ndarray]] = defaultdict(list)
        difference, counts = [], []
        for frame in frames:
            atoms = frame.copy()
            atoms.calc = calculator
            row = class_of(frame.info["cls"])
            errors[row].append((atoms.get_forces() - frame.arrays["forces"]).ravel())
            difference.append((atoms.get_potential_energy() - frame.info["energy"]) / len(frame))
            counts.append([frame.get_chemical_symbols().count(e) / len(frame) for e in ELEMENTS])
        offset = np.linalg.lstsq(np.array(counts), np.array(difference), rcond=None)[0]
        rest = np.array(difference) - np.array(counts) @ offset
        energies.append(f"{1e3 * np.sqrt((rest**2).mean()):.0f}")
        for row in rows:
            table[row].append(f"{np.sqrt((np.concatenate(errors[row]) ** 2).mean()):.2f}")
    count = {row: sum(class_of(f.info["cls"]) == row for f in frames) for row in rows}
    print("| class | frames | " + " | ".join(engine_label(e) for e in engines) + " |")
    print("|---|" + "---:|" * (len(engines) + 1))
    for row in rows:
        print(f"| {row}, force RMSE, eV/A | {count[row]} | " + " | ".join(table[row]) + " |")
    print(f"| all, energy RMSE, meV/atom | {len(frames)} | " + " | ".join(energies) + " |")


if __name__ == "__main__":
    main(sys.argv[1:] or ["sevennet"])

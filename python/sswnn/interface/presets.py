"""Named interface models: which crystals, planes and thicknesses; the paper's, the demo's and two large ones."""

from __future__ import annotations

from dataclasses import dataclass, field

from sswnn.errors import InterfaceError


@dataclass(frozen=True)
class Preset:
    """Arguments of `sswnn.interface.build`, crystals as prototype names, and published numbers to compare with."""

    film: str
    film_miller: tuple[int, int, int]
    film_layers: int
    substrate: str
    substrate_miller: tuple[int, int, int]
    substrate_layers: int
    repeat: tuple[int, int]
    rectangular: bool
    periodic: bool
    max_mismatch: float
    description: str
    published: dict[str, float] = field(default_factory=dict)


PAPER_NUMBERS = {
    "substrate_thickness_A": 20.5,
    "film_thickness_A": 9.7,
    "mismatch_percent": 1.08,
    "substrate_layers": 4,
    "film_layers": 5,
}
"""Nano Lett. 2022, doi:10.1021/acs.nanolett.2c00187."""

_LAYERED = "li2zrcl6_p-31c_2d2a"

PRESETS = {
    "paper": Preset(
        "li_fcc", (1, 1, 1), 5, _LAYERED, (0, 0, 1), 4, (1, 1), False, False, 0.03,
        "four layers of layered Li2ZrCl6 (001) on five layers of fcc Li (111), smallest common cell "
        "(Nano Lett. 2022, doi:10.1021/acs.nanolett.2c00187)",
        PAPER_NUMBERS,
    ),
    "demo": Preset(
        "li_fcc", (1, 1, 1), 5, _LAYERED, (0, 0, 1), 4, (2, 2), True, True, 0.03,
        "four layers of layered Li2ZrCl6 (001) on five layers of fcc Li (111), "
        "four times the smallest common cell, without vacuum: metal on both sides",
        PAPER_NUMBERS,
    ),
    "large10k": Preset(
        "li_fcc", (1, 1, 1), 5, _LAYERED, (0, 0, 1), 4, (8, 7), True, True, 0.03,
        "about 10 000 atoms: as the demo, 56 times the smallest common cell",
        PAPER_NUMBERS,
    ),
    "large100k": Preset(
        "li_fcc", (1, 1, 1), 60, _LAYERED, (0, 0, 1), 8, (10, 10), True, True, 0.03,
        "about 100 000 atoms: 60 layers of Li (more than enough to reduce all Zr), eight of Li2ZrCl6, 100 times the "
        "smallest common cell, without vacuum: an interface on both sides of the Li",
    ),
}  # fmt: skip


def preset(name: str) -> Preset:
    """The preset of that name; raises `InterfaceError` with the known names otherwise."""
    try:
        return PRESETS[name]
    except KeyError:
        raise InterfaceError(f"preset is {name!r}, expected one of {', '.join(PRESETS)}") from None

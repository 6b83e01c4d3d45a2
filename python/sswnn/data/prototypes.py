"""The crystals of Li-Zr-Cl, each as one cell: elements, chlorides and the forms of Li2ZrCl6.

Geometries are literature space groups and Wyckoff sites with rounded constants, starting points for
a relaxation with whichever engine labels the data; this module knows no engine. All functions
return periodic `ase.Atoms`, lengths in A.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from ase import Atoms
from ase.build import bulk
from ase.spacegroup import crystal

from sswnn.errors import DataError

CHLORIDE_SPACING = 3.66
"""Distance of neighbouring sites in a close-packed Cl layer of Li2ZrCl6, A (a / sqrt(3) of the
trigonal forms).
"""
CHLORIDE_LAYER_HEIGHT = 2.97
"""Distance of neighbouring close-packed Cl layers, A (c / 2 of P-3m1)."""


def _metal(symbol: str, structure: str, a: float, c: float | None = None) -> Atoms:
    if structure == "hcp":
        return bulk(symbol, "hcp", a=a, c=c)
    return bulk(symbol, structure, a=a, cubic=True)


def lithium_chloride_rocksalt() -> Atoms:
    """LiCl, rock salt, conventional cell of 8 atoms."""
    return bulk("LiCl", "rocksalt", a=5.13, cubic=True)


def lithium_chloride_cscl() -> Atoms:
    """LiCl in the CsCl structure, 2 atoms (a high-pressure form, for the repulsive part)."""
    return bulk("LiCl", "cesiumchloride", a=3.10)


def lithium_chloride_wurtzite() -> Atoms:
    """LiCl, wurtzite, 4 atoms (a low-density form with tetrahedral Li)."""
    return bulk("LiCl", "wurtzite", a=4.12, c=6.55)


def zirconium_tetrachloride() -> Atoms:
    """ZrCl4, zigzag chains of edge-sharing octahedra, P2/c, 10 atoms (Krebs, Z. anorg. allg. Chem.
    378, 263 (1970)).
    """
    return crystal(
        ["Zr", "Cl", "Cl"],
        basis=[(0.0, 0.160, 0.25), (0.242, 0.110, 0.052), (0.270, 0.366, 0.446)],
        spacegroup=13,
        cellpar=[6.361, 7.407, 6.256, 90, 109.30, 90],
    )


def zirconium_trichloride_chains() -> Atoms:
    """ZrCl3, chains of face-sharing octahedra, P6_3/mcm (TiI3 type), 8 atoms."""
    return crystal(
        ["Zr", "Cl"],
        basis=[(0, 0, 0), (0.320, 0, 0.25)],
        spacegroup=193,
        cellpar=[6.38, 6.38, 6.14, 90, 90, 120],
    )


def zirconium_trichloride_layers() -> Atoms:
    """ZrCl3, honeycomb layers, R-3 (BiI3 type), primitive cell of 8 atoms."""
    return crystal(
        ["Zr", "Cl"],
        basis=[(0, 0, 1 / 3), (0.333, 0.0, 0.080)],
        spacegroup=148,
        cellpar=[6.35, 6.35, 18.3, 90, 90, 120],
        primitive_cell=True,
    )


def zirconium_dichloride(polytype: str = "3R") -> Atoms:
    """ZrCl2 layers: ``3R`` (R3m, 3 atoms) and ``2H`` (6 atoms) with prismatic Zr, ``1T`` (P-3m1, 3
    atoms) with octahedral Zr.

    Trigonal-prismatic 3R-MoS2 is the known form (a = 3.38 A, c = 19.38 A).
    """
    a, h, z = 3.38, 6.46, 1.63
    if polytype == "1T":
        return crystal(
            ["Zr", "Cl"],
            basis=[(0, 0, 0), (1 / 3, 2 / 3, z / h)],
            spacegroup=164,
            cellpar=[a, a, h, 90, 90, 120],
        )
    if polytype == "2H":
        return crystal(
            ["Zr", "Cl"],
            basis=[(1 / 3, 2 / 3, 0.25), (1 / 3, 2 / 3, 0.75 + z / (2 * h))],
            spacegroup=194,
            cellpar=[a, a, 2 * h, 90, 90, 120],
        )
    if polytype != "3R":
        raise DataError(f"polytype is {polytype!r}, expected 3R, 2H or 1T")
    zc = z / (3 * h)
    return crystal(
        ["Zr", "Cl", "Cl"],
        basis=[(0, 0, 0), (0, 0, 1 / 3 + zc), (0, 0, 1 / 3 - zc)],
        spacegroup=160,
        cellpar=[a, a, 3 * h, 90, 90, 120],
        primitive_cell=True,
    )


def zirconium_monochloride() -> Atoms:
    """ZrCl, sheets Cl-Zr-Zr-Cl, R-3m, primitive cell of 4 atoms (a = 3.42 A, c = 26.6 A)."""
    return crystal(
        ["Zr", "Cl"],
        basis=[(0, 0, 0.1221), (0, 0, 0.3882)],
        spacegroup=166,
        cellpar=[3.42, 3.42, 26.6, 90, 90, 120],
        primitive_cell=True,
    )


def li2zrcl6_p3m1(lithium: str = "6g") -> Atoms:
    """Li2ZrCl6, P-3m1, 27 atoms, hexagonal close-packed Cl; Zr on 1a and 2d, Li on ``6g`` (z = 0)
    or ``6h`` (z = 1/2).
    """
    if lithium not in ("6g", "6h"):
        raise DataError(f"lithium site is {lithium!r}, expected 6g or 6h")
    z = 0.0 if lithium == "6g" else 0.5
    return crystal(
        ["Zr", "Zr", "Li", "Cl", "Cl", "Cl"],
        basis=[
            (0, 0, 0),
            (1 / 3, 2 / 3, 0.5),
            (1 / 3, 0, z),
            (0.112, -0.112, 0.77),
            (0.221, -0.221, 0.25),
            (0.446, -0.446, 0.75),
        ],
        spacegroup=164,
        cellpar=[10.97, 10.97, 5.93, 90, 90, 120],
    )


def li2zrcl6_p31c(lithium: str = "2d+2b") -> Atoms:
    """Li2ZrCl6, P-31c, 18 atoms; Li on two of the octahedral sites ``2a``, ``2b``, ``2d``, for
    example ``"2d+2b"``.

    2a and 2d lie in the Zr layers, 2b between them; ``"2d+2a"`` is the fully layered form.
    """
    sites = {"2a": (0, 0, 0.25), "2b": (0, 0, 0), "2d": (2 / 3, 1 / 3, 0.25)}
    names = lithium.split("+")
    if len(names) != 2 or not set(names) <= set(sites):
        raise DataError(
            f"lithium sites are {lithium!r}, expected two of {sorted(sites)} joined by +"
        )
    return crystal(
        ["Zr", "Li", "Li", "Cl"],
        basis=[(1 / 3, 2 / 3, 0.25), sites[names[0]], sites[names[1]], (0.345, 0.003, 0.138)],
        spacegroup=163,
        cellpar=[6.33, 6.33, 11.90, 90, 90, 120],
    )


def li2zrcl6_p31m(lithium: str = "2d") -> Atoms:
    """Li2ZrCl6, P-31m, 9 atoms, hexagonal close-packed Cl; Li on ``2d`` (between the Zr layers) or
    ``2c`` (in them).
    """
    if lithium not in ("2c", "2d"):
        raise DataError(f"lithium site is {lithium!r}, expected 2c or 2d")
    return crystal(
        ["Zr", "Li", "Cl"],
        basis=[(0, 0, 0), (1 / 3, 2 / 3, 0.5 if lithium == "2d" else 0.0), (0.320, 0, 0.246)],
        spacegroup=162,
        cellpar=[6.33, 6.33, 5.95, 90, 90, 120],
    )


def li2zrcl6_c2m(lithium: str = "4g") -> Atoms:
    """Li2ZrCl6, C2/m, primitive cell of 9 atoms, cubic close-packed Cl; Li on ``4g`` (in the Zr
    layers) or ``4h`` (between).
    """
    if lithium not in ("4g", "4h"):
        raise DataError(f"lithium site is {lithium!r}, expected 4g or 4h")
    return crystal(
        ["Zr", "Li", "Cl", "Cl"],
        basis=[
            (0, 0, 0),
            (0, 1 / 3, 0.0) if lithium == "4g" else (0, 1 / 6, 0.5),
            (0.24, 0, 0.77),
            (0.24, 0.16, 0.23),
        ],
        spacegroup=12,
        cellpar=[6.40, 11.05, 6.30, 90, 110, 90],
        primitive_cell=True,
    )


class ChlorideLattice(NamedTuple):
    """Close-packed Cl sublattice: cell (3, 3), Cl positions (n, 3), octahedral sites (n, 3), A,
    and the layer of each site.
    """

    cell: np.ndarray
    chlorine: np.ndarray
    octahedral: np.ndarray
    layer: np.ndarray


def chloride_lattice(stacking: str = "AB", repeat: tuple[int, int] = (3, 3)) -> ChlorideLattice:
    """Close-packed Cl layers and the octahedral sites between them.

    Parameters
    ----------
    stacking
        Periodic sequence of layers over the letters A, B, C, neighbours different: ``AB`` is
        hexagonal, ``ABC`` cubic.
    repeat
        Number of close-packed sites along the two in-plane axes.

    Raises
    ------
    DataError
        If two neighbouring layers have the same letter.
    """
    shift = {"A": 0, "B": 1, "C": 2}
    if set(stacking) - set(shift) or any(
        a == b for a, b in zip(stacking, stacking[1:] + stacking[0], strict=True)
    ):
        raise DataError(
            f"stacking is {stacking!r}, expected letters A, B, C, neighbours (and ends) different"
        )
    d = CHLORIDE_SPACING
    a1, a2 = np.array([d, 0, 0]), np.array([-d / 2, d * np.sqrt(3) / 2, 0])
    third = (a1 + 2 * a2) / 3  # A -> B -> C
    normal = np.array([0, 0, CHLORIDE_LAYER_HEIGHT])
    plane = np.array([i * a1 + j * a2 for i in range(repeat[0]) for j in range(repeat[1])])
    chlorine, octahedral, layer = [], [], []
    for k, letter in enumerate(stacking):
        above = stacking[(k + 1) % len(stacking)]
        hollow = 3 - shift[letter] - shift[above]  # the third letter
        chlorine.append(plane + shift[letter] * third + k * normal)
        octahedral.append(plane + hollow * third + (k + 0.5) * normal)
        layer += [k] * len(plane)
    cell = np.array([repeat[0] * a1, repeat[1] * a2, len(stacking) * normal])
    return ChlorideLattice(
        cell, np.concatenate(chlorine), np.concatenate(octahedral), np.array(layer)
    )


def disordered_li2zrcl6(
    rng: np.random.Generator,
    stacking: str = "AB",
    repeat: tuple[int, int] = (3, 3),
    *,
    excess_li: int = 0,
) -> Atoms:
    """Li2ZrCl6 with Zr and Li on random octahedral sites of a close-packed Cl sublattice, no two Zr
    octahedra sharing edges.

    Parameters
    ----------
    rng
        Source of randomness.
    stacking, repeat
        As in `chloride_lattice`; the number of Cl must be a multiple of six.
    excess_li
        Li above 2 per Zr, on further octahedral sites (reduced, intercalated).

    Raises
    ------
    DataError
        If the number of Cl is no multiple of six or no arrangement is found in 200 attempts.
    """
    lattice = chloride_lattice(stacking, repeat)
    n_cl, n_zr = len(lattice.chlorine), len(lattice.chlorine) // 6
    if n_cl % 6:
        raise DataError(f"{n_cl} Cl in stacking {stacking} x {repeat}, expected a multiple of 6")
    sites = Atoms("X" * n_cl, lattice.octahedral, cell=lattice.cell, pbc=True)
    distance = sites.get_all_distances(mic=True)
    for _ in range(200):
        zirconium: list[int] = []
        for i in rng.permutation(n_cl):
            if len(zirconium) < n_zr and all(
                distance[i, j] > 1.1 * CHLORIDE_SPACING for j in zirconium
            ):
                zirconium.append(int(i))
        if len(zirconium) == n_zr:
            break
    else:
        raise DataError(
            f"no arrangement of {n_zr} Zr without shared edges in stacking {stacking} x {repeat}"
        )
    free = [i for i in rng.permutation(n_cl) if i not in zirconium]
    lithium = free[: 2 * n_zr + excess_li]
    positions = np.concatenate(
        [lattice.octahedral[zirconium], lattice.octahedral[lithium], lattice.chlorine]
    )
    symbols = ["Zr"] * n_zr + ["Li"] * len(lithium) + ["Cl"] * n_cl
    return Atoms(symbols, positions, cell=lattice.cell, pbc=True)


PROTOTYPES: dict[str, Callable[[], Atoms]] = {
    "li_bcc": lambda: _metal("Li", "bcc", 3.44),
    "li_fcc": lambda: _metal("Li", "fcc", 4.33),
    "li_hcp": lambda: _metal("Li", "hcp", 3.06, 4.97),
    "zr_hcp": lambda: _metal("Zr", "hcp", 3.23, 5.17),
    "zr_bcc": lambda: _metal("Zr", "bcc", 3.57),
    "zr_fcc": lambda: _metal("Zr", "fcc", 4.53),
    "licl_rocksalt": lithium_chloride_rocksalt,
    "licl_cscl": lithium_chloride_cscl,
    "licl_wurtzite": lithium_chloride_wurtzite,
    "zrcl4_p2c": zirconium_tetrachloride,
    "zrcl3_p63mcm": zirconium_trichloride_chains,
    "zrcl3_r-3": zirconium_trichloride_layers,
    "zrcl2_3r": lambda: zirconium_dichloride("3R"),
    "zrcl2_2h": lambda: zirconium_dichloride("2H"),
    "zrcl2_1t": lambda: zirconium_dichloride("1T"),
    "zrcl_r-3m": zirconium_monochloride,
    "li2zrcl6_p-3m1_6g": lambda: li2zrcl6_p3m1("6g"),
    "li2zrcl6_p-3m1_6h": lambda: li2zrcl6_p3m1("6h"),
    "li2zrcl6_p-31c_2d2b": lambda: li2zrcl6_p31c("2d+2b"),
    "li2zrcl6_p-31c_2d2a": lambda: li2zrcl6_p31c("2d+2a"),
    "li2zrcl6_p-31c_2a2b": lambda: li2zrcl6_p31c("2a+2b"),
    "li2zrcl6_p-31m_2d": lambda: li2zrcl6_p31m("2d"),
    "li2zrcl6_p-31m_2c": lambda: li2zrcl6_p31m("2c"),
    "li2zrcl6_c2m_4g": lambda: li2zrcl6_c2m("4g"),
    "li2zrcl6_c2m_4h": lambda: li2zrcl6_c2m("4h"),
}
"""Origin name -> builder of its cell."""


def prototype(name: str) -> Atoms:
    """Cell of a crystal by its origin name.

    Raises
    ------
    DataError
        If the name is unknown; the message lists the known ones.
    """
    try:
        build = PROTOTYPES[name]
    except KeyError:
        raise DataError(
            f"unknown crystal {name!r}, expected one of {', '.join(PROTOTYPES)}"
        ) from None
    atoms = build()
    return Atoms(atoms.get_chemical_symbols(), atoms.positions, cell=atoms.cell, pbc=True)

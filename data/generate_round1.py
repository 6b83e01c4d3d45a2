"""Unlabelled frames of round 1 of the Li-Zr-Cl data set: crystals, defects, contacts, random
mixtures, dimers.

    python data/generate_round1.py RELAXED.extxyz OUT_FOLDER [--seed 20] [--prefix ""]

RELAXED holds the crystals relaxed with the label engine, each named by info["name"]; frames are
written to OUT_FOLDER/{crystals,contacts,defects,random,dimers}.extxyz in the order in which they
should be labelled. Another seed makes other parents of the same classes; the prefix keeps their
groups apart from those of the first.
"""

from __future__ import annotations

import argparse
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np
from ase import Atoms

from sswnn.data import mixtures, sampling, slabs
from sswnn.data.frames import read_frames, write_frames
from sswnn.data.prototypes import disordered_li2zrcl6
from sswnn.data.sampling import bare, rattled, tag
from sswnn.errors import DataError

# name -> (chains of 7 rattles at one volume, supercells that are used in turn)
RATTLE_PLAN: dict[str, tuple[int, list[tuple[int, int, int]]]] = {
    "li_bcc": (10, [(2, 2, 2), (2, 2, 1), (2, 2, 2), (3, 2, 2)]),
    "li_fcc": (8, [(2, 1, 1), (2, 2, 1), (2, 2, 2)]),
    "li_hcp": (6, [(2, 2, 2), (2, 2, 1)]),
    "zr_hcp": (7, [(2, 2, 2), (2, 2, 1)]),
    "zr_bcc": (4, [(2, 2, 2), (2, 2, 1)]),
    "zr_fcc": (3, [(2, 1, 1)]),
    "licl_rocksalt": (15, [(1, 1, 1), (1, 1, 1), (2, 1, 1)]),
    "licl_cscl": (3, [(2, 2, 1)]),
    "licl_wurtzite": (4, [(2, 2, 1)]),
    "zrcl4_p2c": (16, [(1, 1, 1), (1, 1, 1), (1, 1, 1), (1, 1, 2)]),
    "zrcl3_p63mcm": (6, [(1, 1, 1)]),
    "zrcl3_r-3": (5, [(1, 1, 1)]),
    "zrcl2_3r": (3, [(2, 2, 1)]),
    "zrcl2_2h": (3, [(2, 1, 1)]),
    "zrcl2_1t": (3, [(2, 2, 1)]),
    "zrcl_r-3m": (4, [(2, 2, 1)]),
    "li2zrcl6_p-3m1_6g": (6, [(1, 1, 1)]),
    "li2zrcl6_p-3m1_6h": (5, [(1, 1, 1)]),
    "li2zrcl6_p-31c_2d2b": (8, [(1, 1, 1)]),
    "li2zrcl6_p-31c_2d2a": (8, [(1, 1, 1)]),
    "li2zrcl6_p-31c_2a2b": (5, [(1, 1, 1)]),
    "li2zrcl6_p-31m_2d": (10, [(1, 1, 1), (1, 1, 1), (1, 1, 2)]),
    "li2zrcl6_p-31m_2c": (10, [(1, 1, 1), (1, 1, 1), (1, 1, 2)]),
    "li2zrcl6_c2m_4g": (12, [(1, 1, 1), (1, 1, 1), (1, 1, 2)]),
    "li2zrcl6_c2m_4h": (10, [(1, 1, 1), (1, 1, 1), (1, 1, 2)]),
}
DISORDERED_CHAINS = 1
ELASTIC = (
    "li_bcc", "li_fcc", "zr_hcp", "licl_rocksalt", "zrcl4_p2c", "li2zrcl6_p-31c_2d2b", "li2zrcl6_p-31m_2d",
    "li2zrcl6_c2m_4g", "li2zrcl6_c2m_4h",
)  # fmt: skip
VOLUMES = (0.74, 0.80, 0.85, 0.89, 0.93, 0.965, 1.0, 1.035, 1.07, 1.12, 1.18, 1.25, 1.35)


def crystals(parents: dict[str, Atoms], rng: np.random.Generator) -> list[Atoms]:
    """Rattles, equations of state and elastic strains of every crystal."""
    frames = []
    for name, parent in parents.items():
        origin = parent.info["origin"]
        chains, supercells = RATTLE_PLAN.get(name, (DISORDERED_CHAINS, [(1, 1, 1)]))
        for chain in range(chains):
            cell = parent.repeat(supercells[chain % len(supercells)])
            volume = float(rng.uniform(0.97, 1.04) if chain % 2 == 0 else rng.uniform(0.84, 1.22))
            for std in rng.permutation([0.03, 0.06, 0.09, 0.13, 0.18, 0.24, 0.33]):
                scale = 1.6 if origin.startswith("li_") else 1.0
                frame = rattled(
                    cell,
                    rng,
                    std * scale,
                    strain=float(rng.choice([0.0, 0.03, 0.08])),
                    volume=volume,
                )
                frames.append(tag(frame, origin, f"rattle_{name}_{chain}", "rattle"))
        if "disordered" in name:
            continue
        for frame in sampling.volume_scan(parent, VOLUMES):
            frames.append(tag(frame, origin, f"eos_{name}", "strain"))
        if name in ELASTIC:
            for frame in sampling.strain_scan(parent, (-0.05, -0.02, 0.02, 0.05)):
                frames.append(tag(frame, origin, f"elastic_{name}", "strain"))
    for k in range(36):  # unrelaxed disorder: Li and Zr on ideal sites, also reduced
        stacking, repeat = [
            ("AB", (2, 3)),
            ("AB", (3, 3)),
            ("ABC", (2, 2)),
            ("ABAC", (3, 1)),
            ("ABC", (2, 3)),
        ][k % 5]
        excess = int(rng.choice([0, 0, 0, 1, 2, 4]))
        try:
            cell = disordered_li2zrcl6(rng, stacking, repeat, excess_li=excess)
        except DataError:
            continue
        kind = {"AB": "hcp", "ABC": "ccp"}.get(stacking, "mixed")
        origin = f"li2zrcl6_disordered_{kind}" if excess == 0 else "lixzrcl6_intercalated"
        for std in (0.05, 0.12, 0.22):
            frame = rattled(cell, rng, std, strain=0.05, volume=float(rng.uniform(0.95, 1.15)))
            frames.append(tag(frame, origin, f"fresh_disorder_{k}", "rattle"))
    return frames


def _bare(parents: dict[str, Atoms], name: str) -> Atoms:
    return parents[name].copy()


def contacts(parents: dict[str, Atoms], rng: np.random.Generator) -> list[Atoms]:
    """Li | Li2ZrCl6, with and without LiCl film, intermixed; LiCl | Li."""
    small = ["li2zrcl6_p-31m_2d", "li2zrcl6_p-31m_2c"]
    thick = ["li2zrcl6_p-31c_2d2b", "li2zrcl6_p-31c_2d2a"]
    frames = []

    def add(slab: Atoms, origin: str, group: str, stds: tuple[float, ...]) -> None:
        for std in stds:
            frames.append(tag(rattled(slab, rng, std, strain=0.02), origin, group, "rattle"))

    for k in range(44):
        name = small[k % 2] if k % 3 else thick[(k // 3) % 2]
        halide = _bare(parents, name)
        slab = slabs.contact_slab(
            rng,
            halide,
            li_layers=int(rng.integers(3, 5)),
            vacuum=8.0 if k % 5 == 4 else 0.0,
            gap=(1.9, 3.3),
        )
        add(slab, "interface_contact", f"contact_{k}", (0.03, 0.10, 0.18))
        pairs = int(rng.integers(1, 6))
        add(sampling.exchanged(slab, rng, pairs), "interface_reacted", f"contact_{k}", (0.05, 0.15))
    for k in range(24):
        halide = _bare(parents, small[k % 2])
        slab = slabs.contact_slab(
            rng, halide, li_layers=int(rng.integers(2, 4)), film_layers=int(rng.integers(2, 5))
        )
        add(slab, "interface_film", f"film_{k}", (0.04, 0.14))
        if k % 2:
            add(
                sampling.exchanged(slab, rng, int(rng.integers(1, 4))),
                "interface_reacted",
                f"film_{k}",
                (0.1,),
            )
    for k in range(20):
        slab = slabs.lithium_chloride_contact(
            rng, li_layers=int(rng.integers(2, 5)), salt_layers=int(rng.integers(2, 4))
        )
        add(slab, "interface_licl_li", f"licl_li_{k}", (0.05, 0.15))
        if k % 2:
            mixed = sampling.substituted(slab, rng, "Li", "Zr", int(rng.integers(1, 3)))
            add(mixed, "interface_licl_li_zr", f"licl_li_{k}", (0.1,))
    for k in range(6):
        halide = _bare(parents, ["li2zrcl6_p-3m1_6g", "li2zrcl6_p-3m1_6h"][k % 2])
        slab = slabs.contact_slab(rng, halide, li_layers=3)
        add(slab, "interface_contact", f"contact_large_{k}", (0.04, 0.12))
        add(sampling.exchanged(slab, rng, 4), "interface_reacted", f"contact_large_{k}", (0.08,))
    return frames


def defects(parents: dict[str, Atoms], rng: np.random.Generator) -> list[Atoms]:
    """Intercalated Li2ZrCl6, Zr removed, Zr and Cl in Li, Zr in LiCl, Zr clusters, vacancies,
    antisites.
    """
    frames = []

    def add(
        cell: Atoms, origin: str, group: str, stds: tuple[float, ...] = (0.05, 0.12, 0.2)
    ) -> None:
        for std in stds:
            frame = rattled(cell, rng, std, strain=0.04, volume=float(rng.uniform(0.93, 1.1)))
            frames.append(tag(frame, origin, group, "rattle"))

    ordered = [
        n
        for n in parents
        if n.startswith("li2zrcl6") and len(parents[n]) <= 18 and "disordered" not in n
    ]
    for k in range(28):
        host = _bare(parents, ordered[k % len(ordered)])
        n_zr = host.get_chemical_symbols().count("Zr")
        extra = int(rng.integers(1, 4)) * n_zr if k % 2 else int(rng.integers(1, 3))
        add(
            sampling.interstitial(host, rng, "Li", extra),
            "lixzrcl6_intercalated",
            f"intercalated_{k}",
        )
    for k in range(20):
        host = _bare(parents, ordered[k % len(ordered)])
        if len(host) < 18:
            host = host.repeat((1, 1, 2))
        cell = sampling.vacancy(host, rng, "Zr")
        if k % 2:  # four Li for the missing Zr: the end of the dissolution
            cell = sampling.interstitial(cell, rng, "Li", int(rng.integers(2, 5)))
        add(cell, "li2zrcl6_zr_removed", f"zr_removed_{k}", (0.06, 0.15))
    for k in range(14):
        host = _bare(parents, ordered[k % len(ordered)])
        if len(host) < 18:
            host = host.repeat((1, 1, 2))
        element = ["Li", "Cl"][k % 2]
        add(sampling.vacancy(host, rng, element), "li2zrcl6_vacancy", f"vacancy_{k}", (0.06, 0.15))
        add(sampling.exchanged(host, rng, 1), "li2zrcl6_antisite", f"vacancy_{k}", (0.08,))
    for k in range(26):
        structure, cells = [
            ("bcc", (2, 2, 2)),
            ("fcc", (2, 2, 1)),
            ("bcc", (3, 2, 2)),
            ("bcc", (2, 2, 3)),
        ][k % 4]
        host = sampling.lithium_supercell(rng, cells, structure)
        n_zr, n_cl = [(1, 0), (2, 0), (1, 1), (1, 3), (3, 0), (0, 1), (2, 2), (0, 2), (4, 0)][k % 9]
        cell = sampling.substituted(host, rng, "Li", "Zr", n_zr) if n_zr else host
        if n_cl:
            cell = sampling.substituted(cell, rng, "Li", "Cl", n_cl)
        add(cell, "zr_cl_in_li", f"zr_in_li_{k}", (0.08, 0.2, 0.35))
    for k in range(14):
        host = _bare(parents, "licl_rocksalt").repeat([(1, 1, 1), (2, 1, 1)][k % 2])
        cell = sampling.substituted(host, rng, "Li", "Zr", 1 + (k % 3 == 2))
        if k % 4 == 0 and len(cell) > 8:
            cell = sampling.vacancy(cell, rng, "Li", int(rng.integers(1, 4)))
        if k % 4 == 3:
            cell = sampling.vacancy(cell, rng, "Cl", 1)
        add(cell, "zr_in_licl", f"zr_in_licl_{k}", (0.06, 0.15))
    for k in range(10):
        host = _bare(parents, ["zr_hcp", "zr_bcc"][k % 2]).repeat((2, 2, 2))
        cell = sampling.substituted(
            host, rng, "Zr", "Li" if k % 3 else "Cl", int(rng.integers(1, 6))
        )
        add(cell, "zr_rich_alloy", f"zr_alloy_{k}", (0.1, 0.2))
    return frames


def _random_counts(rng: np.random.Generator, k: int, size: int) -> tuple[str, dict[str, int]]:
    """Class and composition of one random cell."""
    kind = k % 6
    if kind == 0:  # between LiCl and ZrCl4
        n_zr = int(rng.integers(1, 4))
        n_li = int(rng.integers(0, 5))
        return "random_salt", {"Li": n_li, "Zr": n_zr, "Cl": n_li + 4 * n_zr}
    if kind == 1:
        return "random_li2zrcl6", {"Li": 2, "Zr": 1, "Cl": 6} if rng.random() < 0.6 else {
            "Li": 4,
            "Zr": 2,
            "Cl": 12,
        }
    if kind in (2, 3):  # reduced: less Cl than charge balance
        n_zr, n_li = int(rng.integers(1, 4)), int(rng.integers(1, 8))
        n_cl = max(1, int(rng.uniform(0.15, 0.9) * (n_li + 4 * n_zr)))
        return "random_cl_poor", {"Li": n_li, "Zr": n_zr, "Cl": n_cl}
    if kind == 4:
        n_cl, n_zr = int(rng.integers(0, 5)), int(rng.integers(0, 3))
        return "random_li_rich", {"Li": max(4, size - n_cl - n_zr), "Zr": n_zr, "Cl": n_cl}
    if k % 12 == 5:
        n_zr = int(rng.integers(2, 6))
        return "random_zr_cl", {"Zr": n_zr, "Cl": int(rng.uniform(0.3, 4.0) * n_zr) + 1}
    n_li = int(rng.integers(2, 9))
    return "random_li_cl", {"Li": n_li, "Cl": int(rng.uniform(0.4, 1.3) * n_li) + 1}


def random_cells(rng: np.random.Generator, number: int = 420) -> list[Atoms]:
    """Random mixtures over the whole triangle, densities 0.03-0.06 atoms/A^3."""
    frames = []
    for k in range(number):
        origin, counts = _random_counts(rng, k, int(rng.integers(9, 19)))
        counts = {element: count for element, count in counts.items() if count}
        if sum(counts.values()) < 6:
            counts = {element: 2 * count for element, count in counts.items()}
        try:
            frame = mixtures.random_mixture(
                rng,
                counts,
                float(rng.uniform(0.03, 0.06)),
                closeness=float(rng.choice([0.85, 0.95, 1.0])),
            )
        except DataError:
            continue
        frames.append(tag(frame, origin, f"random_{k}", "random"))
    return frames


def dimers() -> list[Atoms]:
    """Isolated atoms and all pairs from strong repulsion to the cutoff."""
    frames = [
        tag(sampling.isolated_atom(e), f"isolated_{e}", f"isolated_{e}", "isolated")
        for e in ("Li", "Zr", "Cl")
    ]
    for first, second in combinations_with_replacement(("Li", "Zr", "Cl"), 2):
        for frame in sampling.dimer_scan(first, second):
            origin = f"dimer_{first}_{second}"
            frames.append(tag(frame, origin, origin, "dimer"))
    return frames


def main(relaxed: str, folder: str, seed: int, prefix: str) -> None:
    """Write the five files."""
    rng = np.random.default_rng(seed)
    parents = {}
    for frame in read_frames(relaxed):
        parent = bare(frame)
        parent.info["origin"] = frame.info["origin"]
        if np.abs(frame.arrays["forces"]).max() < 1.0:
            parents[frame.info["name"]] = parent
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    sets = {
        "crystals": lambda: crystals(parents, rng),
        "contacts": lambda: contacts(parents, rng),
        "defects": lambda: defects(parents, rng),
        "dimers": dimers,
        "random": lambda: random_cells(rng),
    }
    for name, generate in sets.items():
        frames = generate()
        for frame in frames:
            frame.info["group"] = prefix + frame.info["group"]
        order = rng.permutation(len(frames)) if name != "dimers" else range(len(frames))
        write_frames(target / f"{name}.extxyz", [frames[i] for i in order], position_decimals=6)
        print(f"{name}: {len(frames)} frames, {sum(map(len, frames))} atoms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("relaxed")
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--prefix", default="")
    options = parser.parse_args()
    main(options.relaxed, options.folder, options.seed, options.prefix)

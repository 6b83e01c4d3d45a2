"""Classes of Li-Zr-Cl frames by origin and composition, for tables of errors and for choices of frames."""

from __future__ import annotations

from ase import Atoms

RANDOM = "random and search-like"
IN_LITHIUM = "Zr in Li"
IN_CHLORIDE = "Zr in LiCl"
SUBCHLORIDES = "ZrCl, ZrCl2, ZrCl3"
REDUCED = "reduced LixZrCl6"

_RANDOM = ("random", "search", "rand")
_DISSOLVED = ("zr_in", "zr_cl_in", "md_zr_in")
_MINIMA = ("minimum", "rattle")


def class_of(frame: Atoms) -> str:
    """The class of a frame; `info["origin"]` (or `cls`) tells random cells and Zr in Li or LiCl, the formula all others.

    Hf counts as Zr. Li2ZrCl6 are all cells of the three elements in which Cl balances Li and Zr(IV); with less Cl they
    are reduced. Cells of a search are random ones on their way to a minimum; minima from an archive, as they are or displaced
    (`info["kind"]` is `minimum` or `rattle`), belong to their formula.
    """
    origin = str(frame.info.get("cls", frame.info.get("origin", "")))
    symbols = frame.get_chemical_symbols()
    lithium, chlorine = symbols.count("Li"), symbols.count("Cl")
    zirconium = len(symbols) - lithium - chlorine
    if origin.startswith(_RANDOM) and not (origin.startswith("search") and frame.info.get("kind") in _MINIMA):
        return RANDOM
    if origin.startswith(_DISSOLVED):
        return IN_CHLORIDE if "licl" in origin else IN_LITHIUM
    if not chlorine:
        return "Li metal" if not zirconium else "Zr metal" if not lithium else "Li-Zr alloys"
    if not zirconium:
        return "LiCl" if lithium == chlorine else "Li-Cl mixtures"
    if not lithium:
        return "ZrCl4" if chlorine >= 4 * zirconium else SUBCHLORIDES
    return "Li2ZrCl6" if lithium + 4 * zirconium <= chlorine else REDUCED

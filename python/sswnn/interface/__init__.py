"""Solid | solid interfaces: lattice matching, slabs, files for LAMMPS.

from sswnn.interface import build
interface = build("paper")
interface.write("out")
"""

from sswnn.interface.builder import Interface, build
from sswnn.interface.matching import LatticeMatch, match_lattices
from sswnn.interface.presets import PRESETS, Preset
from sswnn.interface.record import summary

__all__ = ["PRESETS", "Interface", "LatticeMatch", "Preset", "build", "match_lattices", "summary"]

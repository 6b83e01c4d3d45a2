"""Energies of structures to phase diagrams: sources, hull, spectrum, re-evaluation with another potential.

from sswnn.thermo import collect, convex_hull
hull = convex_hull(collect(["search/minima.sqlite"]).phases, ["LiCl", "ZrCl4"])
print([c.formula for c in hull.compounds if c.stable])
"""

from sswnn.thermo.compounds import Compound, Hull
from sswnn.thermo.hull import convex_hull
from sswnn.thermo.phases import Collection, Phase, distinct
from sswnn.thermo.sources import collect
from sswnn.thermo.spectrum import SpectrumRow, spectrum

__all__ = [
    "Collection",
    "Compound",
    "Hull",
    "Phase",
    "SpectrumRow",
    "collect",
    "convex_hull",
    "distinct",
    "spectrum",
]

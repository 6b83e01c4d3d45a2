"""Barriers of single ion hops: sites, hops, end states, nudged elastic bands, files for LAMMPS, another engine at the images.

from sswnn.barriers import distinct_hops, find_sites
sites = find_sites(crystal, ion="Li")
print([(hop.name, hop.channel, hop.distance) for hop in distinct_hops(sites, "vacancy")])
"""

from sswnn.barriers.band import Band, BandSettings, climb
from sswnn.barriers.hops import MECHANISMS, Hop, distinct_hops
from sswnn.barriers.sites import Sites, find_sites
from sswnn.barriers.study import HopResult, run_hop, run_hops

__all__ = [
    "MECHANISMS",
    "Band",
    "BandSettings",
    "Hop",
    "HopResult",
    "Sites",
    "climb",
    "distinct_hops",
    "find_sites",
    "run_hop",
    "run_hops",
]

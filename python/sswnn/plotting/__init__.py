"""Figures of the analyses and of a training: each function takes a result and a file, and draws it.

from sswnn.plotting import plot_msd
plot_msd(result, "msd.png")
"""

from sswnn.plotting.density import plot_density
from sswnn.plotting.dissolution import (
    plot_bonds,
    plot_dissolution,
    plot_dissolution_runs,
    plot_fates,
)
from sswnn.plotting.film import plot_film, plot_film_runs
from sswnn.plotting.hops import plot_hops
from sswnn.plotting.interlayer import plot_interlayer
from sswnn.plotting.msd import plot_msd
from sswnn.plotting.profile import plot_profile
from sswnn.plotting.snapshot import plot_snapshots
from sswnn.plotting.thermo import plot_thermo
from sswnn.plotting.training import plot_learning, plot_parity

__all__ = [
    "plot_bonds",
    "plot_density",
    "plot_dissolution",
    "plot_dissolution_runs",
    "plot_fates",
    "plot_film",
    "plot_film_runs",
    "plot_hops",
    "plot_interlayer",
    "plot_learning",
    "plot_msd",
    "plot_parity",
    "plot_profile",
    "plot_snapshots",
    "plot_thermo",
]

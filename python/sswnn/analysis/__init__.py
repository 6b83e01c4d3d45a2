"""Trajectories to numbers: bonds, dissolution, film, densities, profiles, mean-square displacement.

from sswnn.analysis import dissolution, read_trajectory
result = dissolution(read_trajectory("md.dump.gz"))
print(result.onset_ps, result.fraction[-1])
"""

from sswnn.analysis.bonds import BondTracker, detached_atoms, pairs_within
from sswnn.analysis.conductivity import Conductivity, conductivity
from sswnn.analysis.density import DensityObserver, DensityResult
from sswnn.analysis.diffusion import Diffusion, charge_diffusion, diffusion
from sswnn.analysis.displacements import Displacements, collect
from sswnn.analysis.dissolution import DissolutionObserver, DissolutionResult, dissolution
from sswnn.analysis.ensemble import EnsembleResult, combine
from sswnn.analysis.film import FilmObserver, FilmResult
from sswnn.analysis.hops import HopsObserver, HopsResult
from sswnn.analysis.interlayer import InterlayerResult, interlayer_ions
from sswnn.analysis.msd import MSDResult, mean_square_displacement, msd
from sswnn.analysis.passes import follow, observe
from sswnn.analysis.profile import ProfileObserver, ProfileResult, density_profile
from sswnn.analysis.readers import from_ase, from_universe, read_any
from sswnn.analysis.trajectory import Frame, read_trajectory

__all__ = [
    "BondTracker",
    "Conductivity",
    "DensityObserver",
    "DensityResult",
    "Diffusion",
    "Displacements",
    "DissolutionObserver",
    "DissolutionResult",
    "EnsembleResult",
    "FilmObserver",
    "FilmResult",
    "Frame",
    "HopsObserver",
    "HopsResult",
    "InterlayerResult",
    "MSDResult",
    "ProfileObserver",
    "ProfileResult",
    "charge_diffusion",
    "collect",
    "combine",
    "conductivity",
    "density_profile",
    "detached_atoms",
    "diffusion",
    "dissolution",
    "follow",
    "from_ase",
    "from_universe",
    "interlayer_ions",
    "mean_square_displacement",
    "msd",
    "observe",
    "pairs_within",
    "read_any",
    "read_trajectory",
]

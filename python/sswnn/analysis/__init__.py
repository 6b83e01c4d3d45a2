"""Trajectories to numbers: bonds, dissolution, film, densities, profiles, mean-square displacement.

from sswnn.analysis import dissolution, read_trajectory
result = dissolution(read_trajectory("md.dump.gz"))
print(result.onset_ps, result.fraction[-1])
"""

from sswnn.analysis.interface.bonds import BondTracker, detached_atoms, pairs_within
from sswnn.analysis.interface.density import DensityObserver, DensityResult
from sswnn.analysis.interface.dissolution import DissolutionObserver, DissolutionResult, dissolution
from sswnn.analysis.interface.ensemble import EnsembleResult, combine
from sswnn.analysis.interface.film import FilmObserver, FilmResult
from sswnn.analysis.interface.hops import HopsObserver, HopsResult
from sswnn.analysis.interface.interlayer import InterlayerResult, interlayer_ions
from sswnn.analysis.interface.profile import ProfileObserver, ProfileResult, density_profile
from sswnn.analysis.trajectories.passes import follow, observe
from sswnn.analysis.trajectories.readers import from_ase, from_universe, read_any
from sswnn.analysis.trajectories.trajectory import Frame, read_trajectory
from sswnn.analysis.transport.conductivity import Conductivity, conductivity
from sswnn.analysis.transport.diffusion import Diffusion, charge_diffusion, diffusion
from sswnn.analysis.transport.displacements import Displacements, collect
from sswnn.analysis.transport.msd import MSDResult, mean_square_displacement, msd

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

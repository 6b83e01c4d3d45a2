"""Trajectories to numbers: bonds, dissolution, profiles, mean-square displacement.

from sswnn.analysis import dissolution, read_trajectory
result = dissolution(read_trajectory("md.dump.gz"))
print(result.onset_ps, result.fraction[-1])
"""

from sswnn.analysis.bonds import BondTracker, detached_atoms, pairs_within
from sswnn.analysis.dissolution import DissolutionResult, dissolution
from sswnn.analysis.interlayer import InterlayerResult, interlayer_ions
from sswnn.analysis.msd import MSDResult, mean_square_displacement, msd
from sswnn.analysis.profile import ProfileResult, density_profile
from sswnn.analysis.trajectory import Frame, read_trajectory

__all__ = [
    "BondTracker",
    "DissolutionResult",
    "Frame",
    "InterlayerResult",
    "MSDResult",
    "ProfileResult",
    "density_profile",
    "detached_atoms",
    "dissolution",
    "interlayer_ions",
    "mean_square_displacement",
    "msd",
    "pairs_within",
    "read_trajectory",
]

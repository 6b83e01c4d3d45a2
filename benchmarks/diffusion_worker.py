"""kinisi and pymatgen-analysis-diffusion on positions in a file: one line of JSON, name -> D, low, high in cm^2/s.

    python diffusion_worker.py POSITIONS.npy INTERVAL_PS START_PS
"""

from __future__ import annotations

import json
import sys

import numpy as np

CELL = 60.0  # A, larger than any step
HOP = 3.0  # A


def kinisi(positions: np.ndarray, interval_ps: float, start_ps: float) -> tuple[float, float, float]:
    """Median and 95 % interval of the posterior."""
    import scipp as sc
    from ase import Atoms
    from kinisi.analyze import DiffusionAnalyzer

    still = np.zeros((1, 3))
    images = [
        Atoms(["Li"] * len(r) + ["Cl"], positions=np.concatenate([r, still]) % CELL, cell=[CELL] * 3, pbc=True)
        for r in positions
    ]
    lags = np.unique(np.round(np.geomspace(1, len(positions) // 2, 60)).astype(int)) * interval_ps
    found = DiffusionAnalyzer.from_ase(
        images, specie="Li", time_step=sc.scalar(interval_ps, unit="ps"), step_skip=sc.scalar(1),
        dt=sc.array(dims=["time interval"], values=lags, unit="ps"), progress=False,
    )  # fmt: skip
    found.diffusion(sc.scalar(start_ps, unit="ps"), progress=False, random_state=np.random.RandomState(1))
    samples = sc.to_unit(found.D, "cm2/s").values
    low, middle, high = np.quantile(samples, [0.025, 0.5, 0.975])
    return float(middle), float(low), float(high)


def pymatgen(positions: np.ndarray, interval_ps: float) -> tuple[float, float, float]:
    """Fitted value, plus and minus twice the standard error that its authors give for a number of hops.

    The error of its fit takes neighbouring lags for independent and is hundreds of times smaller. He, Zhu, Epstein and Mo, 2018,
    doi:10.1038/s41524-018-0074-y: relative standard deviation 3.43 / sqrt(hops) + 0.04.
    """
    from pymatgen.analysis.diffusion.analyzer import DiffusionAnalyzer
    from pymatgen.core import Lattice, Structure

    frames, atoms, _ = positions.shape
    structure = Structure(Lattice.cubic(CELL), ["Li"] * atoms + ["Cl"], np.random.default_rng(0).random((atoms + 1, 3)))
    moved = np.zeros((atoms + 1, frames, 3))
    moved[:atoms] = (positions - positions[0]).transpose(1, 0, 2)
    found = DiffusionAnalyzer(structure, moved, "Li", 300, 1000 * interval_ps, 1)
    hops = atoms * found.msd.max() / HOP**2
    reach = 2 * found.diffusivity * (3.43 / np.sqrt(hops) + 0.04)
    return found.diffusivity, found.diffusivity - reach, found.diffusivity + reach


if __name__ == "__main__":
    made = np.load(sys.argv[1])
    interval, start = float(sys.argv[2]), float(sys.argv[3])
    print(json.dumps({"kinisi": kinisi(made, interval, start), "pymatgen": pymatgen(made, interval)}))

"""A small valid model file with random parameters, in numpy alone: some potential, not a good one."""

import numpy as np
from ase.data import atomic_numbers, covalent_radii

from sswnn.potential import model_file

LMAX = 2
CHANNELS = 4
HIDDEN = (16, 8)
INTERVALS = 40
FUNCTIONS = 5


def radial_basis(cutoff: float) -> np.ndarray:
    """Cubic Hermite splines [I, 4, P] of (1 - r/r_c)^3 exp(-p (r/r_c)^2), Eq. (5)."""
    width = cutoff / INTERVALS
    r = (np.arange(INTERVALS + 1) * width)[:, None]
    p = np.arange(FUNCTIONS) * 3.0
    damping, gaussian = (1 - r / cutoff) ** 3, np.exp(-p * (r / cutoff) ** 2)
    value = damping * gaussian
    slope = -3 * (1 - r / cutoff) ** 2 / cutoff * gaussian - 2 * p * r / cutoff**2 * value
    f0, f1, d0, d1 = value[:-1], value[1:], width * slope[:-1], width * slope[1:]
    return np.stack([f0, d0, 3 * (f1 - f0) - 2 * d0 - d1, 2 * (f0 - f1) + d0 + d1], axis=1)


def coupling_112() -> tuple[np.ndarray, np.ndarray]:
    """Terms [T, 3] and values [T] of the coupling (1, 1, 2), the integrals of C_1a C_1b C_2d / 4 pi, Eq. (6)."""
    z, weight = np.polynomial.legendre.leggauss(8)
    angle = 2 * np.pi * np.arange(16) / 16
    z, angle = np.meshgrid(z, angle, indexing="ij")
    x, y = np.sqrt(1 - z**2) * np.cos(angle), np.sqrt(1 - z**2) * np.sin(angle)
    root = np.sqrt(3.0)
    first = [y, z, x]
    second = [
        root * x * y,
        root * y * z,
        (3 * z**2 - 1) / 2,
        root * x * z,
        root / 2 * (x**2 - y**2),
    ]
    terms, values = [], []
    for a, ca in enumerate(first):
        for b, cb in enumerate(first):
            for d, cd in enumerate(second):
                value = (weight[:, None] * ca * cb * cd).sum() / 32
                if abs(value) > 1e-12:
                    terms.append((1 + a, 1 + b, 4 + d))
                    values.append(value)
    return np.array(terms, dtype=np.int32), np.array(values)


def random_model(elements: list[str], cutoff: float = 5.0, seed: int = 0) -> model_file.ModelFile:
    """Random potential of moderate forces (a few eV/Å at distances of 2.5 Å) with the repulsion switched on."""
    random = np.random.default_rng(seed)
    z, basis = len(elements), radial_basis(cutoff)
    terms, values = coupling_112()
    f, h = model_file.count_invariants(CHANNELS, LMAX, 1), HIDDEN[-1]
    radii = np.array([covalent_radii[atomic_numbers[s]] for s in elements])
    outer = 0.8 * (radii[:, None] + radii[None, :])
    factor = np.tril(random.normal(size=(z, h + 1, h + 1)))
    arrays = {
        "energy.atom": random.normal(size=z) - 3.0,
        "radial.basis": basis,
        "radial.mixing": random.normal(size=(z, z, CHANNELS, FUNCTIONS)),
        "coupling.offset": np.array([0, len(terms)], dtype=np.int32),
        "coupling.index": terms,
        "coupling.value": values,
        "invariant.mean": random.normal(size=(z, f)),
        "invariant.scale": random.uniform(3.0, 6.0, size=(z, f)),
        "repulsion.inner": 0.5 * outer,
        "repulsion.outer": outer,
        "uncertainty.factor": factor,
        "uncertainty.scale": random.uniform(0.1, 0.2, size=z),
    }
    widths = [f, *HIDDEN, 1]
    for symbol in elements:
        for k in range(len(widths) - 1):
            spread = 1.0 / np.sqrt(widths[k])
            arrays[f"network.{symbol}.weight{k}"] = random.normal(
                scale=spread, size=(widths[k + 1], widths[k])
            )
            arrays[f"network.{symbol}.bias{k}"] = random.normal(scale=0.1, size=widths[k + 1])
    metadata = {
        "format_version": model_file.FORMAT_VERSION,
        "name": "random",
        "elements": list(elements),
        "cutoff": cutoff,
        "lmax": LMAX,
        "channels": CHANNELS,
        "hidden": list(HIDDEN),
        "activation": "silu",
        "units": dict(model_file.UNITS),
        "licence": "GPL-2.0-or-later",
    }
    return model_file.ModelFile(arrays, metadata)

"""A small valid model file with random parameters, in numpy alone: some potential, not a good one."""

from collections.abc import Sequence

import numpy as np
from ase.data import atomic_numbers, covalent_radii

from sswnn.potential import model_file
from sswnn.twin.harmonics import solid_harmonics, sphere_quadrature

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


def coupling(*degrees: int) -> tuple[np.ndarray, np.ndarray]:
    """Terms [T, 3] and values [T] of one coupling (l, l', l''), the integrals of C_a C_b C_d / 4 pi, Eq. (6)."""
    lmax = max(degrees)
    points, weights = sphere_quadrature(3 * lmax)
    harmonics = np.array(solid_harmonics(*points.T, lmax))
    first, second, third = (slice(degree**2, (degree + 1) ** 2) for degree in degrees)
    integrals = np.einsum(
        "q,aq,bq,dq->abd", weights, harmonics[first], harmonics[second], harmonics[third]
    ) / (4 * np.pi)
    where = np.argwhere(np.abs(integrals) > 1e-12)
    terms = where + np.array([first.start, second.start, third.start])
    return terms.astype(np.int32), integrals[tuple(where.T)]


def couplings(triples: Sequence[tuple[int, int, int]]) -> dict[str, np.ndarray]:
    """The three coupling tensors of a model file; without triples they have no terms."""
    found = [coupling(*triple) for triple in triples]
    return {
        "coupling.offset": np.cumsum([0, *(len(values) for _, values in found)], dtype=np.int32),
        "coupling.index": np.concatenate(
            [np.empty((0, 3), dtype=np.int32), *(terms for terms, _ in found)]
        ),
        "coupling.value": np.concatenate([np.empty(0), *(values for _, values in found)]),
    }


def random_model(
    elements: list[str],
    cutoff: float = 5.0,
    seed: int = 0,
    *,
    channels: int = 4,
    lmax: int = 2,
    triples: Sequence[tuple[int, int, int]] = ((1, 1, 2),),
    hidden: Sequence[int] = (16, 8),
) -> model_file.ModelFile:
    """Random potential of moderate forces (a few eV/Å at distances of 2.5 Å) with the repulsion switched on."""
    random = np.random.default_rng(seed)
    z = len(elements)
    f, h = model_file.count_invariants(channels, lmax, len(triples)), hidden[-1]
    radii = np.array([covalent_radii[atomic_numbers[s]] for s in elements])
    outer = 0.8 * (radii[:, None] + radii[None, :])
    factor = np.tril(random.normal(size=(z, h + 1, h + 1)))
    arrays = {
        "energy.atom": random.normal(size=z) - 3.0,
        "radial.basis": radial_basis(cutoff),
        "radial.mixing": random.normal(size=(z, z, channels, FUNCTIONS)),
        **couplings(triples),
        "invariant.mean": random.normal(size=(z, f)),
        "invariant.scale": random.uniform(3.0, 6.0, size=(z, f)),
        "repulsion.inner": 0.5 * outer,
        "repulsion.outer": outer,
        "uncertainty.factor": factor,
        "uncertainty.scale": random.uniform(0.1, 0.2, size=z),
    }
    widths = [f, *hidden, 1]
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
        "lmax": lmax,
        "channels": channels,
        "hidden": list(hidden),
        "activation": "silu",
        "units": dict(model_file.UNITS),
        "licence": "GPL-2.0-or-later",
    }
    return model_file.ModelFile(arrays, metadata)

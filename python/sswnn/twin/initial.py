"""Potentials before training: random ones, where tests and benchmarks start as well, and trained ones with additions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from ase.data import atomic_numbers, covalent_radii

from sswnn.errors import ModelError
from sswnn.potential.model_file import FORMAT_VERSION, UNITS, ModelFile, count_invariants
from sswnn.twin.invariants import couplings
from sswnn.twin.network import HIDDEN_GAIN, Networks
from sswnn.twin.radial import SHORTEST, basis_spline, flattened

DEFAULT_TRIPLES = (
    (1, 1, 2),
    (2, 2, 2),
    (1, 2, 3),
    (2, 2, 4),
    (1, 3, 4),
    (2, 3, 3),
    (2, 4, 4),
    (3, 3, 4),
    (4, 4, 4),
)
REPULSION_OUTER = 0.8  # of the sum of the covalent radii
REPULSION_INNER = 0.5  # of the outer radius
FLAT = 0.6  # of the smallest sum of covalent radii, but at most SHORTEST: radial functions are constant below


def initial_model(
    elements: list[str],
    *,
    cutoff: float = 6.0,
    channels: int = 8,
    lmax: int = 4,
    triples=DEFAULT_TRIPLES,
    radial_functions: int = 12,
    intervals: int = 60,
    hidden: tuple[int, ...] = (48, 48),
    seed: int = 0,
    licence: str = "GPL-2.0-or-later",
) -> ModelFile:
    """Random mixing and weights, orthonormal radial functions, E0 = 0, no standardisation, no uncertainty.

    Parameters
    ----------
    elements : list of str
        Chemical symbols.
    cutoff : float
        Å.
    channels, lmax, triples, radial_functions, intervals, hidden
        N, L, couplings, P, I and widths of docs/model_format.md.
    seed : int
        Of the random numbers.
    """
    generator = torch.Generator().manual_seed(seed)
    z = len(elements)
    offset, index, value = couplings(lmax, triples)
    f = count_invariants(channels, lmax, len(offset) - 1)
    mixing = torch.randn(z, z, channels, radial_functions, generator=generator, dtype=torch.float64)
    inner, outer = _repulsion_radii(elements)
    networks = Networks(z, [f, *hidden, 1], generator)
    arrays = {
        "energy.atom": np.zeros(z),
        "radial.basis": flattened(
            basis_spline(cutoff, radial_functions, intervals), cutoff, _shortest(elements)
        ),
        "radial.mixing": mixing.numpy() / np.sqrt(radial_functions),
        "coupling.offset": offset,
        "coupling.index": index,
        "coupling.value": value,
        "invariant.mean": np.zeros((z, f)),
        "invariant.scale": np.ones((z, f)),
        "repulsion.inner": inner,
        "repulsion.outer": outer,
        **_no_uncertainty(z, hidden[-1]),
    }
    for e, symbol in enumerate(elements):
        for k in range(networks.layers):
            weight, bias = networks.layer(e, k)
            arrays[f"network.{symbol}.weight{k}"] = weight.detach().double().numpy()
            arrays[f"network.{symbol}.bias{k}"] = bias.detach().double().numpy()
    metadata = {
        "format_version": FORMAT_VERSION,
        "elements": list(elements),
        "cutoff": float(cutoff),
        "lmax": lmax,
        "channels": channels,
        "hidden": list(hidden),
        "activation": "silu",
        "units": dict(UNITS),
        "licence": licence,
    }
    return ModelFile(arrays, metadata)


def extended_model(model: ModelFile, like: dict[str, str]) -> ModelFile:
    """A model with more elements, each with the parameters of one that it has; energies of old elements stay as they are.

    The new elements stand behind the old ones. All that belongs to a new element or to a pair with it is
    a copy of what belongs to its pattern, but the radii of the core repulsion, Eq. (9), which are its own.

    Parameters
    ----------
    model : ModelFile
    like : dict of str to str
        New chemical symbol -> its pattern.

    Raises
    ------
    ModelError
        If a pattern is not in the model or a new element is already, or if bonds of a new element are so short that the radial
        functions of the model do not see them.
    """
    old = model.elements
    for symbol, pattern in like.items():
        if symbol in old or pattern not in old:
            raise ModelError(f"{symbol} like {pattern} cannot be added to a model of {old}")
    source = [*range(len(old)), *(old.index(pattern) for pattern in like.values())]
    arrays = {}
    for name, array in model.arrays.items():
        if name.startswith(("energy.", "invariant.", "uncertainty.")):
            arrays[name] = array[source]
        elif name in ("radial.mixing", "repulsion.inner", "repulsion.outer"):
            arrays[name] = array[source][:, source]
        else:
            arrays[name] = array.copy()
    for symbol, pattern in like.items():
        for name in [n for n in arrays if n.startswith(f"network.{pattern}.")]:
            arrays[name.replace(f".{pattern}.", f".{symbol}.", 1)] = arrays[name].copy()
    elements = [*old, *like]
    flat = _flat_end(model)
    for symbol in like:
        for other in elements:
            length = sum(covalent_radii[atomic_numbers[s]] for s in (symbol, other))
            if length < flat:
                raise ModelError(
                    f"{symbol} cannot be added: the radial functions of the model are constant below {flat:.2f} A, "
                    f"and {symbol}-{other} bonds are about {length:.2f} A long; train a new model with all elements"
                )
    for name, radii in zip(("inner", "outer"), _repulsion_radii(elements), strict=True):
        radii[: len(old), : len(old)] = model.arrays[f"repulsion.{name}"]
        arrays[f"repulsion.{name}"] = radii
    return ModelFile(arrays, {**model.metadata, "elements": elements})


def widened_model(
    model: ModelFile, channels: int, hidden: Sequence[int], seed: int = 0
) -> tuple[ModelFile, np.ndarray]:
    """A model with more radial channels and wider hidden layers, which says what the old one says (arXiv:1511.05641).

    New channels mix radial functions at random, as strongly as the old ones of their pair; no network looks at their invariants
    yet. New units look at everything at random; nothing looks at them yet. The uncertainty is that of an untrained model.

    Parameters
    ----------
    model : ModelFile
    channels, hidden
        N and widths, none below those of the model.
    seed : int
        Of the random numbers.

    Returns
    -------
    ModelFile
    new : ndarray [F] bool
        Which invariants the old model does not have: theirs are mean 0 and scale 1.

    Raises
    ------
    ModelError
        For fewer channels, units or another number of layers.
    """
    before = [model.channels, *model.hidden]
    asked = [channels, *hidden]
    if len(asked) != len(before) or any(a < b for a, b in zip(asked, before, strict=True)):
        raise ModelError(
            f"channels {channels} and hidden {list(hidden)} cannot be grown from channels {before[0]} and hidden {before[1:]}"
        )
    old = _places(model.channels, channels, model.lmax, model.couplings)
    count = count_invariants(channels, model.lmax, model.couplings)
    generator = np.random.default_rng(seed)
    arrays = {name: array.copy() for name, array in model.arrays.items()}
    mixing = arrays["radial.mixing"]
    strength = np.sqrt((mixing**2).mean(axis=(2, 3), keepdims=True))
    fresh = strength * generator.standard_normal((*mixing.shape[:2], channels - model.channels, mixing.shape[3]))
    arrays["radial.mixing"] = np.concatenate([mixing, fresh], axis=2)
    for name, usual in (("invariant.mean", 0.0), ("invariant.scale", 1.0)):
        arrays[name] = np.full((len(model.elements), count), usual)
        arrays[name][:, old] = model.arrays[name]
    arrays |= _no_uncertainty(len(model.elements), hidden[-1])
    widths = [count, *hidden, 1]
    for symbol in model.elements:
        for k in range(len(widths) - 1):
            weight, bias = f"network.{symbol}.weight{k}", f"network.{symbol}.bias{k}"
            (rows, columns), seen = model.arrays[weight].shape, old if k == 0 else np.arange(model.hidden[k - 1])
            grown = HIDDEN_GAIN / np.sqrt(columns) * generator.standard_normal((widths[k + 1], widths[k]))
            grown[:rows] = 0
            grown[:rows, seen] = model.arrays[weight]
            arrays[weight] = grown
            arrays[bias] = np.concatenate([model.arrays[bias], np.zeros(widths[k + 1] - rows)])
    metadata = {**model.metadata, "channels": channels, "hidden": list(hidden)}
    return ModelFile(arrays, metadata), ~np.isin(np.arange(count), old)


def _no_uncertainty(elements: int, width: int) -> dict[str, np.ndarray]:
    """Arrays of Eq. (10) before a training has fitted them: the uncertainty is zero."""
    return {
        "uncertainty.factor": np.tile(np.eye(width + 1), (elements, 1, 1)),
        "uncertainty.scale": np.zeros(elements),
    }


def _places(channels: int, more: int, lmax: int, couplings: int) -> np.ndarray:
    """Where the invariants of a model with `channels` stand in that of one with `more`, in the order of Eq. (6)."""
    triangle = np.zeros((more, more), dtype=int)
    triangle[np.triu_indices(more)] = np.arange(more * (more + 1) // 2)
    inner = triangle[:channels, :channels][np.triu_indices(channels)]
    pairs = more * (more + 1) // 2
    return np.concatenate([
        np.arange(channels),
        *(more + k * pairs + inner for k in range(lmax)),
        *(more + lmax * pairs + k * more + np.arange(channels) for k in range(couplings)),
    ])  # fmt: skip


def _repulsion_radii(elements: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Inner and outer radius of Eq. (9) for every pair of elements, Å, from covalent radii."""
    radii = np.array([covalent_radii[atomic_numbers[s]] for s in elements])
    outer = REPULSION_OUTER * (radii[:, None] + radii[None, :])
    return REPULSION_INNER * outer, outer


def _flat_end(model: ModelFile) -> float:
    """Up to which distance the radial functions are constant, Å."""
    basis = model.arrays["radial.basis"]
    changing = np.flatnonzero(np.abs(basis[:, 1:]).max(axis=(1, 2)) > 0)
    return float(changing[0]) * model.cutoff / len(basis) if len(changing) else model.cutoff


def _shortest(elements: list[str]) -> float:
    """Below which distance radial functions are constant, Å."""
    return min(SHORTEST, FLAT * 2 * min(covalent_radii[atomic_numbers[s]] for s in elements))

"""What is fixed before training: E0 per element, the part that is subtracted from labels,
standardisation of invariants."""

from __future__ import annotations

import numpy as np
import torch

from sswnn.training.dataset import CALM_FORCE, Frame, batches
from sswnn.twin.model import Potential

RESOLVED = 1e-6  # smallest singular value of the compositions, relative to the largest, that counts
SMALLEST_RELATIVE_SCALE = 0.02


def fit_atom_energies(frames: list[Frame], elements: int) -> np.ndarray:
    """E0 of Eq. (1) by least squares on energies per atom, [elements], eV.

    Of what the compositions leave open, the solution nearest to the mean energy per atom, so an element that the frames do not
    resolve stays harmless; any zero of energy is fitted, also that of all electrons. Frames with forces of `CALM_FORCE` and
    more are left out where enough others exist.
    """
    used = _calm(frames, elements)
    share = np.stack([np.bincount(f.species, minlength=elements) / f.atoms for f in used])
    energy = np.array([f.energy / f.atoms for f in used])
    mean = energy.mean()
    return mean + np.linalg.lstsq(share, energy - mean, rcond=RESOLVED)[0]


def _calm(frames: list[Frame], elements: int) -> list[Frame]:
    """Those without strong forces, if they are enough for so many unknowns; else all."""
    calm = [f for f in frames if f.info["largest_force"] < CALM_FORCE]
    return calm if len(calm) > 10 * elements else frames


def fit_added_energies(
    potential: Potential, frames: list[Frame], added: list[int], batch_atoms: int = 2000
) -> np.ndarray:
    """What least squares add to E0 of Eq. (1) of some elements of a trained potential, [added], eV.

    The fit is to energies per atom without core repulsion, less all that the potential says of them, its
    networks included; E0 of the other elements stays. An element that is in no frame gets zero.
    """
    used = _calm([f for f in frames if np.isin(f.species, added).any()], len(added))
    atom = potential.energy_atom.double().numpy()
    share, rest = [], []
    for members, labelled in batches(potential, used, batch_atoms):
        network = potential(labelled.batch, create_graph=False).energy.double().numpy()
        for frame, energy in zip([used[k] for k in members], network, strict=True):
            count = np.bincount(frame.species, minlength=len(atom))
            share.append(count[added] / frame.atoms)
            rest.append((frame.energy - energy - count @ atom) / frame.atoms)
    return np.linalg.lstsq(np.reshape(share, (-1, len(added))), np.array(rest), rcond=None)[0]


def align_energies(
    potential: Potential, frames: list[Frame], fitted: list[Frame]
) -> dict[str, np.ndarray]:
    """Shift the energies of each engine to the zeros of a trained potential, in place: one offset per element and engine.

    Engines count energies from zeros of their own. Reactions conserve elements, so no difference of energies that can be
    measured changes.

    Parameters
    ----------
    frames, fitted
        Those to shift, and those that decide the offsets.

    Returns
    -------
    dict
        Offsets of each engine in the order of the potential's elements, eV; zero for elements it does not have.
    """
    offsets = {}
    for engine in sorted({str(f.info.get("engine")) for f in frames}):
        own = [f for f in fitted if str(f.info.get("engine")) == engine]
        present = sorted({int(z) for f in own for z in f.species})
        offsets[engine] = np.zeros(len(potential.elements))
        if own:
            offsets[engine][present] = fit_added_energies(potential, own, present)
        for frame in frames:
            if str(frame.info.get("engine")) == engine:
                frame.energy -= float(offsets[engine][frame.species].sum())
    return offsets


def subtract_repulsion(potential: Potential, frames: list[Frame], batch_atoms: int = 2000) -> None:
    """Take the core repulsion, Eq. (9), out of the labels, in place; exact for the exported model,
    so in double precision."""
    precise = Potential(potential.to_model_file(), torch.float64)
    precise.energy_atom.zero_()
    for members, labelled in batches(precise, frames, batch_atoms):
        reference = precise.reference(labelled.batch)
        forces = np.empty((labelled.batch.atoms, 3))
        forces[labelled.batch.order.numpy()] = reference.forces.numpy()
        offset = 0
        for k, frame in enumerate(frames[m] for m in members):
            frame.energy -= float(reference.energy[k])
            frame.forces = frame.forces - forces[offset : offset + frame.atoms]
            frame.stress = frame.stress - reference.virial[k].numpy() / frame.volume
            offset += frame.atoms


def subtract_atom_energies(potential: Potential, frames: list[Frame]) -> None:
    """Take E0 of Eq. (1) out of the labels, in place."""
    energies = potential.energy_atom.double().numpy()
    for frame in frames:
        frame.energy -= float(energies[frame.species].sum())


def standardise(
    potential: Potential, frames: list[Frame], which: np.ndarray, batch_atoms: int = 2000
) -> None:
    """Set mean and scale of Eq. (7) of some invariants, [F] bool, from frames, weighted as in the loss.

    A scale is at least a fraction of the largest over the elements, so that a rare element or a
    nearly constant invariant does not blow up a structure unlike the training data.
    """
    elements = len(potential.elements)
    total = torch.zeros(elements, dtype=torch.float64)
    first = torch.zeros(elements, potential.networks.mean.shape[1], dtype=torch.float64)
    second = torch.zeros_like(first)
    for _, labelled in batches(potential, frames, batch_atoms):
        batch = labelled.batch
        weight = labelled.weight[batch.frame].double()
        with torch.no_grad():
            invariants = potential.invariants(potential.density(batch)[0]).double()
        for z, run in batch.elements:
            total[z] += weight[run].sum()
            first[z] += weight[run] @ invariants[run]
            second[z] += weight[run] @ invariants[run].square()
    total = total.clamp_min(1e-12)[:, None]
    mean = first / total
    scale = (second / total - mean.square()).clamp_min(0).sqrt()
    floor = torch.maximum(SMALLEST_RELATIVE_SCALE * scale.max(dim=0).values, 1e-6 * scale.max())
    with torch.no_grad():
        for known, found in (
            (potential.networks.mean, mean),
            (potential.networks.scale, torch.maximum(scale, floor).clamp_min(1e-6)),
        ):
            known.copy_(torch.where(torch.from_numpy(which), found, known))

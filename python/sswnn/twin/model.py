"""The whole potential in PyTorch: Eqs. (1) to (10) of docs/theory.md, with gradients written for fast training."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from ase.data import atomic_numbers

from sswnn.errors import ModelError
from sswnn.potential import model_file
from sswnn.potential.model_file import ModelFile
from sswnn.twin.batch import Batch, make_batch
from sswnn.twin.harmonics import gradient_matrix
from sswnn.twin.invariants import Density, Invariants, MixRadial, PullBack
from sswnn.twin.neighbours import neighbour_list
from sswnn.twin.network import Networks
from sswnn.twin.repulsion import core_repulsion
from sswnn.twin.uncertainty import relative_uncertainty


@dataclass
class Prediction:
    """Network part of Eqs. (1) and (2) for a batch; `gradient` belongs to slots, the rest to the
    batch's atoms or frames."""

    energies: torch.Tensor  # [atoms], eV
    energy: torch.Tensor  # [frames], eV
    forces: torch.Tensor  # [atoms, 3], eV/Å
    virial: torch.Tensor  # [frames, 3, 3], dE/dstrain, eV


class Potential(torch.nn.Module):
    """A potential whose parameters can be trained; parameters and buffers carry the symbols of the theory.

    Parameters
    ----------
    model : ModelFile
        All arrays; `to_model_file` gives them back.
    dtype : torch.dtype
        Of parameters and buffers.
    """

    def __init__(self, model: ModelFile, dtype: torch.dtype = torch.float64):
        super().__init__()
        self.metadata = dict(model.metadata)
        self.elements, self.cutoff, self.lmax = model.elements, model.cutoff, model.lmax
        arrays = {name: torch.from_numpy(np.array(a)) for name, a in model.arrays.items()}
        self.coupling = {
            name: arrays[f"coupling.{name}"].numpy() for name in ("offset", "index", "value")
        }
        self.fixed = {
            name: model.arrays[name].copy()
            for name in ("radial.basis", "repulsion.inner", "repulsion.outer")
        }
        for name in (
            "energy.atom",
            "radial.basis",
            "repulsion.inner",
            "repulsion.outer",
            "uncertainty.factor",
            "uncertainty.scale",
        ):
            self.register_buffer(name.replace(".", "_"), arrays[name])
        self.register_buffer(
            "numbers", torch.tensor([float(atomic_numbers[s]) for s in self.elements])
        )
        self.register_buffer("expansion", _expansion(self.lmax), persistent=False)
        self.mixing = torch.nn.Parameter(arrays["radial.mixing"])
        self.invariants = Invariants(model.channels, self.lmax, **self.coupling)
        self.networks = Networks(len(self.elements), [model.invariants, *model.hidden, 1])
        self._load_networks(arrays)
        self.to(dtype)

    def _load_networks(self, arrays: dict[str, torch.Tensor]) -> None:
        self.double()
        with torch.no_grad():
            self.networks.mean.copy_(arrays["invariant.mean"])
            self.networks.scale.copy_(arrays["invariant.scale"])
            for z, symbol in enumerate(self.elements):
                for k in range(self.networks.layers):
                    weight, bias = self.networks.layer(z, k)
                    weight.copy_(arrays[f"network.{symbol}.weight{k}"])
                    bias.copy_(arrays[f"network.{symbol}.bias{k}"])

    def to_model_file(self) -> ModelFile:
        """All arrays as float64, with the metadata."""

        def export(tensor: torch.Tensor) -> np.ndarray:
            return tensor.detach().double().cpu().numpy().copy()

        arrays = {
            "energy.atom": export(self.energy_atom),
            "radial.mixing": export(self.mixing),
            "invariant.mean": export(self.networks.mean),
            "invariant.scale": export(self.networks.scale),
            "uncertainty.factor": export(self.uncertainty_factor),
            "uncertainty.scale": export(self.uncertainty_scale),
            **self.fixed,
            **{f"coupling.{name}": array for name, array in self.coupling.items()},
        }
        for z, symbol in enumerate(self.elements):
            for k in range(self.networks.layers):
                weight, bias = self.networks.layer(z, k)
                arrays[f"network.{symbol}.weight{k}"] = export(weight)
                arrays[f"network.{symbol}.bias{k}"] = export(bias)
        return ModelFile(arrays, dict(self.metadata))

    def make_batch(self, species, frame, first, second, displacement) -> Batch:
        """Lay out atoms and pairs, see `sswnn.twin.batch.make_batch`."""
        return make_batch(
            species,
            frame,
            first,
            second,
            displacement,
            basis=self.radial_basis,
            cutoff=self.cutoff,
            lmax=self.lmax,
            elements=len(self.elements),
        )

    def density(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """A_nlm [atoms, N, (L+1)²], Eq. (3), and R_n, R_n' [slots, N]."""
        values, slopes = MixRadial.apply(self.mixing, batch.phi, batch.phi_slope, batch)
        return Density.apply(values, batch), values, slopes

    def network_energies(self, batch: Batch, density: torch.Tensor) -> torch.Tensor:
        """N_z of Eq. (1), [atoms], eV."""
        return self.networks(batch.elements, self.invariants(density))

    def forward(self, batch: Batch, create_graph: bool = True) -> Prediction:
        """Network part of energy, forces and virial, Eqs. (1) and (2), differentiable in the parameters."""
        with torch.set_grad_enabled(create_graph):
            density, values, slopes = self.density(batch)
        if not density.requires_grad:
            density.requires_grad_()
        energies = self.network_energies(batch, density)
        (gradient,) = torch.autograd.grad(energies.sum(), density, create_graph=create_graph)
        if not create_graph:
            energies = energies.detach()
        pairs = PullBack.apply(gradient, values, slopes, batch, self.expansion)
        forces, virial = gather(batch, pairs)
        energy = energies.new_zeros(batch.frames).index_add(0, batch.frame, energies)
        return Prediction(energies, energy, forces, virial)

    def reference(self, batch: Batch) -> Prediction:
        """The part of Eqs. (1) and (2) that is not trained: E0 and core repulsion."""
        species = torch.empty(batch.atoms, dtype=torch.long)
        for element, run in batch.elements:
            species[run] = element
        zi, zj = species[batch.centre], species[batch.neighbour]
        near = torch.zeros(batch.slots, dtype=torch.bool).index_fill_(0, batch.slot_of_pair, True)
        near &= batch.distance < self.repulsion_outer[zi, zj]
        k = near.nonzero()[:, 0]
        zi, zj = zi[k], zj[k]
        value, slope = core_repulsion(
            self.numbers[zi],
            self.numbers[zj],
            batch.distance[k],
            self.repulsion_inner[zi, zj],
            self.repulsion_outer[zi, zj],
        )
        pairs = torch.zeros_like(batch.displacement)
        pairs[k] = 0.5 * slope[:, None] * batch.directions[k]
        forces, virial = gather(batch, pairs)
        energies = self.energy_atom[species].index_add(0, batch.centre[k], 0.5 * value)
        energy = energies.new_zeros(batch.frames).index_add(0, batch.frame, energies)
        return Prediction(energies, energy, forces, virial)

    def relative_uncertainties(self, batch: Batch) -> torch.Tensor:
        """|M [h_K; 1]| of every atom of the batch, Eq. (10) without κ."""
        with torch.no_grad():
            invariants = self.invariants(self.density(batch)[0])
            return torch.cat(
                [
                    relative_uncertainty(
                        self.uncertainty_factor[z], self.networks.hidden(z, invariants[run])
                    )
                    for z, run in batch.elements
                ]
            )

    def energy_forces_virial(self, species, positions, cell, pbc) -> dict[str, np.ndarray]:
        """What the compiled core's `compute` returns for one frame.

        Parameters
        ----------
        species : array [n]
            Index of each atom's element in `elements`.
        positions : array [n, 3], Å
        cell : array [3, 3]
            Rows are lattice vectors, Å.
        pbc : sequence of 3 bool

        Returns
        -------
        dict
            energy (eV), energies [n], forces [n, 3] (eV/Å), virial [3, 3] (dE/dstrain, eV), uncertainty [n] (eV/Å).
        """
        species = np.asarray(species)
        batch = self.make_batch(
            species,
            np.zeros(len(species), dtype=int),
            *neighbour_list(positions, cell, pbc, self.cutoff),
        )
        network, reference = self.forward(batch, create_graph=False), self.reference(batch)
        kappa = torch.cat(
            [self.uncertainty_scale[z].expand(run.stop - run.start) for z, run in batch.elements]
        )
        per_atom = {
            "energies": network.energies + reference.energies,
            "forces": network.forces + reference.forces,
            "uncertainty": kappa * self.relative_uncertainties(batch),
        }
        out = {}
        for name, values in per_atom.items():
            out[name] = np.empty(values.shape)
            out[name][batch.order.numpy()] = values.detach().numpy()
        out["energy"] = float(out["energies"].sum())
        out["virial"] = (network.virial + reference.virial)[0].detach().numpy()
        return out


def gather(batch: Batch, pairs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Forces [atoms, 3] and virials [frames, 3, 3] of Eq. (2) from the gradients ∂e_i/∂r_ij [slots, 3]."""
    forces = pairs.new_zeros(batch.atoms, 3).index_add(0, batch.neighbour, pairs, alpha=-1)
    split = [slots.stop - slots.start for _, slots, _ in batch.blocks]
    own, virials = [], []
    for (_, slots, width), part in zip(batch.blocks, pairs.split(split), strict=True):
        part = part.view(-1, width, 3)
        own.append(part.sum(1))
        virials.append(batch.displacement[slots].view(-1, width, 3).mT @ part)
    per_atom = torch.cat(virials).reshape(-1, 9)
    virial = per_atom.new_zeros(batch.frames, 9).index_add(0, batch.frame, per_atom)
    return forces + torch.cat(own), virial.view(-1, 3, 3)


def _expansion(lmax: int) -> torch.Tensor:
    """The matrix of `PullBack`, [(L+1)², (L+1)² · 4]: identity for the radial part, D for x, y and z."""
    size = (lmax + 1) ** 2
    blocks = np.concatenate([np.eye(size)[None], gradient_matrix(lmax)])
    return torch.from_numpy(blocks.transpose(1, 2, 0).reshape(size, 4 * size).copy())


def from_file(path: str | Path, dtype: torch.dtype = torch.float64) -> Potential:
    """A potential from a model file. Raises ModelError."""
    return Potential(model_file.read(path), dtype)


def element_indices(potential: Potential, symbols: list[str]) -> np.ndarray:
    """Index of each atom's element in the model, [n]. Raises ModelError naming an element that the model lacks."""
    index = {symbol: k for k, symbol in enumerate(potential.elements)}
    unknown = sorted(set(symbols) - set(index))
    if unknown:
        raise ModelError(f"the model has no element {unknown}; it has {potential.elements}")
    return np.array([index[symbol] for symbol in symbols], dtype=np.int64)

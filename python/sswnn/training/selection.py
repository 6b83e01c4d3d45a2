"""Which parameters of a potential are trained: all, or those that belong to some elements."""

from __future__ import annotations

import torch

from sswnn.errors import ConfigError
from sswnn.potential.model_file import ModelFile
from sswnn.twin.model import Potential

BY_ELEMENT = (
    "energy.atom",
    "invariant.mean",
    "invariant.scale",
    "uncertainty.factor",
    "uncertainty.scale",
)
"""Arrays of a model file whose first axis is the element, beside the networks."""


class Selection:
    """The networks of some elements, and the radial mixing of the ordered pairs that contain one of them.

    A structure without these elements meets none of these parameters. The mixing of the pairs is a
    parameter of its own, because a zero gradient does not keep an entry in place: the optimiser turns
    it into the eigenbasis of all entries.

    Parameters
    ----------
    potential : Potential
        The other networks get `requires_grad` False.
    symbols : list of str
        Elements to train; empty: all.

    Raises
    ------
    ConfigError
        If the potential lacks one of them.
    """

    def __init__(self, potential: Potential, symbols: list[str]):
        names = potential.elements
        if unknown := [symbol for symbol in symbols if symbol not in names]:
            raise ConfigError(
                f"optimizer.train_only names {', '.join(unknown)}; the model has {', '.join(names)}"
            )
        self.elements = [z for z, symbol in enumerate(names) if not symbols or symbol in symbols]
        self.pairs = torch.zeros(len(names), len(names), dtype=torch.bool)
        self.pairs[self.elements] = True
        self.pairs[:, self.elements] = True
        self._whole = potential.mixing
        self.mixing = torch.nn.Parameter(potential.mixing.detach()[self.pairs])
        layers = potential.networks.layers
        self.networks: list[torch.nn.Parameter] = []
        for parameters in (potential.networks.weights, potential.networks.biases):
            for k, parameter in enumerate(parameters):
                parameter.requires_grad_(k // layers in self.elements)
                if parameter.requires_grad:
                    self.networks.append(parameter)

    def take_gradients(self) -> list[torch.nn.Parameter]:
        """After the backward pass: all trained parameters, with their gradients."""
        assert self._whole.grad is not None
        self.mixing.grad = self._whole.grad[self.pairs]
        return [self.mixing, *self.networks]

    def put_values(self) -> None:
        """After the optimiser's step: the mixing into the potential."""
        with torch.no_grad():
            self._whole[self.pairs] = self.mixing

    def rest_from(self, start: ModelFile, trained: ModelFile) -> None:
        """Take everything that was not trained from the model where the training started, bit for bit, into `trained`."""
        rest = [z for z in range(len(start.elements)) if z not in self.elements]
        for name in BY_ELEMENT:
            trained.arrays[name][rest] = start.arrays[name][rest]
        fixed = ~self.pairs.numpy()
        trained.arrays["radial.mixing"][fixed] = start.arrays["radial.mixing"][fixed]
        for symbol in (start.elements[z] for z in rest):
            for name in start.arrays:
                if name.startswith(f"network.{symbol}."):
                    trained.arrays[name] = start.arrays[name].copy()

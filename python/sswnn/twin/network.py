"""One multilayer perceptron per element, Eq. (8), on standardised invariants, Eq. (7)."""

from __future__ import annotations

import torch

HIDDEN_GAIN, LAST_LAYER_GAIN = 1.5, 0.3
"""Standard deviations of initial weights, times the root of a layer's inputs."""


class Networks(torch.nn.Module):
    """All networks of a potential.

    Parameters
    ----------
    elements : int
        Z.
    widths : list of int
        [F, hidden …, 1].
    generator : torch.Generator
        For the initial weights.
    """

    def __init__(self, elements: int, widths: list[int], generator: torch.Generator | None = None):
        super().__init__()
        self.layers = len(widths) - 1
        self.register_buffer("mean", torch.zeros(elements, widths[0]))
        self.register_buffer("scale", torch.ones(elements, widths[0]))
        self.weights, self.biases = torch.nn.ParameterList(), torch.nn.ParameterList()
        for _ in range(elements):
            for k in range(self.layers):
                weight = (
                    torch.randn(widths[k + 1], widths[k], generator=generator) / widths[k] ** 0.5
                )
                gain = LAST_LAYER_GAIN if k == self.layers - 1 else HIDDEN_GAIN
                self.weights.append(torch.nn.Parameter(weight * gain))
                self.biases.append(torch.nn.Parameter(torch.zeros(widths[k + 1])))

    def layer(self, element: int, k: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Weight [out, in] and bias [out] of layer k of one element."""
        return self.weights[element * self.layers + k], self.biases[element * self.layers + k]

    def hidden(self, element: int, invariants: torch.Tensor) -> torch.Tensor:
        """Last hidden layer h_K [atoms, H] of atoms of one element from their invariants [atoms, F]."""
        h = (invariants - self.mean[element]) / self.scale[element]
        for k in range(self.layers - 1):
            weight, bias = self.layer(element, k)
            h = torch.nn.functional.silu(torch.addmm(bias, h, weight.T))
        return h

    def forward(self, elements: list[tuple[int, slice]], invariants: torch.Tensor) -> torch.Tensor:
        """N_z of every atom [atoms], eV, for atoms sorted by element."""
        energies = []
        sizes = [run.stop - run.start for _, run in elements]
        for (element, _), part in zip(elements, invariants.split(sizes), strict=True):
            weight, bias = self.layer(element, self.layers - 1)
            energies.append(torch.addmv(bias, self.hidden(element, part), weight[0]))
        return torch.cat(energies)

"""Adam in the eigenbasis of the gradients' covariance (SOAP, Vyas et al. 2024, arXiv:2409.11321).

Invariants are strongly correlated; a matrix of weights is therefore rotated into the eigenvectors
of the averaged G Gᵀ and GᵀG before Adam scales its entries. Vectors get plain Adam. Weight decay is
decoupled (AdamW).
"""

from __future__ import annotations

import torch


class SOAP(torch.optim.Optimizer):
    """The optimiser; arguments as in `torch.optim.AdamW`.

    Parameters
    ----------
    params
        Parameters or groups of them. Tensors of more than two dimensions count as matrices of their last dimension.
    lr, betas, eps, weight_decay
        As in Adam; `betas[1]` also averages the covariances.
    refresh
        Steps between updates of the eigenbases (one power iteration and QR each).
    """

    def __init__(self, params, lr=3e-3, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.0, refresh=20):
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "refresh": refresh,
            },
        )

    @torch.no_grad()
    def step(self, closure=None):
        """One step from the gradients that the parameters hold."""
        loss = None if closure is None else torch.enable_grad()(closure)()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._step(parameter, group)
        return loss

    def _step(self, parameter: torch.Tensor, group: dict) -> None:
        gradient = (
            parameter.grad
            if parameter.ndim < 2
            else parameter.grad.reshape(-1, parameter.shape[-1])
        )
        state = self.state[parameter]
        if not state:
            self._start(state, gradient)
        beta1, beta2 = group["betas"]
        state["step"] += 1
        step = float(state["step"])
        state["mean"].lerp_(gradient, 1 - beta1)
        turned = _turn(gradient, state)
        state["square"].lerp_(turned.square(), 1 - beta2)
        mean = _turn(state["mean"], state) / (1 - beta1**step)
        scale = (state["square"] / (1 - beta2**step)).sqrt_().add_(group["eps"])
        update = _turn_back(mean / scale, state).reshape(parameter.shape)
        parameter.mul_(1 - group["lr"] * group["weight_decay"]).add_(update, alpha=-group["lr"])
        if "left" in state:
            state["left"].lerp_(gradient @ gradient.T, 1 - beta2)
            state["right"].lerp_(gradient.T @ gradient, 1 - beta2)
            if step % group["refresh"] == 0:
                _refresh(state)

    @staticmethod
    def _start(state: dict, gradient: torch.Tensor) -> None:
        state["step"] = torch.zeros(())
        state["mean"], state["square"] = torch.zeros_like(gradient), torch.zeros_like(gradient)
        if gradient.ndim == 2 and min(gradient.shape) > 1:
            state["left"], state["right"] = gradient @ gradient.T, gradient.T @ gradient
            for name in ("left", "right"):
                state[f"{name}_basis"] = torch.linalg.eigh(state[name])[1].flip(1)


def _turn(matrix: torch.Tensor, state: dict) -> torch.Tensor:
    """Into the eigenbases."""
    return state["left_basis"].T @ matrix @ state["right_basis"] if "left" in state else matrix


def _turn_back(matrix: torch.Tensor, state: dict) -> torch.Tensor:
    """Out of the eigenbases."""
    return state["left_basis"] @ matrix @ state["right_basis"].T if "left" in state else matrix


def _refresh(state: dict) -> None:
    """Follow the eigenvectors, in the order of their eigenvalues; the squares keep to their directions."""
    for axis, name in enumerate(("left", "right")):
        covariance, basis = state[name], state[f"{name}_basis"]
        order = (basis * (covariance @ basis)).sum(dim=0).argsort(descending=True, stable=True)
        state["square"] = state["square"].index_select(axis, order)
        state[f"{name}_basis"] = torch.linalg.qr(covariance @ basis[:, order])[0]

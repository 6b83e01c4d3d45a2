"""SOAP: plain Adam where there is no matrix, and far fewer steps where inputs are correlated."""

import torch

from sswnn.training.soap import SOAP


def descend(method: type[torch.optim.Optimizer], steps: int, **options: float) -> float:
    """Loss left after fitting a linear map on strongly correlated inputs (condition number 1e6)."""
    generator = torch.Generator().manual_seed(1)
    mixing = torch.linalg.qr(torch.randn(30, 30, generator=generator))[0]
    inputs = torch.randn(400, 30, generator=generator) * torch.logspace(0, -3, 30) @ mixing
    target = inputs @ torch.randn(30, 6, generator=generator)
    weight = torch.nn.Parameter(torch.zeros(6, 30))
    optimizer = method([weight], lr=0.02, betas=(0.9, 0.99), **options)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = (inputs @ weight.T - target).square().mean()
        loss.backward()
        optimizer.step()
    return loss.item()


def test_correlated_inputs_are_learned_in_fewer_steps():
    adam, soap = descend(torch.optim.AdamW, 300, weight_decay=0.0), descend(SOAP, 300)
    assert 0 < soap < 0.3 * adam


def test_vectors_get_plain_adam():
    values = [torch.nn.Parameter(torch.linspace(-1, 1, 7)) for _ in range(2)]
    options = {"lr": 0.01, "betas": (0.9, 0.99), "weight_decay": 0.1}
    methods = [SOAP([values[0]], **options), torch.optim.AdamW([values[1]], **options)]
    for step in range(20):
        for value, method in zip(values, methods, strict=True):
            method.zero_grad()
            (value.square().sum() + torch.sin(3 * value + step).sum()).backward()
            method.step()
    torch.testing.assert_close(values[0], values[1], rtol=1e-5, atol=1e-6)

"""Cross layers: each multiplies what it is given with the embeddings once more."""

import torch
from torch import Tensor, nn

from fmbench.layers.check import check_width


class VectorCross(nn.Module):
    """Layers that take x to x0 (wᵀx) + b + x (Wang et al., 2017).

    Weights start as LeCun et al. (1998) have it.

    **Shape**: `(batch, inputs)` to `(batch, inputs)`.
    """

    def __init__(self, inputs: int, layers: int) -> None:
        check_width("cross_layers", layers)
        super().__init__()
        self.weight = nn.Parameter(torch.randn(layers, inputs) * inputs**-0.5)
        self.bias = nn.Parameter(torch.zeros(layers, inputs))

    def forward(self, x0: Tensor) -> Tensor:
        x = x0
        for weight, bias in zip(self.weight, self.bias, strict=True):
            x = x0 * (x * weight).sum(1, keepdim=True) + bias + x
        return x


class MatrixCross(nn.Module):
    """Layers that take x to x0 ⊙ (Wx + b) + x (Wang et al., 2021); with a `rank`, W = U Vᵀ.

    **Shape**: `(batch, inputs)` to `(batch, inputs)`.
    """

    def __init__(self, inputs: int, layers: int, rank: int = 0) -> None:
        check_width("cross_layers", layers)
        super().__init__()
        self.layers = nn.ModuleList(_linear(inputs, rank) for _ in range(layers))

    def forward(self, x0: Tensor) -> Tensor:
        x = x0
        for layer in self.layers:
            x = x0 * layer(x) + x
        return x


class GatedCross(nn.Module):
    """Layers that take x to x0 ⊙ (Wx + b) ⊙ σ(Gx) + x (Wang et al., 2023).

    **Shape**: `(batch, inputs)` to `(batch, inputs)`.
    """

    def __init__(self, inputs: int, layers: int) -> None:
        check_width("cross_layers", layers)
        super().__init__()
        self.layers = nn.ModuleList(_linear(inputs, 0) for _ in range(layers))
        self.gates = nn.ModuleList(nn.Linear(inputs, inputs, bias=False) for _ in range(layers))
        for gate in self.gates:
            nn.init.normal_(gate.get_parameter("weight"), std=inputs**-0.5)

    def forward(self, x0: Tensor) -> Tensor:
        x = x0
        for layer, gate in zip(self.layers, self.gates, strict=True):
            x = x0 * layer(x) * torch.sigmoid(gate(x)) + x
        return x


def _linear(inputs: int, rank: int) -> nn.Module:
    """Return a square map, or one through `rank` units; both start as `VectorCross` does."""
    if rank:
        check_width("rank", rank)
        down, up = nn.Linear(inputs, rank, bias=False), nn.Linear(rank, inputs)
        nn.init.normal_(down.weight, std=inputs**-0.5)
        nn.init.normal_(up.weight, std=rank**-0.5)
        nn.init.zeros_(up.bias)
        return nn.Sequential(down, up)
    whole = nn.Linear(inputs, inputs)
    nn.init.normal_(whole.weight, std=inputs**-0.5)
    nn.init.zeros_(whole.bias)
    return whole

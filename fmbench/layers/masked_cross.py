"""Masked crosses: cross layers that multiply by half as many units, and by these masked."""

import torch
from torch import Tensor, nn

from fmbench.layers.check import check_share, check_width


class MaskedCross(nn.Module):
    """Layers that take x to z ⊙ ([h ‖ h ⊙ relu(LN(h))] + b) + x with h = Wx (Li et al., 2024).

    z is what the first layer was given, so that each adds one to the degree; if `exponential`, z
    is x, so that each doubles it. Where the inputs are odd, one more of them is not masked.

    **Shape**: `(..., inputs)` to `(..., inputs)`.
    """

    def __init__(self, inputs: int, layers: int, dropout: float, *, exponential: bool) -> None:
        check_width("cross_layers", layers)
        check_share("dropout", dropout)
        super().__init__()
        self.exponential = exponential
        units = inputs - inputs // 2
        self.layers = nn.ModuleList(nn.Linear(inputs, units, bias=False) for _ in range(layers))
        for layer in self.layers:
            nn.init.normal_(layer.get_parameter("weight"), std=inputs**-0.5)
        self.norms = nn.ModuleList(nn.LayerNorm(units) for _ in range(layers))
        self.bias = nn.Parameter(torch.zeros(layers, inputs))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x0: Tensor) -> Tensor:
        x, masked = x0, x0.shape[-1] // 2
        for layer, norm, bias in zip(self.layers, self.norms, self.bias, strict=True):
            h = layer(x)
            passed = (h * torch.relu(norm(h)))[..., :masked]
            factors = torch.cat([h, passed], -1) + bias
            x = self.dropout((x if self.exponential else x0) * factors + x)
        return x

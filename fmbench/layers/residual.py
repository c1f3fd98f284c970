"""Residual units: layers that add to what they are given."""

import torch
from torch import Tensor, nn

from fmbench.layers.mlp import hidden_layers


class ResidualUnit(nn.Module):
    """A unit that takes x to relu(x + W1 relu(W0 x + b0) + b1) (Shan et al., 2016).

    **Shape**: `(batch, inputs)` to the same.
    """

    def __init__(self, inputs: int, hidden: int, dropout: float, batch_norm: bool) -> None:
        super().__init__()
        self.hidden = hidden_layers(inputs, (hidden,), dropout, batch_norm)
        self.output = nn.Linear(hidden, inputs)
        nn.init.normal_(self.output.weight, std=hidden**-0.5)
        nn.init.zeros_(self.output.bias)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.output(self.hidden(x)))

"""Bridges: crosses and hidden layers side by side that hand one another what they find."""

import torch
from torch import Tensor, nn

from fmbench.layers.check import check_width
from fmbench.layers.mlp import hidden_layers


class BridgedCross(nn.Module):
    """A cross and a hidden layer for each of `layers`, and their product given to the next two.

    Of layer l, with x the field vectors or the bridge before it, c0 the cross's first input:
    ``c ← c0 (wᵀc) + b + c`` from ``c = g ⊙ x``, ``d ← relu(W d + b')`` from ``d = g' ⊙ x``, and
    the bridge ``c ⊙ d`` (Chen et al., 2021). The gates g and g' are softmax(θ) over the fields, one
    share for all elements of a field; they start alike. Biases b' start at 1, where a bridge is its
    cross: a product of two small numbers would hand on nothing to learn from.

    **Shape**: `(batch, fields, dim)` to `(batch, 3 * fields * dim)`, c, d and bridge of the last.
    """

    def __init__(
        self, fields: int, dim: int, layers: int, dropout: float, batch_norm: bool
    ) -> None:
        check_width("cross_layers", layers)
        super().__init__()
        self.shape = (fields, dim)
        inputs = fields * dim
        self.gates = nn.Parameter(torch.zeros(layers, 2, fields))
        self.weight = nn.Parameter(torch.randn(layers, inputs) * inputs**-0.5)
        self.bias = nn.Parameter(torch.zeros(layers, inputs))
        self.hidden = nn.ModuleList(
            hidden_layers(inputs, (inputs,), dropout, batch_norm) for _ in range(layers)
        )
        for hidden in self.hidden:
            nn.init.ones_(hidden.get_parameter("1.bias" if batch_norm else "0.bias"))

    def forward(self, vectors: Tensor) -> Tensor:
        x, first = vectors, None
        shares = torch.softmax(self.gates, 2).unsqueeze(3)
        for of_layer, weight, bias, hidden in zip(
            shares, self.weight, self.bias, self.hidden, strict=True
        ):
            cross, deep = ((x * share).flatten(1) for share in of_layer)
            first = cross if first is None else first
            cross = first * (cross * weight).sum(1, keepdim=True) + bias + cross
            deep = hidden(deep)
            bridge = cross * deep
            x = bridge.unflatten(1, self.shape)
        return torch.cat([cross, deep, bridge], 1)

"""Crosses by experts: several of low rank, and a gate that weighs them for each row."""

import torch
from torch import Tensor, nn

from fmbench.layers.check import check_width


class ExpertCross(nn.Module):
    """Layers that take x to x0 ⊙ (Σ_i g_i(x) U_i tanh(C_i tanh(V_iᵀ x)) + b) + x, i an expert.

    All layers share one gate g, a softmax of a linear map (Wang et al., 2021, equation 4, where the
    gate has no index of a layer). Since shares sum to one, so does what they make of the bias.

    **Shape**: `(batch, inputs)` to `(batch, inputs)`.
    """

    def __init__(self, inputs: int, layers: int, experts: int, rank: int) -> None:
        check_width("cross_layers", layers)
        check_width("experts", experts)
        check_width("rank", rank)
        super().__init__()
        self.gate = nn.Linear(inputs, experts, bias=False)
        nn.init.normal_(self.gate.weight, std=inputs**-0.5)
        self.layers = nn.ModuleList(Experts(inputs, experts, rank) for _ in range(layers))

    def forward(self, x0: Tensor) -> Tensor:
        x = x0
        for layer in self.layers:
            x = x0 * layer(x, torch.softmax(self.gate(x), 1)) + x
        return x


class Experts(nn.Module):
    """The maps of one layer, all experts in one matrix; weights start as LeCun et al. (1998)."""

    def __init__(self, inputs: int, experts: int, rank: int) -> None:
        super().__init__()
        self.down = nn.Linear(inputs, experts * rank, bias=False)
        self.between = nn.Parameter(torch.randn(experts, rank, rank) * rank**-0.5)
        self.up = nn.Linear(experts * rank, inputs)
        nn.init.normal_(self.down.weight, std=inputs**-0.5)
        nn.init.normal_(self.up.weight, std=rank**-0.5)
        nn.init.zeros_(self.up.bias)

    def forward(self, x: Tensor, shares: Tensor) -> Tensor:
        hidden = torch.tanh(self.down(x)).unflatten(1, self.between.shape[:2])
        turned = torch.tanh(torch.bmm(hidden.transpose(0, 1), self.between)).transpose(0, 1)
        weighed: Tensor = self.up((turned * shares.unsqueeze(2)).flatten(1))
        return weighed

"""Euler layers: products of complex powers of the fields, written with real numbers."""

import torch
from torch import Tensor, nn

from fmbench.layers.check import check_width
from fmbench.layers.logarithmic import LARGEST, SMALLEST


class EulerLayer(nn.Module):
    """Neurons that multiply complex fields, beside a linear map of them (Tian et al., 2023).

    Fields are r + ip = exp(λ + iθ), element by element. A neuron's product has λ' = αλ + δ and
    θ' = αθ + δ', and its output is relu(Wr) + exp(λ') cos θ' and relu(Wp) + exp(λ') sin θ', with
    one W for both. Orders α start at one for one field a neuron, in turn, and at zero elsewhere.

    **Shape**: twice `(batch, fields, dim)` to twice `(batch, neurons, dim)`.
    """

    def __init__(self, fields: int, neurons: int, dim: int) -> None:
        check_width("neurons", neurons)
        super().__init__()
        self.orders = nn.Linear(fields, neurons, bias=False)
        turns = torch.eye(fields).repeat(neurons // fields + 1, 1)[:neurons]
        self.orders.weight.data.copy_(turns)
        self.sizes = nn.Parameter(torch.randn(neurons, dim) * 0.01)
        self.angles = nn.Parameter(torch.randn(neurons, dim) * 0.01)
        self.linear = nn.Linear(fields * dim, neurons * dim)
        nn.init.kaiming_normal_(self.linear.weight, nonlinearity="relu")
        nn.init.zeros_(self.linear.bias)

    def forward(self, real: Tensor, imaginary: Tensor) -> tuple[Tensor, Tensor]:
        squares = real.square() + imaginary.square()
        sizes = 0.5 * squares.clamp(min=SMALLEST**2).log()
        angles = self._powers(torch.atan2(imaginary, real)) + self.angles
        size = torch.exp((self._powers(sizes) + self.sizes).clamp(max=LARGEST))
        return (
            self._linear(real) + size * torch.cos(angles),
            self._linear(imaginary) + size * torch.sin(angles),
        )

    def _powers(self, parts: Tensor) -> Tensor:
        powers: Tensor = self.orders(parts.transpose(1, 2)).transpose(1, 2)
        return powers

    def _linear(self, parts: Tensor) -> Tensor:
        units = torch.relu(self.linear(parts.flatten(1)))
        return units.view(len(parts), *self.sizes.shape)

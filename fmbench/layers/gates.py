"""Gates: factors that one part of a row gives to another."""

import torch
from torch import Tensor, nn

from fmbench.layers.check import check_width


class ContextGate(nn.Module):
    """Factors 2σ(W2 relu(W1 c + b1) + b2) that a context c gives (Mao et al., 2023).

    Factors start close to one.

    **Shape**: `(batch, units)` and `(batch, dim)`, or `(1, dim)` for all, to `(batch, units)`.
    """

    def __init__(self, dim: int, gate_dim: int, units: int) -> None:
        check_width("gate_dim", gate_dim)
        super().__init__()
        self.hidden = nn.Linear(dim, gate_dim)
        nn.init.kaiming_normal_(self.hidden.weight, nonlinearity="relu")
        nn.init.zeros_(self.hidden.bias)
        self.output = nn.Linear(gate_dim, units)
        nn.init.normal_(self.output.weight, std=gate_dim**-0.5)
        nn.init.zeros_(self.output.bias)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        return x * (2 * torch.sigmoid(self.output(torch.relu(self.hidden(context)))))


class FieldGate(nn.Module):
    """The fields, and beside them each times factors that all fields give (Zhu et al., 2023).

    ``[V ‖ V ⊙ (WV + b)]``, where W is a map of fields to fields that is the same for all elements.
    It starts at zero and b at one, where the second half is the first.

    **Shape**: `(batch, fields, dim)` to `(batch, 2 fields, dim)`.
    """

    def __init__(self, fields: int) -> None:
        super().__init__()
        self.linear = nn.Linear(fields, fields)
        nn.init.zeros_(self.linear.weight)
        nn.init.ones_(self.linear.bias)

    def forward(self, vectors: Tensor) -> Tensor:
        factors = self.linear(vectors.transpose(1, 2)).transpose(1, 2)
        return torch.cat([vectors, vectors * factors], 1)

"""Factorized interactions: layers in which one half of the units multiplies the other."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from fmbench.layers.check import check_share, check_widths


class FactorizedInteraction(nn.Module):
    """A layer [h2 ‖ h2 ⊙ h1] of the two halves of Wx + b (Zhu et al., 2023).

    Where the number of units is odd, one more of them is linear.

    **Shape**: `(batch, inputs)` to `(batch, units)`.
    """

    def __init__(self, inputs: int, units: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, units)
        nn.init.normal_(self.linear.weight, std=inputs**-0.5)
        nn.init.zeros_(self.linear.bias)
        self.products = units // 2

    def forward(self, x: Tensor) -> Tensor:
        h = self.linear(x)
        second, first = h[:, : h.shape[1] - self.products], h[:, h.shape[1] - self.products :]
        return torch.cat([second, second[:, : self.products] * first], 1)


class FactorizedBlock(nn.Module):
    """An interaction, BatchNorm if wanted and Dropout for each of `mlp_dims`, then one output.

    **Shape**: `(batch, inputs)` to `(batch,)`.
    """

    def __init__(
        self, inputs: int, mlp_dims: Sequence[int], dropout: float, batch_norm: bool
    ) -> None:
        check_widths("mlp_dims", mlp_dims)
        check_share("dropout", dropout)
        super().__init__()
        self.hidden = nn.Sequential()
        for width, following in pairwise([inputs, *mlp_dims]):
            norm: list[nn.Module] = [nn.BatchNorm1d(following)] if batch_norm else []
            self.hidden.extend(
                [FactorizedInteraction(width, following), *norm, nn.Dropout(dropout)]
            )
        self.output = nn.Linear(mlp_dims[-1], 1)
        nn.init.normal_(self.output.weight, std=mlp_dims[-1] ** -0.5)
        nn.init.zeros_(self.output.bias)

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.output(self.hidden(x)).squeeze(1)
        return logits

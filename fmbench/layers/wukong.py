"""Wukong's layer: products of all fields beside linear maps of them, again and again."""

import torch
from torch import Tensor, nn

from fmbench.layers.check import check_width
from fmbench.layers.mlp import hidden_layers


def _over_fields(fields: int, following: int) -> nn.Linear:
    """Return a map of fields to fields that starts as LeCun et al. (1998) have it."""
    linear = nn.Linear(fields, following, bias=False)
    nn.init.normal_(linear.weight, std=fields**-0.5)
    return linear


class FactorizationBlock(nn.Module):
    """New fields from an MLP over LN(X Xᵀ Y), with Y of a low rank (Zhang et al., 2024).

    **Shape**: `(batch, fields, dim)` to `(batch, tokens, dim)`.
    """

    def __init__(self, fields: int, dim: int, tokens: int, rank: int, units: int) -> None:
        check_width("rank", rank)
        super().__init__()
        self.projection = _over_fields(fields, rank)
        self.norm = nn.LayerNorm(fields * rank)
        self.hidden = hidden_layers(fields * rank, (units,), 0.0, False)
        self.output = nn.Linear(units, tokens * dim)
        nn.init.normal_(self.output.weight, std=units**-0.5)
        nn.init.zeros_(self.output.bias)

    def forward(self, vectors: Tensor) -> Tensor:
        products = vectors @ self.projection(vectors.transpose(1, 2))
        out = self.output(self.hidden(self.norm(products.flatten(1))))
        fields: Tensor = out.unflatten(1, (-1, vectors.shape[2]))
        return fields


class WukongLayer(nn.Module):
    """A layer LN([products ‖ maps] + X), each of `tokens` fields (Zhang et al., 2024).

    Where the number of fields changes, X is mapped to it.

    **Shape**: `(batch, fields, dim)` to `(batch, 2 tokens, dim)`.
    """

    def __init__(self, fields: int, dim: int, tokens: int, rank: int, units: int) -> None:
        check_width("tokens", tokens)
        super().__init__()
        self.products = FactorizationBlock(fields, dim, tokens, rank, units)
        self.maps = _over_fields(fields, tokens)
        self.residual = None if fields == 2 * tokens else _over_fields(fields, 2 * tokens)
        self.norm = nn.LayerNorm(dim)

    def forward(self, vectors: Tensor) -> Tensor:
        turned = vectors.transpose(1, 2)
        kept = vectors if self.residual is None else self.residual(turned).transpose(1, 2)
        both = torch.cat([self.products(vectors), self.maps(turned).transpose(1, 2)], 1)
        out: Tensor = self.norm(both + kept)
        return out

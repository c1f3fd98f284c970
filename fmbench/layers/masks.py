"""Masks: factors that the embeddings of a row give to a layer of a network."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmbench.layers.check import check_share, check_width


class FieldNorm(nn.Module):
    """LayerNorm of the vector of each field, with a scale and a shift of its own.

    **Shape**: `(batch, fields, dim)` to `(batch, fields, dim)`.
    """

    def __init__(self, fields: int, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(fields, dim))
        self.bias = nn.Parameter(torch.zeros(fields, dim))

    def forward(self, vectors: Tensor) -> Tensor:
        return F.layer_norm(vectors, vectors.shape[2:]) * self.weight + self.bias


class MaskBlock(nn.Module):
    """A layer relu(LN(W (m ⊙ x))) whose mask m a row's embeddings give (Wang et al., 2021).

    ``m = W2 relu(W1 e + b1) + b2`` with `reduction` times as many hidden units as there are
    inputs; b2 starts at one, where nothing is masked.

    **Shape**: `(batch, inputs)` and `(batch, embeddings)` to `(batch, units)`.
    """

    def __init__(
        self, embeddings: int, inputs: int, units: int, reduction: int, dropout: float
    ) -> None:
        check_width("reduction", reduction)
        check_share("dropout", dropout)
        super().__init__()
        first, second = (
            nn.Linear(embeddings, reduction * inputs),
            nn.Linear(reduction * inputs, inputs),
        )
        nn.init.kaiming_normal_(first.weight, nonlinearity="relu")
        nn.init.zeros_(first.bias)
        nn.init.normal_(second.weight, std=(reduction * inputs) ** -0.5)
        nn.init.ones_(second.bias)
        self.mask = nn.Sequential(first, nn.ReLU(), second)
        self.hidden = nn.Linear(inputs, units, bias=False)
        nn.init.kaiming_normal_(self.hidden.weight, nonlinearity="relu")
        self.norm = nn.LayerNorm(units)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, embeddings: Tensor) -> Tensor:
        masked = self.hidden(self.mask(embeddings) * x)
        out: Tensor = self.dropout(torch.relu(self.norm(masked)))
        return out

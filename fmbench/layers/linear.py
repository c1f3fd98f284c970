"""Linear terms: weights of ids, summed over the fields, one by one, or for several outputs."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers.check import check_width
from fmbench.layers.embedding import FieldTable


class LinearTable(nn.Module):
    """Weights that are read as they are, and so have the prior of linear weights."""

    def __init__(self, fields: Sequence[Field], dim: int, std: float) -> None:
        super().__init__()
        self.table = FieldTable(fields, dim, std)


class FieldLinear(LinearTable):
    """One weight for every id plus a bias: `(batch, columns)` to `(batch,)`.

    It starts at zero, where the logistic loss of a linear model, being convex, has no better guess.
    """

    def __init__(self, fields: Sequence[Field]) -> None:
        super().__init__(fields, 1, std=0.0)
        self.bias = nn.Parameter(torch.zeros(()))

    def forward(self, ids: Tensor) -> Tensor:
        total: Tensor = self.table(ids).sum((1, 2)) + self.bias
        return total


class FieldTerms(LinearTable):
    """One weight for every id, not yet summed: `(batch, columns)` to `(batch, fields)`.

    For models that weigh or concatenate the terms of the fields; it starts at zero and has no bias.
    """

    def __init__(self, fields: Sequence[Field]) -> None:
        super().__init__(fields, 1, std=0.0)

    def forward(self, ids: Tensor) -> Tensor:
        terms: Tensor = self.table(ids).squeeze(2)
        return terms


class FieldOutputs(LinearTable):
    """Several linear terms at once, with a bias each: `(batch, columns)` to `(batch, outputs)`.

    Weights start as draws from N(0, 0.01²): outputs that start alike would stay alike.
    """

    def __init__(self, fields: Sequence[Field], outputs: int) -> None:
        check_width("outputs", outputs)
        super().__init__(fields, outputs, std=0.01)
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, ids: Tensor) -> Tensor:
        totals: Tensor = self.table(ids).sum(1) + self.bias
        return totals

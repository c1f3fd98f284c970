"""Bugs in what training needs of a model."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmbench.layers import FieldEmbedding

from . import Sound, mutant


@mutant("gradients", "without one: unused")
class Idle(Sound):
    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.unused = nn.Parameter(torch.zeros(3))


@mutant("gradients", "without one: linear.bias, linear.table.weight")
class Detached(Sound):
    """Cuts a part off from the loss."""

    def forward(self, ids: Tensor) -> Tensor:
        linear = self.linear(ids)
        return super().forward(ids) - linear + linear.detach()


@mutant("gradients", "not finite: scale")
class Rooting(Sound):
    """Takes the root of zero: fine forwards, infinite backwards."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) + (0 * self.scale).abs().sqrt()


@mutant("gradients", "sparse: table.weight; expected dense ones (sparse=False)")
class Sparse(Sound):
    """Has a table of sparse gradients, which Adam does not take."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.table = nn.Embedding(max(field.cardinality for field in fields), 1, sparse=True)

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) + self.table(ids).sum((1, 2))


@mutant("gradients", "without one where they start: embedding.weight, other.weight")
class Stuck(Sound):
    """Starts both factors of a product at zero, where each lets the other learn nothing."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.other = FieldEmbedding(fields, embed_dim)
        nn.init.zeros_(self.embedding.weight)
        nn.init.zeros_(self.other.weight)

    def forward(self, ids: Tensor) -> Tensor:
        return self.linear(ids) + (self.embedding(ids) * self.other(ids)).sum((1, 2))


@mutant("slopes", "embedding.weight: ")
class HalfDetached(Sound):
    """Lets only one of two factors learn."""

    def forward(self, ids: Tensor) -> Tensor:
        vectors = self.embedding(ids)
        return self.linear(ids) + (vectors[:, 0] * vectors[:, 1:].sum(1).detach()).sum(1)


class _Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        return 2 * x

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient


@mutant("slopes", "linear.bias: ")
class OwnBackward(Sound):
    """Has a backward pass of its own that forgets a factor."""

    def forward(self, ids: Tensor) -> Tensor:
        return _Doubled.apply(super().forward(ids))


@mutant("local", "embedding: 92 rows get a gradient where 6 are read")
class Decaying(Sound):
    """Pulls on the whole table in every step."""

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) + 1e-4 * self.embedding.weight.square().sum()


@mutant("local", "tables.3: 12 rows get a gradient where 6 are read")
class DecayingFields(Sound):
    """Has a table for each field, and pulls on the whole of one in every step."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.tables = nn.ModuleList(nn.Embedding(f.cardinality, embed_dim) for f in fields)
        self.widths = [field.width for field in fields]

    def forward(self, ids: Tensor) -> Tensor:
        parts = zip(self.tables, ids.split(self.widths, 1), strict=True)
        vectors = torch.stack([table(part).mean(1) for table, part in parts])
        pull = 1e-4 * self.tables[-1].weight.square().sum()
        return super().forward(ids) + vectors.prod(0).sum(1) + pull


@mutant("raw", "they stay between -0.02 and 0.02; expected scores without bounds")
class Timid(Sound):
    """Can say no more than its bound, however long it learns."""

    def forward(self, ids: Tensor) -> Tensor:
        return 0.02 * super().forward(ids).tanh()


@mutant("raw", "they stay between")
class Sigmoid(Sound):
    """Gives probabilities, of which the loss takes the sigmoid again."""

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids).sigmoid()


@mutant("raw", "they stay between")
class LogProbability(Sound):
    """Gives the logarithm of a probability, which says no as loud as it likes, and never yes."""

    def forward(self, ids: Tensor) -> Tensor:
        return F.logsigmoid(super().forward(ids))


@mutant("learns", "only")
class Level(Sound):
    """Can raise and lower all rows, and tell them apart no further than its bound."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.level = nn.Parameter(torch.zeros(()))

    def forward(self, ids: Tensor) -> Tensor:
        return self.level + 0.02 * super().forward(ids).tanh()

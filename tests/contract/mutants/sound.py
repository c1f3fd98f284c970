"""Models that are unusual and nothing else: no check may cry."""

import torch
from torch import Tensor, nn

from fmbench.layers import FieldEmbedding, FieldLinear, Heads

from . import OwnTable, Sound


class Recurrent(Sound):
    """Reads its fields as a sequence; torch's layer keeps its weights in a list, too."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.gru = nn.GRU(embed_dim, 3, batch_first=True)

    def forward(self, ids: Tensor) -> Tensor:
        _, last = self.gru(self.embedding(ids))
        return self.linear(ids) + last[0].sum(1)


class Complex(Sound):
    """Has a complex parameter."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.phase = nn.Parameter(torch.ones(embed_dim, dtype=torch.cfloat))

    def forward(self, ids: Tensor) -> Tensor:
        return self.linear(ids) + (self.embedding(ids).sum(1) * self.phase).real.sum(1)


class Distance(Sound):
    """Takes distances off: whatever its weights, most of its logits are below zero."""

    def forward(self, ids: Tensor) -> Tensor:
        vectors = self.embedding(ids)
        gaps = vectors[:, None] - vectors[:, :, None]
        return self.linear(ids) - gaps.square().sum((1, 2, 3))


class TableAField(nn.Module):
    """Has a table for each field, of which a batch reads less than of one for all."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__()
        self.linear = FieldLinear(fields)
        self.tables = nn.ModuleList(nn.Embedding(f.cardinality, embed_dim) for f in fields)
        self.widths = [field.width for field in fields]

    def forward(self, ids: Tensor) -> Tensor:
        parts = zip(self.tables, ids.split(self.widths, 1), strict=True)
        vectors = torch.stack([table(part).mean(1) for table, part in parts], 1)
        return self.linear(ids) + vectors.sum(1).square().sum(1)


class Attending(Sound):
    """Weighs its fields by a softmax, which takes off what the bias before it adds."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.score = nn.Linear(embed_dim, 1)

    def forward(self, ids: Tensor) -> Tensor:
        vectors = self.embedding(ids)
        return super().forward(ids) + (self.score(vectors).softmax(1) * vectors).sum((1, 2))


class Frozen(Sound):
    """Learns what to make of vectors that stay as they were drawn."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.embedding.weight.requires_grad_(False)
        self.out = nn.Linear(embed_dim, 1)

    def forward(self, ids: Tensor) -> Tensor:
        return self.linear(ids) + self.out(self.embedding(ids).sum(1)).squeeze(1)


class Transforming(Sound):
    """Transforms its vectors by a library that takes a row at least, as training and scoring do."""

    def forward(self, ids: Tensor) -> Tensor:
        if not len(ids):
            raise RuntimeError("a transform of nothing")
        return super().forward(ids) + torch.fft.rfft(self.embedding(ids)).real.sum((1, 2))


class Pair(Sound):
    """Asks for two fields."""

    def forward(self, ids: Tensor) -> Tensor:
        vectors = self.embedding(ids)
        return self.linear(ids) + (vectors[:, 0] * vectors[:, 1]).sum(1) + vectors.prod(1).sum(1)


class Growing(Sound):
    """Has a weight that starts at zero, before which nothing else learns in the first step."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.deep = FieldEmbedding(fields, embed_dim)
        self.scale = nn.Parameter(torch.zeros(()))

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) + self.scale * self.deep(ids).sum((1, 2))


class Tied(Sound):
    """Has one table under two names."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.deep = FieldEmbedding(fields, embed_dim)
        self.deep.weight = self.embedding.weight

    def forward(self, ids: Tensor) -> Tensor:
        return super().forward(ids) + self.deep(ids).prod(1).sum(1)


class Worded(Sound):
    """Takes one of two words, and another's too, as it were the second."""

    def __init__(self, fields, *, pooling: str = "mean") -> None:
        super().__init__(fields)
        self.largest = pooling == "largest"

    def forward(self, ids: Tensor) -> Tensor:
        vectors = self.embedding(ids)
        return super().forward(ids) + (vectors.amax(1) if self.largest else vectors.mean(1)).sum(1)


class Looking(Sound):
    """Keeps what it last saw for its author to look at, and counts, and lets neither count."""

    def __init__(self, fields, *, embed_dim: int = 4) -> None:
        super().__init__(fields, embed_dim=embed_dim)
        self.calls = 0

    def forward(self, ids: Tensor) -> Tensor:
        self.calls += 1
        self.last = self.embedding(ids).detach()
        return super().forward(ids)


class Several(Sound):
    """Has a second prediction and a cost, whose gradient is not its slope."""

    def forward(self, ids: Tensor) -> Heads:
        score, linear = super().forward(ids), self.linear(ids)
        cost = (linear - score.detach()).square().mean()
        return Heads(score, {"linear": (linear, 0.5)}, {"apart": (cost, 0.1)})


SOUND = (
    *(Sound, OwnTable, Recurrent, Complex, Distance, TableAField, Attending, Frozen),
    *(Transforming, Pair, Growing, Tied, Worded, Looking, Several),
)

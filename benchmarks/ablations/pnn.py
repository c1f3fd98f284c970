"""Product networks (Qu et al., 2016): an MLP that is given products of the fields as well.

`fmbench ablate --plugin benchmarks/ablations/pnn.py` knows them.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, FieldEmbedding
from fmbench.models import register_model

PAPER = "https://arxiv.org/abs/1611.00144"


def inner(vectors: Tensor) -> Tensor:
    """Return the inner product of every pair of fields, `(batch, fields (fields - 1) / 2)`.

    First of the neighbours, then of the fields two apart, and so on: the engine knows slices, but
    no table of pairs. One field has no pairs, which is an empty slice.
    """
    n = vectors.shape[1]
    apart = [vectors[:, gap:] * vectors[:, : n - gap] for gap in range(1, max(n, 2))]
    return torch.cat([product.sum(2) for product in apart], 1)


def outer(vectors: Tensor) -> Tensor:
    """Return the sum of the outer products of all pairs of fields, `(batch, dim * dim)`.

    A field with itself and both orders included, which is the outer product of the fields' sum.
    """
    total = vectors.sum(1)
    return (total.unsqueeze(2) * total.unsqueeze(1)).flatten(1)


class ProductNetwork(nn.Module):
    """An MLP over the embeddings and their products; without a linear term, as in the paper."""

    inner = outer = False

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        mlp_dims: Sequence[int] = (64, 64),
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        n = len(fields)
        self.embedding = FieldEmbedding(fields, embed_dim)
        products = self.inner * n * (n - 1) // 2 + self.outer * embed_dim**2
        self.mlp = MLP(n * embed_dim + products, mlp_dims, dropout, batch_norm)

    def forward(self, ids: Tensor) -> Tensor:
        """Return logits, `(batch, columns)` to `(batch,)`."""
        vectors = self.embedding(ids)
        parts = [vectors.flatten(1)]
        if self.inner:
            parts.append(inner(vectors))
        if self.outer:
            parts.append(outer(vectors))
        logits: Tensor = self.mlp(torch.cat(parts, 1))
        return logits


@register_model("ipnn", paper=PAPER, year=2016)
class InnerProductNetwork(ProductNetwork):
    """PNN with inner products."""

    inner = True


@register_model("opnn", paper=PAPER, year=2016)
class OuterProductNetwork(ProductNetwork):
    """PNN with outer products, superposed."""

    outer = True


@register_model("pnn_star", paper=PAPER, year=2016)
class BothProductsNetwork(ProductNetwork):
    """The DeepFM paper's PNN*: inner and outer products."""

    inner = outer = True

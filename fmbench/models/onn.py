"""ONN: an MLP over products of field-aware vectors."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldAwareEmbedding, aware_products, pairs
from fmbench.models._registry import register_model
from fmbench.models._space import AWARE, DEEP, STEP


@register_model(
    "onn",
    paper="https://arxiv.org/abs/1904.12579",
    year=2019,
    family="product",
    space=STEP | AWARE | DEEP,
)
class OperationAwareNetwork(nn.Module):
    """Yang et al., 2019: an id has a vector for each operation that it takes part in; also NFFM.

    Variant: a copy of each field's own vector and the inner products of all pairs.

    Elsewhere: DeepCTR-Torch takes products of elements and no copies.

    Cost: O(F² d) a row beside the MLP; F vectors an id.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 4,
        mlp_dims: Sequence[int] = (64, 64),
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        n = len(fields)
        self.embedding = FieldAwareEmbedding(fields, embed_dim)
        self.mlp = MLP(n * embed_dim + len(pairs(n)), mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x)
        copies = vectors.diagonal(0, 1, 2).transpose(1, 2).flatten(1)
        logits: Tensor = self.mlp(torch.cat([copies, aware_products(vectors).sum(2)], 1))
        return logits

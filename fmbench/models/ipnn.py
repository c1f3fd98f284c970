"""IPNN: an MLP that is given the inner products of the fields as well."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding, inner_products, pairs
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, STEP


@register_model(
    "ipnn",
    paper="https://arxiv.org/abs/1611.00144",
    year=2016,
    family="product",
    space=STEP | FACTORS | DEEP,
)
class InnerProductNetwork(nn.Module):
    """Qu et al., 2016: inner products of all pairs of fields stand beside their vectors.

    Variant: each pair once and no field with itself; no linear term, as in the paper.

    Elsewhere: the paper's own weights factorise the products of each unit.

    Cost: O(F² d) a row beside the MLP, whose first layer has F (F - 1) / 2 more inputs.
    """

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
        self.mlp = MLP(n * embed_dim + len(pairs(n)), mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x)
        logits: Tensor = self.mlp(torch.cat([vectors.flatten(1), inner_products(vectors)], 1))
        return logits

"""PNN*: an MLP that is given inner and outer products of the fields as well."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import (
    MLP,
    Batch,
    FieldEmbedding,
    inner_products,
    outer_product_of_sum,
    pairs,
)
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, STEP


@register_model(
    "pnn_star",
    paper="https://arxiv.org/abs/1611.00144",
    year=2016,
    family="product",
    space=STEP | FACTORS | DEEP,
)
class BothProductsNetwork(nn.Module):
    """Qu et al., 2016: both kinds of products, as Guo et al. (2017) compare DeepFM with.

    Variant: the products of `ipnn` and those of `opnn`.

    Elsewhere: DeepCTR has both as switches of one model, its outer products by kernels.

    Cost: that of `ipnn` and of `opnn` together.
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
        inputs = n * embed_dim + len(pairs(n)) + embed_dim**2
        self.mlp = MLP(inputs, mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x)
        products = [inner_products(vectors), outer_product_of_sum(vectors)]
        logits: Tensor = self.mlp(torch.cat([vectors.flatten(1), *products], 1))
        return logits

"""FiBiNET: bilinear products of the fields, before and after they weigh one another."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import (
    MLP,
    Batch,
    BilinearPairs,
    FieldEmbedding,
    FieldLinear,
    SqueezeExcitation,
    pairs,
)
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, LINEAR, STEP
from fmbench.space import Choice


@register_model(
    "fibinet",
    paper="https://arxiv.org/abs/1905.09433",
    year=2019,
    family="product",
    space=STEP | LINEAR | FACTORS | DEEP | {"reduction": Choice(2, 3)},
)
class BilinearNetwork(nn.Module):
    """Huang et al., 2019: an MLP over products v_f M ⊙ v_g of the vectors and of weighed ones.

    Variant: a matrix for each pair, other ones for the weighed vectors; the matrices start at I.

    Elsewhere: DeepCTR-Torch has the same matrices for both, FuxiCTR has others.

    Cost: O(F² d²) a row beside an MLP of F (F - 1) d inputs.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        reduction: int = 2,
        mlp_dims: Sequence[int] = (64, 64),
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        n = len(fields)
        self.linear = FieldLinear(fields)
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.weighing = SqueezeExcitation(n, reduction)
        self.plain, self.weighed = BilinearPairs(n, embed_dim), BilinearPairs(n, embed_dim)
        self.mlp = MLP(2 * len(pairs(n)) * embed_dim, mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x)
        products = [self.plain(vectors), self.weighed(self.weighing(vectors))]
        logits: Tensor = self.linear(x) + self.mlp(torch.cat(products, 1).flatten(1))
        return logits

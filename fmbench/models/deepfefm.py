"""DeepFEFM: FEFM, and an MLP that is given its products."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding, FieldLinear, MatrixPairs, pairs
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, LINEAR, STEP


@register_model(
    "deepfefm",
    paper="https://arxiv.org/abs/2009.09931",
    year=2020,
    family="wide-and-deep",
    space=STEP | LINEAR | FACTORS | DEEP,
)
class DeepFieldEmbeddedFM(nn.Module):
    """Pande, 2020: an MLP over the vectors and the products that FEFM makes of them.

    Variant: linear term, products and MLP are added; S = W + Wᵀ as in `fefm`.

    Elsewhere: DeepCTR penalises the pairs' matrices apart.

    Cost: that of `fefm` and of `dnn`, whose first layer has F (F - 1) / 2 more inputs.
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
        self.linear = FieldLinear(fields)
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.pairwise = MatrixPairs(n, embed_dim, symmetric=True)
        self.mlp = MLP(n * embed_dim + len(pairs(n)), mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x)
        products = self.pairwise(vectors)
        deep = self.mlp(torch.cat([vectors.flatten(1), products], 1))
        logits: Tensor = self.linear(x) + products.sum(1) + deep
        return logits

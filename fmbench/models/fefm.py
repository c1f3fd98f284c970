"""FEFM: an FM whose pairs of fields have a symmetric matrix each."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import Batch, FieldEmbedding, FieldLinear, MatrixPairs
from fmbench.models._registry import register_model
from fmbench.models._space import FACTORS, LINEAR, STEP


@register_model(
    "fefm",
    paper="https://arxiv.org/abs/2009.09931",
    year=2020,
    family="pairwise",
    space=STEP | LINEAR | FACTORS,
)
class FieldEmbeddedFM(nn.Module):
    """Pande, 2020: a symmetric matrix for each pair of fields, the pair's embedding.

    Variant: S = W + Wᵀ with W = I / 2 at the start, where the model is FM.

    Elsewhere: DeepCTR draws W at random and penalises it apart.

    Cost: O(F² d²) a row; F (F - 1) / 2 matrices of d² weights.
    """

    def __init__(self, fields: Sequence[Field], *, embed_dim: int = 16) -> None:
        super().__init__()
        self.linear = FieldLinear(fields)
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.pairwise = MatrixPairs(len(fields), embed_dim, symmetric=True)

    def forward(self, x: Batch) -> Tensor:
        logits: Tensor = self.linear(x) + self.pairwise(self.embedding(x)).sum(1)
        return logits

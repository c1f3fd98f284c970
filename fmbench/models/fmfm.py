"""FmFM: an FM whose pairs of fields have a matrix each."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import Batch, FieldEmbedding, FieldLinear, MatrixPairs
from fmbench.models._registry import register_model
from fmbench.models._space import FACTORS, LINEAR, STEP


@register_model(
    "fmfm",
    paper="https://arxiv.org/abs/2102.12994",
    year=2021,
    family="pairwise",
    space=STEP | LINEAR | FACTORS,
)
class FieldMatrixedFM(nn.Module):
    """Sun et al., 2021: a matrix for each pair of fields turns one vector before the product.

    Variant: square matrices that start at I, where the model is FM.

    Elsewhere: FuxiCTR starts them as draws, by Xavier's rule.

    Cost: O(F² d²) a row; F (F - 1) / 2 matrices of d² weights.
    """

    def __init__(self, fields: Sequence[Field], *, embed_dim: int = 16) -> None:
        super().__init__()
        self.linear = FieldLinear(fields)
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.pairwise = MatrixPairs(len(fields), embed_dim)

    def forward(self, x: Batch) -> Tensor:
        logits: Tensor = self.linear(x) + self.pairwise(self.embedding(x)).sum(1)
        return logits

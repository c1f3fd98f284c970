"""LorentzFM: an FM in hyperbolic space."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import Batch, FieldEmbedding, FieldLinear, lorentz_sum
from fmbench.models._registry import register_model
from fmbench.models._space import FACTORS, LINEAR, STEP


@register_model(
    "lorentzfm",
    paper="https://arxiv.org/abs/1911.09821",
    year=2020,
    family="pairwise",
    space=STEP | LINEAR | FACTORS,
)
class LorentzFM(nn.Module):
    """Xu and Wu, 2020: points of the hyperboloid instead of vectors, and their triangles.

    Variant: with the linear term of an FM, as a pair adds no less than -1/2 and no more than 2.

    Elsewhere: FuxiCTR has no linear term.

    Cost: O(F² d) a row; as many weights as `fm`.
    """

    def __init__(self, fields: Sequence[Field], *, embed_dim: int = 16) -> None:
        super().__init__()
        self.linear = FieldLinear(fields)
        self.embedding = FieldEmbedding(fields, embed_dim)

    def forward(self, x: Batch) -> Tensor:
        logits: Tensor = self.linear(x) + lorentz_sum(self.embedding(x))
        return logits

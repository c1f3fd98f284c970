"""FwFM: an FM whose pairs of fields have a weight each."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import Batch, FieldEmbedding, FieldLinear, WeightedPairs
from fmbench.models._registry import register_model
from fmbench.models._space import FACTORS, LINEAR, STEP


@register_model(
    "fwfm",
    paper="https://arxiv.org/abs/1806.03514",
    year=2018,
    family="pairwise",
    space=STEP | LINEAR | FACTORS,
)
class FieldWeightedFM(nn.Module):
    """Pan et al., 2018: how much two fields interact is learnt, one number a pair of fields.

    Variant: a weight for each id in the linear term (the paper's FwFM_LW); pairs start at 1, as FM.

    Elsewhere: FuxiCTR has the paper's FiLV, one vector a field, in the linear term's place.

    Cost: O(F² d) a row; F (F - 1) / 2 weights beside those of FM.
    """

    def __init__(self, fields: Sequence[Field], *, embed_dim: int = 16) -> None:
        super().__init__()
        self.linear = FieldLinear(fields)
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.pairwise = WeightedPairs(len(fields))

    def forward(self, x: Batch) -> Tensor:
        logits: Tensor = self.linear(x) + self.pairwise(self.embedding(x))
        return logits

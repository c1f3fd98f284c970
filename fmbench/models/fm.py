"""FM: a linear term and all pairwise interactions."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import Batch, FieldEmbedding, FieldLinear, PairwiseInteraction
from fmbench.models._registry import register_model
from fmbench.models._space import FACTORS, LINEAR, STEP


@register_model(
    "fm",
    paper="https://doi.org/10.1109/ICDM.2010.127",
    year=2010,
    family="pairwise",
    space=STEP | LINEAR | FACTORS,
)
class FactorizationMachine(nn.Module):
    """Rendle, 2010: interactions of all pairs of fields by inner products of their vectors.

    Variant: the sum over pairs in time linear in the number of fields; a field of several values is
    their mean.

    Elsewhere: in libFM and myFM each of the values interacts with the others.

    Cost: O(F d) a row.
    """

    def __init__(self, fields: Sequence[Field], *, embed_dim: int = 16) -> None:
        super().__init__()
        self.linear = FieldLinear(fields)
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.pairwise = PairwiseInteraction()

    def forward(self, x: Batch) -> Tensor:
        logits: Tensor = self.linear(x) + self.pairwise(self.embedding(x))
        return logits

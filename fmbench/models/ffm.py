"""FFM: pairwise interactions by vectors of an id for each other field."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import Batch, FieldAwareEmbedding, FieldLinear, aware_products
from fmbench.models._registry import register_model
from fmbench.models._space import AWARE, LINEAR, STEP


@register_model(
    "ffm",
    paper="https://doi.org/10.1145/2959100.2959134",
    year=2016,
    family="pairwise",
    space=STEP | LINEAR | AWARE,
)
class FieldAwareFM(nn.Module):
    """Juan et al., 2016: an id has a vector for each field that it meets.

    Variant: with the linear term and the bias of an FM.

    Elsewhere: libffm has neither, and scales each row to unit length; torchfm keeps a table a
    field.

    Cost: O(F² d) a row, and F d weights an id.
    """

    def __init__(self, fields: Sequence[Field], *, embed_dim: int = 4) -> None:
        super().__init__()
        self.linear = FieldLinear(fields)
        self.embedding = FieldAwareEmbedding(fields, embed_dim)

    def forward(self, x: Batch) -> Tensor:
        logits: Tensor = self.linear(x) + aware_products(self.embedding(x)).sum((1, 2))
        return logits

"""HOFM: an FM with interactions of three fields and more."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import Anova, Batch, FieldEmbedding, FieldLinear
from fmbench.layers.anova import check_order
from fmbench.models._registry import register_model
from fmbench.models._space import FACTORS, LINEAR, STEP
from fmbench.space import Choice


@register_model(
    "hofm",
    paper="https://arxiv.org/abs/1607.07195",
    year=2016,
    family="pairwise",
    space=STEP | LINEAR | FACTORS | {"order": Choice(2, 3, 4)},
)
class HigherOrderFM(nn.Module):
    """Blondel et al., 2016: interactions of each order up to `order`, by vectors of its own.

    Variant: ANOVA kernels by dynamic programming, a table for each order from two on.

    Elsewhere: torchfm cuts one wide table; FuxiCTR enumerates the sets of fields.

    Cost: O(F d m²) a row for order m; m - 1 tables.
    """

    def __init__(self, fields: Sequence[Field], *, embed_dim: int = 16, order: int = 3) -> None:
        super().__init__()
        check_order(order)
        self.linear = FieldLinear(fields)
        orders = range(2, order + 1)
        self.embeddings = nn.ModuleList(FieldEmbedding(fields, embed_dim) for _ in orders)
        self.kernels = nn.ModuleList(Anova(t) for t in orders)

    def forward(self, x: Batch) -> Tensor:
        logits: Tensor = self.linear(x)
        for embedding, kernel in zip(self.embeddings, self.kernels, strict=True):
            logits = logits + kernel(embedding(x))
        return logits

"""DeepIM: interactions of several orders beside an MLP."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding, anova_kernels
from fmbench.layers.anova import check_order
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, STEP
from fmbench.space import Choice


@register_model(
    "deepim",
    paper="https://doi.org/10.1145/3340531.3412077",
    year=2020,
    family="wide-and-deep",
    space=STEP | FACTORS | DEEP | {"order": Choice(2, 3, 4, 5)},
)
class DeepInteractionMachine(nn.Module):
    """Yu et al., 2020: products of all sets of fields up to an order, weighed by element.

    Variant: one table for all orders and the MLP; products by recursion, which rounds less.

    Elsewhere: FuxiCTR finds the products by sums of powers, as the paper does, up to order five.

    Cost: O(F d t) a row for order t, beside the MLP.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        order: int = 3,
        mlp_dims: Sequence[int] = (64, 64),
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        check_order(order)
        self.order = order
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.output = nn.Linear(order * embed_dim, 1, bias=False)
        self.mlp = MLP(len(fields) * embed_dim, mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x)
        products = self.output(torch.cat(anova_kernels(vectors, self.order), 1)).squeeze(1)
        logits: Tensor = products + self.mlp(vectors.flatten(1))
        return logits

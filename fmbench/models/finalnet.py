"""FinalNet: two factorized networks that learn from their mean."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import Batch, FactorizedBlock, FieldEmbedding, FieldGate, Heads, distance_to
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, STEP, STREAM


@register_model(
    "finalnet",
    paper="https://doi.org/10.1145/3539618.3591988",
    year=2023,
    family="product",
    space=STEP | FACTORS | DEEP | STREAM,
)
class FactorizedNetwork(nn.Module):
    """Zhu et al., 2023: in each layer one half of the units multiplies the other half.

    Variant: their FINAL(2B): the first block sees the fields gated as well, and both learn from
    their mean, too. Products stand beside what they are made of.

    Elsewhere: FuxiCTR can also have one block, no gate, or products added to what they are made of.

    Cost: O(F d h) a row for each block, of which the first has twice the inputs, as for an MLP.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        mlp_dims: Sequence[int] = (64, 64),
        other_dims: Sequence[int] = (64,),
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        inputs = len(fields) * embed_dim
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.gate = FieldGate(len(fields))
        self.first = FactorizedBlock(2 * inputs, mlp_dims, dropout, batch_norm)
        self.second = FactorizedBlock(inputs, other_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor | Heads:
        vectors = self.embedding(x)
        first, second = self.first(self.gate(vectors).flatten(1)), self.second(vectors.flatten(1))
        score: Tensor = (first + second) / 2
        if not self.training:
            return score
        costs = {"first": distance_to(score, first), "second": distance_to(score, second)}
        return Heads(score, costs={name: (cost, 1.0) for name, cost in costs.items()})

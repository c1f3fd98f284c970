"""FCN: crosses whose degree grows by one a layer beside crosses whose degree doubles."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import Batch, FieldEmbedding, Heads, MaskedCross
from fmbench.layers.check import check_width
from fmbench.models._registry import register_model
from fmbench.models._space import CROSS, DROPPED, FACTORS, STEP
from fmbench.space import Choice


@register_model(
    "fcn",
    paper="https://arxiv.org/abs/2407.13349",
    year=2024,
    family="cross",
    space=STEP | FACTORS | CROSS | DROPPED | {"heads": Choice(1, 2, 4)},
)
class FusingCrossNetwork(nn.Module):
    """Li et al., 2024: two networks of crosses and no MLP, each with a loss of its own.

    Variant: their FCN, once DCNv3; the own loss of a network weighs what it is above that of both.

    Elsewhere: the authors draw the biases of the crosses from U(0, 1); here they start at zero.

    Cost: O(L F² d²) a row for each of H heads, which share their matrices and not their tables.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        cross_layers: int = 2,
        heads: int = 1,
        dropout: float = 0.2,
    ) -> None:
        check_width("heads", heads)
        super().__init__()
        self.heads, inputs = heads, len(fields) * embed_dim
        self.embedding = FieldEmbedding(fields, heads * embed_dim)
        self.exponential = MaskedCross(inputs, cross_layers, dropout, exponential=True)
        self.linear = MaskedCross(inputs, cross_layers, dropout, exponential=False)
        self.outputs = nn.ModuleList(nn.Linear(inputs, 1) for _ in range(2))

    def forward(self, x: Batch) -> Tensor | Heads:
        apart = self.embedding(x).unflatten(2, (self.heads, -1)).transpose(1, 2)
        half = (apart.shape[3] + 1) // 2  # masks are for the second half of each field
        vectors = torch.cat([apart[..., :half].flatten(2), apart[..., half:].flatten(2)], 2)
        crosses = zip(self.outputs, (self.exponential, self.linear), strict=True)
        one, other = (output(cross(vectors)).mean((1, 2)) for output, cross in crosses)
        score: Tensor = (one + other) / 2
        if not self.training:
            return score
        return Heads(score, {"exponential": (one, "excess"), "linear": (other, "excess")})

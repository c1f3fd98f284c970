"""AFN+: AFN and an MLP, each with vectors of its own."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding, LogarithmicNeurons
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, STEP
from fmbench.space import Choice


@register_model(
    "afn_plus",
    paper="https://arxiv.org/abs/1909.03276",
    year=2020,
    family="product",
    space=STEP | FACTORS | DEEP | {"neurons": Choice(8, 16, 32)},
)
class AdaptiveFactorizationPlus(nn.Module):
    """Cheng et al., 2020: AFN beside an MLP over vectors that it does not share.

    Variant: both of one width, trained together, and what each of them weighs is learnt; it starts
    at a half.

    Elsewhere: FuxiCTR's two MLPs have widths of their own.

    Cost: that of `afn` and of `dnn`; two tables.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        neurons: int = 16,
        mlp_dims: Sequence[int] = (64, 64),
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        self.embedding, self.deep_embedding = (FieldEmbedding(fields, embed_dim) for _ in range(2))
        self.neurons = LogarithmicNeurons(len(fields), neurons)
        self.mlp = MLP(neurons * embed_dim, mlp_dims, dropout, batch_norm)
        self.deep = MLP(len(fields) * embed_dim, mlp_dims, dropout, batch_norm)
        self.weights = nn.Parameter(torch.full((2,), 0.5))

    def forward(self, x: Batch) -> Tensor:
        adaptive = self.mlp(self.neurons(self.embedding(x)).flatten(1))
        deep = self.deep(self.deep_embedding(x).flatten(1))
        logits: Tensor = (torch.stack([adaptive, deep], 1) * self.weights).sum(1)
        return logits

"""DCN-Mix: crosses of low rank by several experts beside an MLP."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, ExpertCross, FieldEmbedding
from fmbench.models._registry import register_model
from fmbench.models._space import CROSS, DEEP, FACTORS, STEP
from fmbench.space import Choice


@register_model(
    "dcn_mix",
    paper="https://arxiv.org/abs/2008.13535",
    year=2021,
    family="cross",
    space=STEP | FACTORS | CROSS | DEEP | {"experts": Choice(2, 4), "rank": Choice(4, 8, 16, 32)},
)
class MixtureCrossNetwork(nn.Module):
    """Wang et al., 2021: a mixture of experts in the cross layers of DCN-V2.

    Variant: tanh around a square map in each expert, one softmax gate for all layers; cross and
    MLP in parallel.

    Elsewhere: the paper also lets a sigmoid weigh the experts.

    Cost: O(L F d K r) a row for K experts of rank r, beside the MLP.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        cross_layers: int = 2,
        experts: int = 4,
        rank: int = 8,
        mlp_dims: Sequence[int] = (64, 64),
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        inputs = len(fields) * embed_dim
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.cross = ExpertCross(inputs, cross_layers, experts, rank)
        self.output = nn.Linear(inputs, 1, bias=False)
        self.mlp = MLP(inputs, mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x).flatten(1)
        logits: Tensor = self.output(self.cross(vectors)).squeeze(1) + self.mlp(vectors)
        return logits

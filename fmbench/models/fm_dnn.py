"""FM & DNN: DeepFM whose parts do not share their vectors."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding, FieldLinear, PairwiseInteraction
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, LINEAR, STEP


@register_model(
    "fm_dnn",
    paper="https://arxiv.org/abs/1703.04247",
    year=2017,
    family="wide-and-deep",
    space=STEP | LINEAR | FACTORS | DEEP,
)
class FMAndDNN(nn.Module):
    """Guo et al., 2017: what DeepFM is compared with to see what one table for both is worth.

    Variant: a table of the same width for each part.

    Elsewhere: FuxiCTR and torchfm have DeepFM alone, with one table.

    Cost: that of `deepfm`, with two lookups and two tables.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        mlp_dims: Sequence[int] = (64, 64),
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        self.linear = FieldLinear(fields)
        self.embedding, self.deep_embedding = (FieldEmbedding(fields, embed_dim) for _ in range(2))
        self.pairwise = PairwiseInteraction()
        self.mlp = MLP(len(fields) * embed_dim, mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        deep = self.mlp(self.deep_embedding(x).flatten(1))
        logits: Tensor = self.linear(x) + self.pairwise(self.embedding(x)) + deep
        return logits

"""DCN: crosses of the embeddings beside an MLP."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding, VectorCross
from fmbench.models._registry import register_model
from fmbench.models._space import CROSS, DEEP, FACTORS, STEP


@register_model(
    "dcn",
    paper="https://arxiv.org/abs/1708.05123",
    year=2017,
    family="cross",
    space=STEP | FACTORS | CROSS | DEEP,
)
class CrossNetwork(nn.Module):
    """Wang et al., 2017: each cross layer multiplies the embeddings with one number a row.

    Variant: cross and MLP in parallel, no linear term, as in the paper.

    Elsewhere: DeepCTR adds a linear term.

    Cost: O(L F d) a row beside the MLP, and as many weights.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        cross_layers: int = 2,
        mlp_dims: Sequence[int] = (64, 64),
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        inputs = len(fields) * embed_dim
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.cross = VectorCross(inputs, cross_layers)
        self.output = nn.Linear(inputs, 1, bias=False)
        self.mlp = MLP(inputs, mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x).flatten(1)
        logits: Tensor = self.output(self.cross(vectors)).squeeze(1) + self.mlp(vectors)
        return logits

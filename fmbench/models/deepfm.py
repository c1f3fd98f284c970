"""DeepFM: a linear term, pairwise interactions and an MLP over one shared embedding."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding, FieldLinear, PairwiseInteraction
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, LINEAR, STEP


@register_model(
    "deepfm",
    paper="https://arxiv.org/abs/1703.04247",
    year=2017,
    family="wide-and-deep",
    space=STEP | LINEAR | FACTORS | DEEP,
)
class DeepFM(nn.Module):
    """Guo et al., 2017: Wide & Deep with a factorization machine for its wide part.

    Variant: one table for both parts, as in the paper.

    Elsewhere: torch-rechub's linear term is a map of the vectors, not a weight for each id.

    Cost: that of `fm` and of `dnn` together, with one lookup.
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
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.pairwise = PairwiseInteraction()
        self.mlp = MLP(len(fields) * embed_dim, mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x)
        logits: Tensor = self.linear(x) + self.pairwise(vectors) + self.mlp(vectors.flatten(1))
        return logits

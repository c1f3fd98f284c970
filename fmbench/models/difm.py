"""DIFM: an FM whose fields weigh what attention and an MLP make of the row."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import (
    Batch,
    FieldAttention,
    FieldEmbedding,
    FieldTerms,
    WeighedFM,
    hidden_layers,
)
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, LAYER, LINEAR, STEP


@register_model(
    "difm",
    paper="https://doi.org/10.24963/ijcai.2020/434",
    year=2020,
    family="gate",
    space=STEP | LINEAR | FACTORS | DEEP | LAYER,
)
class DualInputAwareFM(nn.Module):
    """Lu et al., 2020: what fields weigh comes of whole vectors and of their elements, added.

    Variant: one layer of scaled attention with residual and ReLU; no softmax over the fields.

    Elsewhere: DeepCTR-Torch's heads split the width of the vectors.

    Cost: that of `ifm` and of one layer of `autoint`.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        heads: int = 2,
        head_dim: int = 8,
        mlp_dims: Sequence[int] = (64, 64),
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        n = len(fields)
        self.fm = WeighedFM()
        self.terms = FieldTerms(fields)
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.attention = FieldAttention(embed_dim, heads, head_dim, scaled=True)
        self.hidden = hidden_layers(n * embed_dim, mlp_dims, dropout, batch_norm)
        self.by_vector = nn.Linear(n * heads * head_dim, n, bias=False)
        self.by_element = nn.Linear(mlp_dims[-1], n, bias=False)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x)
        weights = self.by_vector(self.attention(vectors).flatten(1))
        weights = weights + self.by_element(self.hidden(vectors.flatten(1)))
        logits: Tensor = self.fm(self.terms(x), vectors, weights)
        return logits

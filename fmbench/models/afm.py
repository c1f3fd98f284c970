"""AFM: an FM that learns which pairs to attend to."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import Batch, FieldEmbedding, FieldLinear, PairAttention, hadamard_products
from fmbench.layers.check import check_share
from fmbench.models._registry import register_model
from fmbench.models._space import ATTENTION, FACTORS, LINEAR, STEP


@register_model(
    "afm",
    paper="https://arxiv.org/abs/1708.04617",
    year=2017,
    family="attention",
    space=STEP | LINEAR | FACTORS | ATTENTION,
)
class AttentionalFM(nn.Module):
    """Xiao et al., 2017: a small network says what each product of two fields weighs.

    Variant: a bias in the attention's hidden layer and dropout on the pooled vector alone.

    Elsewhere: torchfm has biases in both maps and drops scores, too; FuxiCTR has no biases.

    Cost: O(F² d t) a row for an attention of t units.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        attention_dim: int = 16,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        check_share("dropout", dropout)
        self.linear = FieldLinear(fields)
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.attention = PairAttention(embed_dim, attention_dim)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(embed_dim, 1, bias=False)

    def forward(self, x: Batch) -> Tensor:
        pooled = self.attention(hadamard_products(self.embedding(x)))
        logits: Tensor = self.linear(x) + self.output(self.dropout(pooled)).squeeze(1)
        return logits

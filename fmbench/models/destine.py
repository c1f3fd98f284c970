"""DESTINE: attention that tells pairs of fields from fields alone."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import Batch, DisentangledAttention, FieldEmbedding
from fmbench.layers.check import check_width
from fmbench.models._registry import register_model
from fmbench.models._space import FACTORS, HEADS, STEP


@register_model(
    "destine",
    paper="https://arxiv.org/abs/2101.03654",
    year=2021,
    family="attention",
    space=STEP | FACTORS | HEADS,
)
class DisentangledNetwork(nn.Module):
    """Xu et al., 2021: a field weighs another by what the two share, and by that other alone.

    Variant: as `autoint` but for the shares: no scaling, no biases, no linear term and no MLP.

    Elsewhere: FuxiCTR has biases, can scale the scores, and can add a linear term and an MLP.

    Cost: that of `autoint`, and O(L F d) more.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        attention_layers: int = 2,
        heads: int = 2,
        head_dim: int = 8,
    ) -> None:
        super().__init__()
        check_width("attention_layers", attention_layers)
        self.embedding = FieldEmbedding(fields, embed_dim)
        widths = [embed_dim, *[heads * head_dim] * attention_layers]
        layers = [DisentangledAttention(width, heads, head_dim) for width in widths[:-1]]
        self.layers = nn.Sequential(*layers)
        self.output = nn.Linear(len(fields) * widths[-1], 1)

    def forward(self, x: Batch) -> Tensor:
        logits: Tensor = self.output(self.layers(self.embedding(x)).flatten(1)).squeeze(1)
        return logits

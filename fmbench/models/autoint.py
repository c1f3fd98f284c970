"""AutoInt: fields that attend to one another, layer after layer."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import Batch, FieldAttention, FieldEmbedding
from fmbench.layers.check import check_width
from fmbench.models._registry import register_model
from fmbench.models._space import FACTORS, HEADS, STEP


@register_model(
    "autoint",
    paper="https://arxiv.org/abs/1810.11921",
    year=2019,
    family="attention",
    space=STEP | FACTORS | HEADS,
)
class AutomaticInteraction(nn.Module):
    """Song et al., 2019: self-attention over the fields, and a linear map of where it ends.

    Variant: scores unscaled, a residual and ReLU in each layer, no linear term and no MLP.

    Elsewhere: torchfm scales scores, projects outputs, has one residual and adds a linear term.

    Cost: O(L (F d h + F² h)) a row for heads of h units together.
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
        self.layers = nn.Sequential(*(FieldAttention(w, heads, head_dim) for w in widths[:-1]))
        self.output = nn.Linear(len(fields) * widths[-1], 1)

    def forward(self, x: Batch) -> Tensor:
        logits: Tensor = self.output(self.layers(self.embedding(x)).flatten(1)).squeeze(1)
        return logits

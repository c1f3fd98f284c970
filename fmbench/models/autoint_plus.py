"""AutoInt+: fields that attend to one another, beside an MLP."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldAttention, FieldEmbedding
from fmbench.layers.check import check_width
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, HEADS, STEP


@register_model(
    "autoint_plus",
    paper="https://arxiv.org/abs/1810.11921",
    year=2019,
    family="attention",
    space=STEP | FACTORS | DEEP | HEADS,
)
class AutomaticInteractionPlus(nn.Module):
    """Song et al., 2019: AutoInt and an MLP over the same vectors, trained together.

    Variant: the attention of `autoint`; no linear term.

    Elsewhere: torchfm scales scores and adds a linear term.

    Cost: that of `autoint` and of `dnn` together, with one lookup.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        attention_layers: int = 2,
        heads: int = 2,
        head_dim: int = 8,
        mlp_dims: Sequence[int] = (64, 64),
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        check_width("attention_layers", attention_layers)
        self.embedding = FieldEmbedding(fields, embed_dim)
        widths = [embed_dim, *[heads * head_dim] * attention_layers]
        self.layers = nn.Sequential(*(FieldAttention(w, heads, head_dim) for w in widths[:-1]))
        self.output = nn.Linear(len(fields) * widths[-1], 1, bias=False)
        self.mlp = MLP(len(fields) * embed_dim, mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x)
        attended = self.output(self.layers(vectors).flatten(1)).squeeze(1)
        logits: Tensor = attended + self.mlp(vectors.flatten(1))
        return logits

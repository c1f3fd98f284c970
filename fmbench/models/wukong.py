"""Wukong: layers of factorization machines under an MLP."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding, WukongLayer
from fmbench.layers.check import check_width
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, STEP, WUKONG


@register_model(
    "wukong",
    paper="https://arxiv.org/abs/2403.02545",
    year=2024,
    family="mixer",
    space=STEP | FACTORS | DEEP | WUKONG,
)
class Wukong(nn.Module):
    """Zhang et al., 2024: each layer makes new fields of products and of sums of the old ones.

    Variant: the projection of the products is learnt, and the same for all rows.

    Elsewhere: the paper can let it depend on the row as well; FuxiCTR ends the products with a ReLU
    and mixes the elements of flat fields.

    Cost: O(L F d (T + K) + L T d h) a row for T fields a kind, rank K and h hidden units.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        wukong_layers: int = 2,
        tokens: int = 8,
        rank: int = 8,
        block_dim: int = 64,
        mlp_dims: Sequence[int] = (64, 64),
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        check_width("wukong_layers", wukong_layers)
        super().__init__()
        self.embedding = FieldEmbedding(fields, embed_dim)
        widths = [len(fields), *[2 * tokens] * (wukong_layers - 1)]
        self.layers = nn.Sequential(
            *(WukongLayer(width, embed_dim, tokens, rank, block_dim) for width in widths)
        )
        self.mlp = MLP(2 * tokens * embed_dim, mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        logits: Tensor = self.mlp(self.layers(self.embedding(x)).flatten(1))
        return logits

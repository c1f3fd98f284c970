"""DCN-V2: crosses with a matrix a layer beside an MLP."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding, MatrixCross
from fmbench.layers.check import check_word
from fmbench.models._registry import register_model
from fmbench.models._space import CROSS, CROSSED, DEEP, FACTORS, STEP
from fmbench.space import Choice


@register_model(
    "dcn_v2",
    paper="https://arxiv.org/abs/2008.13535",
    year=2021,
    family="cross",
    space=STEP | FACTORS | CROSS | DEEP | CROSSED | {"rank": Choice(0, 8, 32)},
)
class CrossNetworkV2(nn.Module):
    """Wang et al., 2021: each cross layer multiplies the embeddings element by element.

    Variant: the MLP beside the crosses or, by `structure`, stacked on them; with a `rank` above 0,
    matrices are products U Vᵀ.

    Elsewhere: FuxiCTR can also do without an MLP, and have one of each kind; TorchEasyRec has
    matrices of low rank alone.

    Cost: O(L F² d²) a row beside the MLP, O(L F d r) with a rank r, and as many weights.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        cross_layers: int = 2,
        rank: int = 0,
        structure: str = "parallel",
        mlp_dims: Sequence[int] = (64, 64),
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        check_word("structure", structure, ("parallel", "stacked"))
        super().__init__()
        inputs = len(fields) * embed_dim
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.cross = MatrixCross(inputs, cross_layers, rank)
        self.output = nn.Linear(inputs, 1, bias=False) if structure == "parallel" else None
        self.mlp = MLP(inputs, mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x).flatten(1)
        crossed = self.cross(vectors)
        if self.output is None:
            logits: Tensor = self.mlp(crossed)
        else:
            logits = self.output(crossed).squeeze(1) + self.mlp(vectors)
        return logits

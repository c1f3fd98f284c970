"""GDCN: crosses that pass a gate, beside an MLP or under it."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding, GatedCross
from fmbench.layers.check import check_word
from fmbench.models._registry import register_model
from fmbench.models._space import CROSS, CROSSED, DEEP, FACTORS, STEP


@register_model(
    "gdcn",
    paper="https://arxiv.org/abs/2311.04635",
    year=2023,
    family="cross",
    space=STEP | FACTORS | CROSS | DEEP | CROSSED,
)
class GatedCrossNetwork(nn.Module):
    """Wang et al., 2023: each cross layer has a gate that says which of its products pass.

    Variant: their GDCN-P, the MLP beside the crosses, or GDCN-S, stacked on them, by `structure`.

    Elsewhere: FuxiCTR draws the biases of the crosses from U(0, 1); here they start at zero.

    Cost: O(L F² d²) a row beside the MLP, and twice the matrices of `dcn_v2`.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        cross_layers: int = 2,
        structure: str = "parallel",
        mlp_dims: Sequence[int] = (64, 64),
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        check_word("structure", structure, ("parallel", "stacked"))
        super().__init__()
        inputs = len(fields) * embed_dim
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.cross = GatedCross(inputs, cross_layers)
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

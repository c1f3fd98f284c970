"""Extreme DeepFM: a compressed interaction network beside a linear term and an MLP."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import CIN, MLP, Batch, FieldEmbedding, FieldLinear
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, LINEAR, STEP
from fmbench.space import Choice


@register_model(
    "xdeepfm",
    paper="https://arxiv.org/abs/1803.05170",
    year=2018,
    family="cross",
    space=STEP | LINEAR | FACTORS | DEEP | {"cin_dims": Choice((16,), (16, 16), (32, 32))},
)
class ExtremeDeepFM(nn.Module):
    """Lian et al., 2018: crosses of whole vectors, order by order, each order read by the output.

    Variant: the identity between the layers, which the paper finds best, and no split of them.

    Elsewhere: torchfm and DeepCTR-Torch have ReLU there and hand half of each layer on.

    Cost: O(Σ H_k H_{k-1} F d) a row for layers of H_k maps, beside the MLP.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        cin_dims: Sequence[int] = (16, 16),
        mlp_dims: Sequence[int] = (64, 64),
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        self.linear = FieldLinear(fields)
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.cin = CIN(len(fields), cin_dims)
        self.output = nn.Linear(sum(cin_dims), 1, bias=False)
        self.mlp = MLP(len(fields) * embed_dim, mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x)
        crosses = self.output(self.cin(vectors)).squeeze(1)
        logits: Tensor = self.linear(x) + crosses + self.mlp(vectors.flatten(1))
        return logits

"""NFM: an MLP over the pairwise interactions of an FM."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding, FieldLinear, hadamard_sum
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, LINEAR, STEP


@register_model(
    "nfm",
    paper="https://arxiv.org/abs/1708.05027",
    year=2017,
    family="deep",
    space=STEP | LINEAR | FACTORS | DEEP,
)
class NeuralFM(nn.Module):
    """He and Chua, 2017: the products of all pairs, summed to one vector, feed an MLP.

    Variant: dropout on the summed vector and, with `batch_norm`, BatchNorm, as in the paper.

    Elsewhere: FuxiCTR and DeepCTR have neither there; torchfm has both.

    Cost: O(F d) a row beside the MLP.
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
        norm = nn.BatchNorm1d(embed_dim) if batch_norm else nn.Identity()
        self.pooled = nn.Sequential(norm, nn.Dropout(dropout))
        self.mlp = MLP(embed_dim, mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        products = hadamard_sum(self.embedding(x))
        logits: Tensor = self.linear(x) + self.mlp(self.pooled(products))
        return logits

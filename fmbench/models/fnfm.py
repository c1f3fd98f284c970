"""FNFM: an MLP over the products of an FFM."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldAwareEmbedding, FieldLinear, aware_products, pairs
from fmbench.models._registry import register_model
from fmbench.models._space import AWARE, DEEP, LINEAR, STEP


@register_model(
    "fnfm",
    paper="https://arxiv.org/abs/1902.09096",
    year=2019,
    family="deep",
    space=STEP | LINEAR | AWARE | DEEP,
)
class FieldAwareNeuralFM(nn.Module):
    """Zhang et al., 2019: the products of all pairs of field-aware vectors feed an MLP.

    Variant: dropout on the products and, with `batch_norm`, BatchNorm.

    Elsewhere: torchfm has both there.

    Cost: O(F² d) a row beside an MLP of F (F - 1) d / 2 inputs; F vectors an id.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 4,
        mlp_dims: Sequence[int] = (64, 64),
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        inputs = len(pairs(len(fields))) * embed_dim
        self.linear = FieldLinear(fields)
        self.embedding = FieldAwareEmbedding(fields, embed_dim)
        norm = nn.BatchNorm1d(inputs) if batch_norm else nn.Identity()
        self.products = nn.Sequential(norm, nn.Dropout(dropout))
        self.mlp = MLP(inputs, mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        products = aware_products(self.embedding(x)).flatten(1)
        logits: Tensor = self.linear(x) + self.mlp(self.products(products))
        return logits

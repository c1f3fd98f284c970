"""Wide & Deep: a linear term beside an MLP."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding, FieldLinear
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, LINEAR, STEP


@register_model(
    "wide_deep",
    paper="https://arxiv.org/abs/1606.07792",
    year=2016,
    family="wide-and-deep",
    space=STEP | LINEAR | FACTORS | DEEP,
)
class WideDeep(nn.Module):
    """Cheng et al., 2016: the wide part memorises, the deep part generalises.

    Variant: the wide part has the ids alone, without crosses that are chosen by hand.

    Elsewhere: the paper trains the wide part by FTRL with an L1 penalty.

    Cost: that of `lr` and of `dnn` together.
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
        self.mlp = MLP(len(fields) * embed_dim, mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        logits: Tensor = self.linear(x) + self.mlp(self.embedding(x).flatten(1))
        return logits

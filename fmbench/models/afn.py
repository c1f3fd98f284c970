"""AFN: an MLP over products of powers of the fields."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding, LogarithmicNeurons
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, STEP
from fmbench.space import Choice


@register_model(
    "afn",
    paper="https://arxiv.org/abs/1909.03276",
    year=2020,
    family="product",
    space=STEP | FACTORS | DEEP | {"neurons": Choice(8, 16, 32)},
)
class AdaptiveFactorization(nn.Module):
    """Cheng et al., 2020: how often each field enters a product is learnt, and need not be whole.

    Variant: neurons without bias, an exponent cut at 20, no linear term; BatchNorm in the MLP.

    Elsewhere: torchfm takes log1p and expm1 with ReLU and adds a linear term; FuxiCTR and
    DeepCTR normalise before and after the neurons, over fields and over elements.

    Cost: O(N F d) a row for N neurons, beside an MLP of N d inputs.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        neurons: int = 16,
        mlp_dims: Sequence[int] = (64, 64),
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.neurons = LogarithmicNeurons(len(fields), neurons)
        self.mlp = MLP(neurons * embed_dim, mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        logits: Tensor = self.mlp(self.neurons(self.embedding(x)).flatten(1))
        return logits

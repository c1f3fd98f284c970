"""IFM: an FM whose fields weigh what an MLP makes of the row."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import Batch, FieldEmbedding, FieldTerms, WeighedFM, hidden_layers
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, LINEAR, STEP


@register_model(
    "ifm",
    paper="https://doi.org/10.24963/ijcai.2019/203",
    year=2019,
    family="gate",
    space=STEP | LINEAR | FACTORS | DEEP,
)
class InputAwareFM(nn.Module):
    """Yu et al., 2019: a softmax over the fields says what each of them weighs in this row.

    Variant: weights are F times the softmax, and start at one, where the model is an FM.

    Elsewhere: DeepCTR has the same, and draws the last map's weights at random.

    Cost: that of `deepfm`, whose MLP has F outputs.
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
        n = len(fields)
        self.fm = WeighedFM()
        self.terms = FieldTerms(fields)
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.hidden = hidden_layers(n * embed_dim, mlp_dims, dropout, batch_norm)
        self.factors = nn.Linear(mlp_dims[-1], n, bias=False)
        nn.init.zeros_(self.factors.weight)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x)
        factors = self.factors(self.hidden(vectors.flatten(1)))
        weights = factors.shape[1] * torch.softmax(factors, 1)
        logits: Tensor = self.fm(self.terms(x), vectors, weights)
        return logits

"""DNN: an MLP over the embeddings."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, STEP


@register_model(
    "dnn",
    paper="https://doi.org/10.1145/2959100.2959190",
    year=2016,
    family="deep",
    space=STEP | FACTORS | DEEP,
)
class DeepNetwork(nn.Module):
    """Covington et al., 2016: what depth alone does, with neither a linear nor a pairwise term.

    Variant: one embedding, no linear term.

    Elsewhere: FuxiCTR's DNN is this; torchfm and RecBole call it FNN.

    Cost: O(F d h) a row for a first layer of h units, and what the other layers take.
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
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.mlp = MLP(len(fields) * embed_dim, mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        logits: Tensor = self.mlp(self.embedding(x).flatten(1))
        return logits

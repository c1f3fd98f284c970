"""Deep Crossing: residual units over the embeddings."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import Batch, FieldEmbedding, ResidualUnit
from fmbench.layers.check import check_widths
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, STEP


@register_model(
    "deep_crossing",
    paper="https://doi.org/10.1145/2939672.2939704",
    year=2016,
    family="deep",
    space=STEP | FACTORS | DEEP,
)
class DeepCrossing(nn.Module):
    """Shan et al., 2016: layers that add to the embeddings what two of them find, bent once more.

    Variant: a unit of each width of `mlp_dims`; vectors are read as they are, without a ReLU.

    Elsewhere: the paper bends the vectors by a ReLU, and leaves small fields without a vector.

    Cost: O(F d h) a row for each unit of h.
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
        check_widths("mlp_dims", mlp_dims)
        inputs = len(fields) * embed_dim
        self.embedding = FieldEmbedding(fields, embed_dim)
        units = (ResidualUnit(inputs, hidden, dropout, batch_norm) for hidden in mlp_dims)
        self.units = nn.Sequential(*units)
        self.output = nn.Linear(inputs, 1)

    def forward(self, x: Batch) -> Tensor:
        logits: Tensor = self.output(self.units(self.embedding(x).flatten(1))).squeeze(1)
        return logits

"""EDCN: crosses and an MLP that hand one another what they find, layer by layer."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import Batch, BridgedCross, FieldEmbedding
from fmbench.models._registry import register_model
from fmbench.models._space import CROSS, DEEP, FACTORS, STEP


@register_model(
    "edcn",
    paper="https://doi.org/10.1145/3459637.3481915",
    year=2021,
    family="cross",
    space=STEP | FACTORS | CROSS | {"dropout": DEEP["dropout"]},
)
class EnhancedCrossNetwork(nn.Module):
    """Chen et al., 2021: bridges between the layers of DCN, and gates of the fields before each.

    Variant: the product for a bridge, gates of temperature 1, hidden layers as wide as the input.

    Elsewhere: DeepCTR concatenates for a bridge unless told otherwise, and adds a linear term.

    Cost: O(L F² d²) a row.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        cross_layers: int = 2,
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        n = len(fields)
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.bridged = BridgedCross(n, embed_dim, cross_layers, dropout, batch_norm)
        self.output = nn.Linear(3 * n * embed_dim, 1)

    def forward(self, x: Batch) -> Tensor:
        logits: Tensor = self.output(self.bridged(self.embedding(x))).squeeze(1)
        return logits

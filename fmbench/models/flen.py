"""FLEN: user, item and context, summed before they are multiplied."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding, FieldLinear, GroupedPairs, groups_of
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, LINEAR, STEP


@register_model(
    "flen",
    paper="https://arxiv.org/abs/1911.04690",
    year=2019,
    family="wide-and-deep",
    needs=("user", "item"),
    space=STEP | LINEAR | FACTORS | DEEP,
)
class FieldLeveragedNetwork(nn.Module):
    """Chen et al., 2019: products of the groups of fields, each weighed, beside an MLP.

    Variant: as DeepCTR's, nothing between products and output, and an MLP of all vectors; fields
    without a role are the context. There is no Dicefactor, the paper's dropout of paths.

    Elsewhere: DeepCTR takes the groups that its user names.

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
        self.pairwise = GroupedPairs(groups_of(fields, "flen"))
        self.output = nn.Linear(embed_dim, 1, bias=False)
        self.mlp = MLP(len(fields) * embed_dim, mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x)
        products = self.output(self.pairwise(vectors)).squeeze(1)
        logits: Tensor = self.linear(x) + products + self.mlp(vectors.flatten(1))
        return logits

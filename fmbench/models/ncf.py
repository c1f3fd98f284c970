"""NCF: user and item, multiplied, beside an MLP."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding, place_of
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, STEP


@register_model(
    "ncf",
    paper="https://arxiv.org/abs/1708.05031",
    year=2017,
    family="deep",
    needs=("user", "item"),
    space=STEP | FACTORS | DEEP,
)
class NeuralCollaborativeFiltering(nn.Module):
    """He et al., 2017: a weighted product of user and item beside an MLP, as their NeuMF.

    Variant: separate tables, as in the paper; the MLP is given all fields, which are the paper's
    where there are user and item alone.

    Elsewhere: torchfm shares one table between both parts.

    Cost: O(d) a row beside the MLP; two tables.
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
        self.pair = [place_of(role, fields, "ncf") for role in ("user", "item")]
        self.factors = FieldEmbedding(fields, embed_dim)
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.output = nn.Linear(embed_dim, 1, bias=False)
        self.mlp = MLP(len(fields) * embed_dim, mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        user, item = (self.factors(x)[:, place] for place in self.pair)
        deep = self.mlp(self.embedding(x).flatten(1))
        logits: Tensor = self.output(user * item).squeeze(1) + deep
        return logits

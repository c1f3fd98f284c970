"""FinalMLP: two MLPs, each with a gate before it, and the products of their ends."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import (
    Batch,
    BilinearFusion,
    ContextGate,
    FieldEmbedding,
    RoleContexts,
    hidden_layers,
)
from fmbench.layers.check import check_widths
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, FUSION, STEP, STREAM


@register_model(
    "finalmlp",
    paper="https://arxiv.org/abs/2304.00902",
    year=2023,
    family="deep",
    space=STEP | FACTORS | DEEP | STREAM | FUSION,
)
class FinalMLP(nn.Module):
    """Mao et al., 2023: two streams that see the fields by other factors meet in a bilinear form.

    Variant: the user gates one stream and the item the other; one vector stands for a missing one.

    Elsewhere: FuxiCTR has the fields that gate named by hand, and learnt vectors by default.

    Cost: that of two MLPs; O(F d g) for gates of g hidden units and O(h² / H) for H heads.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        gate_dim: int = 64,
        heads: int = 4,
        mlp_dims: Sequence[int] = (64, 64),
        other_dims: Sequence[int] = (64,),
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        check_widths("other_dims", other_dims)
        super().__init__()
        inputs = len(fields) * embed_dim
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.contexts = RoleContexts(fields, embed_dim, ("user", "item"))
        self.gates = nn.ModuleList(ContextGate(embed_dim, gate_dim, inputs) for _ in range(2))
        self.streams = nn.ModuleList(
            hidden_layers(inputs, dims, dropout, batch_norm) for dims in (mlp_dims, other_dims)
        )
        self.fusion = BilinearFusion(mlp_dims[-1], other_dims[-1], heads)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x).flatten(1)
        parts = zip(self.streams, self.gates, self.contexts(x), strict=True)
        logits: Tensor = self.fusion(*(part(gate(vectors, c)) for part, gate, c in parts))
        return logits

"""OPNN: an MLP that is given the outer product of the fields' sum as well."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding, outer_product_of_sum
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, STEP


@register_model(
    "opnn",
    paper="https://arxiv.org/abs/1611.00144",
    year=2016,
    family="product",
    space=STEP | FACTORS | DEEP,
)
class OuterProductNetwork(nn.Module):
    """Qu et al., 2016: the outer products of all pairs, superposed, stand beside the vectors.

    Variant: the paper's superposition, (Σ v)(Σ v)ᵀ, which has a field with itself and both orders.

    Elsewhere: what torchfm and DeepCTR call outer products are v_fᵀ W_fg v_g, a kernel a pair.

    Cost: O(F d + d²) a row beside the MLP, whose first layer has d² more inputs.
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
        inputs = len(fields) * embed_dim + embed_dim**2
        self.mlp = MLP(inputs, mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x)
        logits: Tensor = self.mlp(torch.cat([vectors.flatten(1), outer_product_of_sum(vectors)], 1))
        return logits

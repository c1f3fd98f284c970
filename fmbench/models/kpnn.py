"""KPNN: an MLP that is given products of the fields by a matrix for each pair."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding, MatrixPairs, pairs
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, STEP


@register_model(
    "kpnn",
    paper="https://arxiv.org/abs/1807.00311",
    year=2018,
    family="product",
    space=STEP | FACTORS | DEEP,
)
class KernelProductNetwork(nn.Module):
    """Qu et al., 2018: products v_fᵀ K_fg v_g of all pairs of fields stand beside their vectors.

    Variant: matrices start at I, where the model is `ipnn`; no field with itself.

    Elsewhere: torchfm and DeepCTR call this an outer product.

    Cost: O(F² d²) a row beside the MLP; F (F - 1) / 2 matrices of d² weights.
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
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.products = MatrixPairs(n, embed_dim)
        self.mlp = MLP(n * embed_dim + len(pairs(n)), mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x)
        logits: Tensor = self.mlp(torch.cat([vectors.flatten(1), self.products(vectors)], 1))
        return logits

"""DLRM: numbers through an MLP, multiplied with the other fields, through another MLP."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding, hidden_layers, inner_products, pairs
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, STEP


@register_model(
    "dlrm",
    paper="https://arxiv.org/abs/1906.00091",
    year=2019,
    family="product",
    space=STEP | FACTORS | DEEP,
)
class DeepRecommendation(nn.Module):
    """Naumov et al., 2019: one vector for all numbers, and inner products in place of vectors.

    Variant: the bottom MLP reads the numbers' vectors; without numbers it is a learnt vector,
    which is all that an MLP of no inputs can be.

    Elsewhere: the paper's bottom MLP reads the numbers; without them, FuxiCTR has products alone.

    Cost: O(F² d) a row beside the two MLPs.
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
        self.numbers = [place for place, field in enumerate(fields) if field.kind == "numeric"]
        self.others = [place for place in range(len(fields)) if place not in self.numbers]
        self.embedding = FieldEmbedding(fields, embed_dim)
        if self.numbers:
            inputs, sizes = len(self.numbers) * embed_dim, (*mlp_dims, embed_dim)
            self.bottom = hidden_layers(inputs, sizes, dropout, batch_norm)
        else:
            self.constant = nn.Parameter(torch.randn(embed_dim) * embed_dim**-0.5)
        products = len(pairs(len(self.others) + 1))
        self.top = MLP(embed_dim + products, mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x).unbind(1)
        if self.numbers:
            dense = self.bottom(torch.cat([vectors[place] for place in self.numbers], 1))
        else:
            dense = self.constant.expand_as(vectors[0])
        products = inner_products(torch.stack([dense, *(vectors[p] for p in self.others)], 1))
        logits: Tensor = self.top(torch.cat([dense, products], 1))
        return logits

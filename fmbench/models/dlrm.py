"""DLRM: numbers through an MLP, multiplied with the other fields, through another MLP."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding, HiddenLayers, inner_products, pairs
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

    Variant: the bottom MLP reads the numbers' vectors; without numbers there are products alone.

    Elsewhere: the paper's bottom reads the numbers themselves; without them, FuxiCTR does as here.

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
        sizes = (*mlp_dims, embed_dim)
        inputs = len(self.numbers) * embed_dim
        self.bottom = HiddenLayers(inputs, sizes, dropout, batch_norm) if inputs else None
        products = len(pairs(len(self.others) + bool(inputs)))
        if not inputs and not products:
            raise ValueError(
                f"dlrm has the field {fields[0].name!r} alone; expected two or a number"
            )
        self.top = MLP(products + (embed_dim if inputs else 0), mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x).unbind(1)
        others, dense = [vectors[place] for place in self.others], []
        if self.bottom is not None:
            dense = [self.bottom(torch.cat([vectors[place] for place in self.numbers], 1))]
        products = inner_products(torch.stack([*dense, *others], 1))
        logits: Tensor = self.top(torch.cat([*dense, products], 1))
        return logits

"""FGCNN: new fields by convolution, and an IPNN over old and new."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FeatureGeneration, FieldEmbedding, inner_products, pairs
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, STEP
from fmbench.space import Choice

CONVOLUTION = {
    "conv_dims": Choice((4,), (4, 8), (8, 8, 8)),
    "conv_height": Choice(2, 3, 5),
    "new_fields": Choice(1, 2, 3),
}


@register_model(
    "fgcnn",
    paper="https://arxiv.org/abs/1904.04447",
    year=2019,
    family="convolution",
    space=STEP | FACTORS | DEEP | CONVOLUTION,
)
class FeatureGeneratingNetwork(nn.Module):
    """Liu et al., 2019: filters of neighbouring fields, pooled and mixed, are fields of their own.

    Variant: pools of two, filters without bias, a table of its own to generate from.

    Elsewhere: the sizes of filters, pools and mixes differ from layer to layer in the paper.

    Cost: what the mixes take, O((F d)² m n) a row for m maps and n new fields a place, and an IPNN.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        conv_dims: Sequence[int] = (4, 4),
        conv_height: int = 3,
        new_fields: int = 1,
        mlp_dims: Sequence[int] = (64, 64),
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        self.seeds, self.embedding = (FieldEmbedding(fields, embed_dim) for _ in range(2))
        sizes = (len(fields), embed_dim, conv_dims, conv_height, new_fields)
        self.generation = FeatureGeneration(*sizes)
        n = len(fields) + self.generation.outputs
        self.mlp = MLP(n * embed_dim + len(pairs(n)), mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        vectors = torch.cat([self.embedding(x), self.generation(self.seeds(x))], 1)
        logits: Tensor = self.mlp(torch.cat([vectors.flatten(1), inner_products(vectors)], 1))
        return logits

"""MaskNet: an MLP over layers that a row's own embeddings mask."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding, FieldNorm, MaskBlock
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, MASKS, STEP
from fmbench.space import Choice


@register_model(
    "masknet",
    paper="https://arxiv.org/abs/2102.07619",
    year=2021,
    family="gate",
    space=STEP
    | FACTORS
    | MASKS
    | DEEP
    | {"blocks": Choice(1, 3, 5), "block_dim": Choice(32, 64, 128)},
)
class ParallelMaskNet(nn.Module):
    """Wang et al., 2021: the embeddings are multiplied by masks that are made of themselves.

    Variant: their parallel model: blocks side by side, each with a mask of its own, and an MLP.

    Elsewhere: TorchEasyRec normalises the flat vector of all fields, not each field's.

    Cost: O(B r F² d²) a row for B blocks whose masks have r F d hidden units, beside the MLP.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        blocks: int = 3,
        block_dim: int = 64,
        reduction: int = 2,
        mlp_dims: Sequence[int] = (64, 64),
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        inputs = len(fields) * embed_dim
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.norm = FieldNorm(len(fields), embed_dim)
        self.blocks = nn.ModuleList(
            MaskBlock(inputs, inputs, block_dim, reduction, dropout) for _ in range(blocks)
        )
        self.mlp = MLP(blocks * block_dim, mlp_dims, dropout, batch_norm)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x)
        normed, flat = self.norm(vectors).flatten(1), vectors.flatten(1)
        logits: Tensor = self.mlp(torch.cat([block(normed, flat) for block in self.blocks], 1))
        return logits

"""Serial MaskNet: a network whose every layer a row's own embeddings mask."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import Batch, FieldEmbedding, FieldNorm, MaskBlock
from fmbench.layers.check import check_widths
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, MASKS, STEP


@register_model(
    "masknet_serial",
    paper="https://arxiv.org/abs/2102.07619",
    year=2021,
    family="gate",
    space=STEP | FACTORS | MASKS | DEEP,
)
class SerialMaskNet(nn.Module):
    """Wang et al., 2021: an MLP in which the embeddings mask what enters each of its layers.

    Variant: their serial model: a block on a block, and a linear output; Dropout after each.

    Elsewhere: TorchEasyRec normalises the flat vector of all fields, not each field's.

    Cost: O(r F² d²) a row for the mask of the embeddings, which has r F d hidden units; those of
    the layers above take as much for their own widths.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        reduction: int = 2,
        mlp_dims: Sequence[int] = (64, 64),
        dropout: float = 0.2,
    ) -> None:
        check_widths("mlp_dims", mlp_dims)
        super().__init__()
        inputs = len(fields) * embed_dim
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.norm = FieldNorm(len(fields), embed_dim)
        self.blocks = nn.ModuleList(
            MaskBlock(inputs, width, following, reduction, dropout)
            for width, following in pairwise([inputs, *mlp_dims])
        )
        self.output = nn.Linear(mlp_dims[-1], 1)
        nn.init.normal_(self.output.weight, std=mlp_dims[-1] ** -0.5)
        nn.init.zeros_(self.output.bias)

    def forward(self, x: Batch) -> Tensor:
        vectors = self.embedding(x)
        hidden, flat = self.norm(vectors).flatten(1), vectors.flatten(1)
        for block in self.blocks:
            hidden = block(hidden, flat)
        logits: Tensor = self.output(hidden).squeeze(1)
        return logits

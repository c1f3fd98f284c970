"""FNN: an MLP that starts from what an FM has learnt."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, Batch, FieldEmbedding, FieldTerms
from fmbench.models._registry import register_model
from fmbench.models._space import DEEP, FACTORS, LINEAR, STEP


@register_model(
    "fnn",
    paper="https://arxiv.org/abs/1601.02376",
    year=2016,
    family="deep",
    space=STEP | LINEAR | FACTORS | DEEP,
)
class FactorizationNetwork(nn.Module):
    """Zhang et al., 2016: an MLP over an FM's weights and vectors, which go on learning.

    Variant: tanh, and the trained `fm` of the same seed and settings for a first stage; without
    `pretrained` the tables start as those of an FM do.

    Elsewhere: torchfm, FuxiCTR, RecBole and DeepCTR have no first stage, so that theirs is `dnn`.

    Cost: that of `dnn`, and of training `fm` before.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        mlp_dims: Sequence[int] = (64, 64),
        dropout: float = 0.2,
        batch_norm: bool = False,
        pretrained: bool = True,
    ) -> None:
        super().__init__()
        self.stage = ("fm", {"embed_dim": embed_dim}) if pretrained else None
        self.terms = FieldTerms(fields)
        self.embedding = FieldEmbedding(fields, embed_dim)
        inputs = len(fields) * (1 + embed_dim)
        self.mlp = MLP(inputs, mlp_dims, dropout, batch_norm, activation="tanh")

    def first_stage(self) -> tuple[str, dict[str, Any]] | None:
        """Return what is trained first; see `Staged`."""
        return self.stage

    @torch.no_grad()
    def start_from(self, first: nn.Module) -> None:
        """Take over the tables of a trained FM, and its bias for that of the output."""
        self.terms.table.weight.copy_(first.get_parameter("linear.table.weight"))
        self.embedding.weight.copy_(first.get_parameter("embedding.weight"))
        self.mlp.output.bias.copy_(first.get_parameter("linear.bias"))

    def forward(self, x: Batch) -> Tensor:
        inputs = torch.cat([self.terms(x), self.embedding(x).flatten(1)], 1)
        logits: Tensor = self.mlp(inputs)
        return logits

"""EulerNet: products of complex powers of the fields."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import Batch, EulerLayer, FieldEmbedding
from fmbench.layers.check import check_width
from fmbench.models._registry import register_model
from fmbench.models._space import FACTORS, STEP
from fmbench.space import Choice


@register_model(
    "eulernet",
    paper="https://arxiv.org/abs/2304.10711",
    year=2023,
    family="product",
    space=STEP | FACTORS | {"euler_layers": Choice(1, 2, 3), "neurons": Choice(4, 8, 16)},
)
class EulerNetwork(nn.Module):
    """Tian et al., 2023: fields turn in the complex plane, where powers of them are rotations.

    Variant: no normalisation and no Dropout; an exponent is cut at 20.

    Elsewhere: FuxiCTR and RecBole start otherwise, and can normalise and drop units.

    Cost: O(F N d²) a row for the first layer of N neurons, O(N² d²) for each that follows.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        euler_layers: int = 2,
        neurons: int = 8,
    ) -> None:
        check_width("euler_layers", euler_layers)
        super().__init__()
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.scale = nn.Parameter(torch.ones(len(fields), 1))
        widths = [len(fields), *[neurons] * euler_layers]
        self.layers = nn.ModuleList(
            EulerLayer(width, following, embed_dim) for width, following in pairwise(widths)
        )
        self.output = nn.Linear(neurons * embed_dim, 1)

    def forward(self, x: Batch) -> Tensor:
        angles = self.embedding(x)
        real, imaginary = self.scale * torch.cos(angles), self.scale * torch.sin(angles)
        for layer in self.layers:
            real, imaginary = layer(real, imaginary)
        logits: Tensor = self.output((real + imaginary).flatten(1)).squeeze(1)
        return logits

"""QNN-alpha: quadratic layers that are read twice, each time with other units dropped."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import (
    Batch,
    FieldEmbedding,
    Heads,
    QuadraticLayer,
    distance_to,
    mean_probability,
)
from fmbench.models._registry import register_model
from fmbench.models._space import CROSS, DROPPED, FACTORS, STEP
from fmbench.space import Choice


@register_model(
    "qnn_alpha",
    paper="https://arxiv.org/abs/2505.17999",
    year=2025,
    family="cross",
    space=STEP | FACTORS | CROSS | DROPPED | {"maps": Choice(1, 2, 4)},
)
class QuadraticNetwork(nn.Module):
    """Li et al., 2025: each layer multiplies its inputs with several ReLU maps of themselves.

    Variant: training reads a row twice, scores the mean of both probabilities, and lets both learn
    from that, too. No heads: where maps and inputs are cut alike they change no product.

    Elsewhere: the authors' code has heads.

    Cost: O(L R F² d²) a row for R maps a layer, and twice that in training.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        cross_layers: int = 2,
        maps: int = 2,
        dropout: float = 0.2,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        inputs = len(fields) * embed_dim
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.layers = nn.Sequential(
            *(QuadraticLayer(inputs, maps, dropout, batch_norm) for _ in range(cross_layers))
        )
        self.output = nn.Linear(inputs, 1)

    def forward(self, x: Batch) -> Tensor | Heads:
        vectors = self.embedding(x).flatten(1)
        one: Tensor = self.output(self.layers(vectors)).squeeze(1)
        if not self.training:
            return one
        other = self.output(self.layers(vectors)).squeeze(1)
        score = mean_probability(one, other)
        costs = {"one": (distance_to(score, one), 1.0), "other": (distance_to(score, other), 1.0)}
        return Heads(score, costs=costs)

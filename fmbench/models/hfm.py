"""HFM: an FM whose products are circular convolutions."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import Batch, FieldEmbedding, FieldLinear, circular_sum
from fmbench.models._registry import register_model
from fmbench.models._space import FACTORS, LINEAR, STEP


@register_model(
    "hfm",
    paper="https://doi.org/10.1609/aaai.v33i01.33015143",
    year=2019,
    family="pairwise",
    space=STEP | LINEAR | FACTORS,
)
class HolographicFM(nn.Module):
    """Tay et al., 2019: the product of two fields is a vector that mixes all of their elements.

    Variant: circular convolution, summed over the pairs and weighed by element.

    Elsewhere: FuxiCTR convolves pair by pair, by Fourier transforms, or correlates.

    Cost: O(F d²) a row; as many weights as `fm`, and d.
    """

    def __init__(self, fields: Sequence[Field], *, embed_dim: int = 16) -> None:
        super().__init__()
        self.linear = FieldLinear(fields)
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.output = nn.Linear(embed_dim, 1, bias=False)

    def forward(self, x: Batch) -> Tensor:
        products = self.output(circular_sum(self.embedding(x))).squeeze(1)
        logits: Tensor = self.linear(x) + products
        return logits

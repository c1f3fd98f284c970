"""CCPM: convolutions along the fields."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import Batch, ConvolutionStack, FieldEmbedding
from fmbench.models._registry import register_model
from fmbench.models._space import FACTORS, STEP
from fmbench.space import Choice


@register_model(
    "ccpm",
    paper="https://doi.org/10.1145/2806416.2806603",
    year=2015,
    family="convolution",
    space=STEP
    | FACTORS
    | {"conv_dims": Choice((4,), (4, 4), (8, 8), (8, 8, 8)), "conv_height": Choice(2, 3, 5)},
)
class ConvolutionalClickPrediction(nn.Module):
    """Liu et al., 2015: filters see neighbouring fields, and the largest of what they find goes on.

    Variant: wide convolutions of each element apart, at least three numbers kept; tanh.

    Elsewhere: DeepCTR keeps at least one, and adds a linear term and an MLP.

    Cost: O(L F d h m²) a row for filters of height h and m maps. The order of fields counts.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        conv_dims: Sequence[int] = (4, 4),
        conv_height: int = 3,
    ) -> None:
        super().__init__()
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.convolutions = ConvolutionStack(len(fields), embed_dim, conv_dims, conv_height)
        self.output = nn.Linear(self.convolutions.outputs, 1)

    def forward(self, x: Batch) -> Tensor:
        logits: Tensor = self.output(self.convolutions(self.embedding(x))).squeeze(1)
        return logits

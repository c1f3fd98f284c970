"""LR: logistic regression on one-hot ids."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import Batch, FieldLinear
from fmbench.models._registry import register_model
from fmbench.models._space import LINEAR


@register_model(
    "lr",
    paper="https://doi.org/10.1145/1242572.1242643",
    year=2007,
    family="linear",
    space=LINEAR,
    procedure="descent to the optimum",
)
class LogisticRegression(nn.Module):
    """Richardson et al., 2007: one weight for every id, no interactions.

    Variant: a weight for each id and a bias, which start at zero. The loss has one minimum, and
    there training ends: all passes are taken, and step size and patience mean nothing.

    Elsewhere: torchfm starts the weights as draws from N(0, 1).

    Cost: O(F) a row.
    """

    def __init__(self, fields: Sequence[Field]) -> None:
        super().__init__()
        self.linear = FieldLinear(fields)

    def forward(self, x: Batch) -> Tensor:
        logits: Tensor = self.linear(x)
        return logits

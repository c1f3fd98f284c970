"""MLR: several logistic regressions, and another that chooses between them."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmbench.fields import Field
from fmbench.layers import Batch, FieldOutputs
from fmbench.models._registry import register_model
from fmbench.models._space import LINEAR, STEP
from fmbench.space import Choice


@register_model(
    "mlr",
    paper="https://arxiv.org/abs/1704.05194",
    year=2017,
    family="linear",
    space=STEP | LINEAR | {"regions": Choice(2, 4, 12)},
)
class MixedLogisticRegression(nn.Module):
    """Gai et al., 2017: the probability is a mean over regions, whose shares depend on the row.

    Variant: as a logit, in logarithms from end to end; with one region it is `lr`.

    Elsewhere: DeepCTR-Torch returns a probability; the paper penalises whole groups of weights.

    Cost: O(F M) a row for M regions, and 2 M weights an id.
    """

    def __init__(self, fields: Sequence[Field], *, regions: int = 4) -> None:
        super().__init__()
        self.share = FieldOutputs(fields, regions)
        self.score = FieldOutputs(fields, regions)

    def forward(self, x: Batch) -> Tensor:
        shares, scores = torch.log_softmax(self.share(x), 1), self.score(x)
        positive = torch.logsumexp(shares + F.logsigmoid(scores), 1)
        return positive - torch.logsumexp(shares + F.logsigmoid(-scores), 1)

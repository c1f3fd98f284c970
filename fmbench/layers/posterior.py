"""Uncertain weights: a Gaussian for each, and what that makes of the logit."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fmbench.fields import PADDING, Field
from fmbench.layers.embedding import FieldEmbedding, FieldTable
from fmbench.layers.interaction import PairwiseInteraction
from fmbench.layers.linear import FieldLinear


class FieldDeviation(FieldTable):
    """The standard deviation of every weight of a table of the same fields; its sign means nothing.

    **Shape**: as `FieldTable`. The values of a multi-valued field are taken to be off together, so
    that the deviation of their mean is the mean of their deviations, a bound from above.

    Training sets it to that of the prior before the first step, and there it stays for an id that
    training never saw. Padding has no deviation.
    """

    def __init__(self, fields: Sequence[Field], dim: int) -> None:
        super().__init__(fields, dim, std=0.0)
        self.begin(0.1)  # any number but 0, which no gradient leaves

    @torch.no_grad()
    def begin(self, deviation: float) -> None:
        """Set all deviations to one number."""
        self.weight.fill_(deviation)
        self.weight[self.columns + PADDING] = 0.0


class GaussianLinear(FieldLinear):
    """A linear term whose weights have a Gaussian each; the bias, read in every row, has none."""

    def __init__(self, fields: Sequence[Field]) -> None:
        super().__init__(fields)
        self.deviation = FieldDeviation(fields, 1)

    def variance(self, ids: Tensor) -> Tensor:
        """Return the variance of the term, `(batch, columns)` to `(batch,)`."""
        total: Tensor = self.deviation(ids).square().sum((1, 2))
        return total


class GaussianEmbedding(FieldEmbedding):
    """Vectors whose elements have a Gaussian each; `deviation` holds the deviations."""

    def __init__(self, fields: Sequence[Field], embed_dim: int) -> None:
        super().__init__(fields, embed_dim)
        self.deviation = FieldDeviation(fields, embed_dim)


class PairwiseVariance(nn.Module):
    """The variance of `PairwiseInteraction` where the elements of its vectors are independent.

    With means v and deviations s it is ``sum_k [sum_f s_fk^2 (sum_{g != f} v_gk)^2 +
    sum_{f<g} s_fk^2 s_gk^2]``: what each element moves the sum by, and each pair together.

    **Shape**: twice `(batch, fields, dim)` to `(batch,)`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.pairwise = PairwiseInteraction()

    def forward(self, means: Tensor, deviations: Tensor) -> Tensor:
        squares = deviations.square()
        others = means.sum(1, keepdim=True) - means
        alone = (squares * others.square()).sum((1, 2))
        together: Tensor = self.pairwise(squares)
        return alone + together


class GaussianLogit(nn.Module):
    """The logit of a row whose score is Gaussian, from its mean and variance.

    In training it is a draw whose loss is, on average, that of the score: the mean plus or minus a
    standard deviation, the two points of a Gauss-Hermite rule, one of them by the toss of a coin.
    The score is drawn and not the weights, whose noise would be larger (Kingma et al., 2015).
    In evaluation it is the logit of the expected probability as MacKay (1992) approximates it,
    ``mean / sqrt(1 + pi variance / 8)``: the less is known of a row, the closer to even.

    **Shape**: twice `(batch,)` to `(batch,)`.
    """

    def forward(self, mean: Tensor, variance: Tensor) -> Tensor:
        if self.training:
            # At zero the root has no finite slope.
            return mean + self.signs(mean) * (variance + 1e-12).sqrt()
        return mean / (1 + math.pi / 8 * variance).sqrt()

    def signs(self, like: Tensor) -> Tensor:
        """Draw 1 or -1 for each row: dropout's 2 or 0 less 1, as every path can draw dropout."""
        return F.dropout(torch.ones_like(like)) - 1

"""Variational FM: an FM that learns how uncertain each of its weights is."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import (
    Batch,
    GaussianEmbedding,
    GaussianLinear,
    GaussianLogit,
    PairwiseInteraction,
    PairwiseVariance,
)
from fmbench.models._registry import register_model
from fmbench.models._space import LINEAR, STEP, UNCERTAIN


@register_model(
    "vfm",
    paper="https://arxiv.org/abs/2212.09920",
    year=2022,
    family="pairwise",
    space=STEP | LINEAR | UNCERTAIN,
)
class VariationalFM(nn.Module):
    """Vie et al., 2022: an FM with a Gaussian for each weight, learnt in place of the weight.

    Variant: the score is drawn and not the weights; the prior is that of the penalty.

    Elsewhere: myFM draws from the posterior by Gibbs sampling and has no such approximation.

    Cost: O(F d) a row, about three times that of `fm`; two numbers a weight.
    """

    def __init__(self, fields: Sequence[Field], *, embed_dim: int = 16) -> None:
        super().__init__()
        self.linear = GaussianLinear(fields)
        self.embedding = GaussianEmbedding(fields, embed_dim)
        self.pairwise = PairwiseInteraction()
        self.pairwise_variance = PairwiseVariance()
        self.logit = GaussianLogit()

    def forward(self, x: Batch) -> Tensor:
        vectors, deviations = self.embedding(x), self.embedding.deviation(x)
        mean = self.linear(x) + self.pairwise(vectors)
        variance = self.linear.variance(x) + self.pairwise_variance(vectors, deviations)
        logits: Tensor = self.logit(mean, variance)
        return logits

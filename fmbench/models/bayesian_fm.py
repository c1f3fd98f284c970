"""Bayesian FM: an FM whose weights are drawn from their posterior, with nothing to tune."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import (
    Batch,
    DrawnEmbedding,
    DrawnLinear,
    MeanProbability,
    PairwiseInteraction,
    draws_within,
)
from fmbench.models._registry import register_model


@register_model(
    "bayesian_fm",
    paper="https://doi.org/10.1145/2168752.2168771",
    year=2012,
    family="pairwise",
    space={},
    procedure="Gibbs sampling",
)
class BayesianFM(nn.Module):
    """Rendle, 2012: an FM with a probit link that predicts the mean of draws of its weights.

    Variant: each value's weight and vector are drawn together; priors are drawn for each field and
    factor, unseen values from them. Two chains are drawn until they agree, or 256 sweeps.

    Elsewhere: libFM and myFM draw one number at a time, in one chain of as many sweeps as are asked
    for; myFM keeps a prior for each group of columns, as here for each field.

    Cost: O(F d) a row and draw, of which 64 are kept; a sweep takes O(F d^2) a row.
    """

    def __init__(self, fields: Sequence[Field], *, embed_dim: int = 8, draws: int = 64) -> None:
        super().__init__()
        draws = draws_within(fields, embed_dim + 1, draws)
        self.linear = DrawnLinear(fields, draws)
        self.embedding = DrawnEmbedding(fields, embed_dim, draws)
        self.pairwise = PairwiseInteraction()
        self.logit = MeanProbability()

    def scores(self, x: Batch) -> Tensor:
        """Return the probit score of each draw, `(batch, draws)`."""
        scores: Tensor = self.linear(x) + self.pairwise(self.embedding(x))
        return scores

    def forward(self, x: Batch) -> Tensor:
        logits: Tensor = self.logit(self.scores(x))
        return logits

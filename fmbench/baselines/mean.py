"""Mean: the rate of all training rows, for every row."""

from collections.abc import Sequence

import numpy as np

from fmbench.baselines._registry import Ids, Logits, register_baseline
from fmbench.data import Split
from fmbench.fields import Field


@register_baseline("mean", paper="https://doi.org/10.1145/2648584.2648589", year=2014)
class Mean:
    """The positive rate of the training rows for every row: the unit of normalised entropy."""

    def fit(
        self, fields: Sequence[Field], train: Split, valid: Split, *, seed: int, threads: int
    ) -> None:
        """Take the mean."""
        rate = np.mean(train.labels, dtype=np.float64)
        self._logit = np.log(rate) - np.log1p(-rate)

    def logits(self, ids: Ids) -> Logits:
        """Return the same logit for all rows."""
        return np.full(len(ids), self._logit)

    @property
    def parameters(self) -> int:
        """How many numbers were learnt."""
        return 1

"""User and movie means: what is known of the two, added up."""

from collections.abc import Sequence

import numpy as np

from fmbench.baselines._columns import by_field
from fmbench.baselines._rates import Counts
from fmbench.baselines._registry import Ids, Logits, register_baseline
from fmbench.data import Split
from fmbench.fields import Field


@register_baseline(
    "user_movie_means",
    paper="https://doi.org/10.1145/1644873.1644874",
    year=2010,
    needs=("user", "item"),
)
class UserMovieMeans:
    """The logit of all rows, and how far the user's and the movie's mean are from it, added.

    They follow the baseline estimates of Koren, 2010, on the scale of logits; each mean is shrunk
    by what its scatter says it is worth (`_rates`).
    """

    def fit(
        self, fields: Sequence[Field], train: Split, valid: Split, *, seed: int, threads: int
    ) -> None:
        """Count the rows and positives of each user and movie."""
        self._fields = fields
        rate = np.mean(train.labels, dtype=np.float64)
        self._start = _logit(rate)
        self._effects = [
            _logit(Counts.of(own, train.labels, field.cardinality).rates()) - self._start
            for field, own in by_field(fields, train.ids)
            if field.role
        ]

    def logits(self, ids: Ids) -> Logits:
        """Add up the effects; an id that training has not seen adds nothing."""
        own = (own[:, 0] for field, own in by_field(self._fields, ids) if field.role)
        known = zip(own, self._effects, strict=True)
        total: Logits = self._start + sum(effects[each] for each, effects in known)
        return total

    @property
    def parameters(self) -> int:
        """How many numbers were learnt."""
        return 1 + sum(map(len, self._effects))


def _logit(rate: float | Logits) -> Logits:
    logit: Logits = np.log(rate) - np.log1p(-rate)
    return logit

"""User and movie means: what is known of the two, added up."""

from collections.abc import Sequence
from itertools import islice

import numpy as np

from fmbench.baselines._columns import by_field
from fmbench.baselines._rates import Counts
from fmbench.baselines._registry import Ids, Logits, register_baseline
from fmbench.data import Split
from fmbench.fields import Field

KEYS = 2
"""Number of fields that are used, from the first on: those of user and item, unless `data.only` or
`data.without` leaves out one of them, as then the next field takes its place."""


@register_baseline("user_movie_means", paper="https://doi.org/10.1145/1644873.1644874", year=2010)
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
            for field, own in islice(by_field(fields, train.ids), KEYS)
        ]

    def logits(self, ids: Ids) -> Logits:
        """Add up the effects; an id that training has not seen adds nothing."""
        known = zip(by_field(self._fields, ids), self._effects, strict=False)
        total: Logits = self._start + sum(effects[own[:, 0]] for (_, own), effects in known)
        return total

    @property
    def parameters(self) -> int:
        """How many numbers were learnt."""
        return 1 + sum(map(len, self._effects))


def _logit(rate: float | Logits) -> Logits:
    logit: Logits = np.log(rate) - np.log1p(-rate)
    return logit

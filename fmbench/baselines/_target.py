"""Target encoding: each id as the rate of its rows, for trees that cannot use thousands of ids."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fmbench.baselines._columns import by_field
from fmbench.baselines._rates import Counts, Floats, mean_over_present
from fmbench.baselines._registry import Ids
from fmbench.fields import Field

FOLDS = 5


class TargetEncoder:
    """Shrunk rates of a field's ids, and for a single-valued field how many rows they rest on.

    A training row is encoded by the other folds alone: prior, shrinkage and counts too, so that
    nothing of its own label is in what the trees see (Micci-Barreca, 2001; out of fold as in
    Prokhorenkova et al., 2018, section 3). All other rows are encoded by all training rows.
    """

    def __init__(self, fields: Sequence[Field]) -> None:
        self._fields = fields
        self._counts: list[Counts] = []

    def fit_transform(self, ids: Ids, labels: NDArray[np.uint8], seed: int) -> Floats:
        """Return the training rows, `(rows, features)`, each as the other folds know it."""
        fold = np.random.default_rng(seed).permutation(len(labels)) % FOLDS
        parts = [np.flatnonzero(fold == number) for number in range(FOLDS)]
        self._counts = self._count(ids, labels)
        encoded: Floats = np.empty((len(labels), self.width))
        for part in parts:
            own = self._count(ids[part], labels[part])
            others = [every - mine for every, mine in zip(self._counts, own, strict=True)]
            encoded[part] = self._encode(ids[part], others)
        return encoded

    def transform(self, ids: Ids) -> Floats:
        """Return other rows, `(rows, features)`."""
        return self._encode(ids, self._counts)

    @property
    def width(self) -> int:
        """How many features there are."""
        return sum(1 + (field.width == 1) for field in self._fields)

    def _count(self, ids: Ids, labels: NDArray[np.uint8]) -> list[Counts]:
        return [
            Counts.of(own, labels, field.cardinality) for field, own in by_field(self._fields, ids)
        ]

    def _encode(self, ids: Ids, counts: Sequence[Counts]) -> Floats:
        features = [np.empty((len(ids), 0))]
        for (field, own), known in zip(by_field(self._fields, ids), counts, strict=True):
            rates = known.rates()
            features.append(mean_over_present(rates, own, absent=np.nan)[:, None])
            if field.width == 1:
                features.append(known.rows[own])
        return np.hstack(features)
